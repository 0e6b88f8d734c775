//! One request as an operation sees it.

use ecr_sweep_core::{Account, Place};
use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::{Answer, ApiError, Operation};
use crate::GivenSecret;
use crate::faults::ImageFault;
use crate::paging::page_size;
use crate::state::State;

/// Who calls, and in which Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) place: Place,
    pub(crate) access_key: String,
    /// The session token of assumed roles' credentials.
    pub(crate) session: Option<String>,
}

/// A request that passed routing, authentication, rates and faults.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) caller: &'a Caller,
    pub(crate) now: Timestamp,
    pub(crate) operation: &'a Operation,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// What `CloudTrail` recorded.
    pub(crate) events: &'a [serde_json::Value],
    /// The secrets of the home account and Region.
    pub(crate) secrets: &'a [GivenSecret],
    /// Images for which a batch operation fails, as faults say.
    pub(crate) image_faults: &'a [ImageFault],
    /// How long layers outlive the last image that has them; for ever, if absent.
    pub(crate) layers_outlive_images: Option<SignedDuration>,
    /// Whether the services that are known by their operations alone have something.
    pub(crate) has_samples: bool,
    /// The most rows of a page, where that is less than AWS gives.
    pub(crate) rows_a_page: Option<usize>,
}

/// What an operation comes to.
pub(crate) type Outcome = Result<Answer, ApiError>;

impl Call<'_> {
    /// The JSON input. Members that are not known are ignored, as AWS ignores them.
    pub(crate) fn input<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body = if self.body.is_empty() { b"{}" } else { self.body };
        serde_json::from_slice(body)
            .map_err(|error| ApiError::new("SerializationException", error.to_string()))
    }

    /// A parameter of the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The number of rows of a page: `default`, or what is asked for within `1..=max`, and no more
    /// than any page may have.
    pub(crate) fn page_size(
        &self,
        asked: Option<i64>,
        default: usize,
        max: usize,
    ) -> Result<usize, ApiError> {
        Ok(self.rows_of(page_size(asked, default, max)?))
    }

    /// So many rows, or as many as any page may have.
    pub(crate) fn rows_of(&self, size: usize) -> usize {
        self.rows_a_page.map_or(size, |most| most.min(size))
    }

    /// The registry that is meant: the caller's, or another account's in the caller's Region.
    pub(crate) fn registry(&self, registry_id: Option<&str>) -> Result<Place, ApiError> {
        let account: Account = match registry_id {
            None => self.caller.place.account.clone(),
            Some(id) => id.parse().map_err(|_| {
                ApiError::invalid_parameter(
                    "registryId",
                    "must satisfy regular expression pattern: [0-9]{12}",
                )
            })?,
        };
        Ok(Place { account, region: self.caller.place.region.clone() })
    }
}

/// A member that the model requires.
pub(crate) fn required<T>(value: Option<T>, name: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::invalid_parameter(name, "Member must not be null"))
}
