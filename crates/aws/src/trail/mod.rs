//! The event history of `CloudTrail`: who pulled.

mod event;

pub use event::{Caller, Pull, Pulled};

use std::collections::HashSet;
use std::time::Duration;

use ecr_sweep_core::{Place, RepositoryId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::answer::Answers;
use crate::call::Call;
use crate::sessions::Sessions;
use crate::signed::{Protocol, Reach, Service, SignedClient};
use crate::{AwsError, AwsErrorKind};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const ANSWERS: Answers = &[("LookupEvents", &["Events[].CloudTrailEvent"])];

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html>
const CLOUDTRAIL: Service = Service {
    name: "cloudtrail",
    host: "cloudtrail",
    id: "CloudTrail",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc {
        version: "1.1",
        target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    },
    answers: ANSWERS,
};

/// How long an event can be looked up.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The most events that a page has.
const EVENTS_A_PAGE: u32 = 50;

/// The rate is two calls a second for each account and Region.
const BETWEEN_CALLS: Duration = Duration::from_millis(500);

/// So many pages are read of one kind of event: ten minutes.
const MOST_PAGES: usize = 1_200;

/// The calls of a pull: the manifest, and each of the layers that the puller does not have.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html>
const EVENTS: [&str; 2] = ["BatchGetImage", "GetDownloadUrlForLayer"];

/// What the event history of one account and Region says of one repository.
#[derive(Debug, Default)]
pub struct EventHistory {
    /// The calls that pulled from it.
    pub pulls: Vec<Pull>,
    /// Why there may be more, each in a sentence.
    pub not_read: Vec<Box<str>>,
}

/// What reads the event history of an account and Region.
#[derive(Debug, Clone)]
pub struct TrailReader {
    place: Place,
    client: SignedClient,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LookupEvents {
    start_time: i64,
    end_time: i64,
    lookup_attributes: Value,
    max_results: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookedUp {
    events: Option<Vec<EventRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventRow {
    cloud_trail_event: Option<String>,
}

impl Sessions {
    /// What reads the event history of an account and Region.
    #[must_use]
    pub fn trail(&self, place: &Place) -> TrailReader {
        let client = SignedClient::new(&CLOUDTRAIL, &self.reading_config(place), place);
        TrailReader { place: place.clone(), client }
    }
}

impl TrailReader {
    /// Since when events can be looked up.
    #[must_use]
    pub fn kept_since(now: Timestamp) -> Timestamp {
        now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN)
    }

    /// Every pull from a repository that the event history still has. What could not be read is
    /// said, and what was read before that is given all the same.
    pub async fn pulls(&self, repository: &RepositoryId, now: Timestamp) -> EventHistory {
        let mut history = EventHistory::default();
        let mut next_call = Instant::now();
        for event in EVENTS {
            let call = Call::new("cloudtrail", "LookupEvents", &self.place).about(event);
            if let Err(error) =
                self.read(&call, repository, event, now, &mut next_call, &mut history).await
            {
                let is_denied = error.kind == AwsErrorKind::AccessDenied;
                history.not_read.push(error.to_string().into());
                if is_denied {
                    break;
                }
            }
        }
        history
    }

    async fn read(
        &self,
        call: &Call<'_>,
        repository: &RepositoryId,
        event: &str,
        now: Timestamp,
        next_call: &mut Instant,
        history: &mut EventHistory,
    ) -> Result<(), AwsError> {
        let (mut token, mut seen, mut unreadable) = (None, HashSet::new(), 0_u64);
        for _ in 0..MOST_PAGES {
            sleep_until(*next_call).await;
            *next_call = Instant::now() + BETWEEN_CALLS;
            let request = LookupEvents {
                start_time: Self::kept_since(now).as_second() + 1,
                end_time: now.as_second(),
                lookup_attributes: json!([
                    { "AttributeKey": "EventName", "AttributeValue": event }
                ]),
                max_results: EVENTS_A_PAGE,
                next_token: token.take(),
            };
            let page: LookedUp = self.client.send(call, &request).await?;
            for row in call.sent("Events", page.events)? {
                let text = call.sent_text("CloudTrailEvent", row.cloud_trail_event.as_deref())?;
                match event::read(&text, repository) {
                    Ok(pull) => history.pulls.extend(pull),
                    Err(_) => unreadable += 1,
                }
            }
            token = page.next_token.filter(|next| !next.is_empty());
            match &token {
                None => {
                    if unreadable > 0 {
                        history.not_read.push(unread(event, unreadable));
                    }
                    return Ok(());
                }
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(call.unreadable("a page's token came a second time"));
                }
                Some(_) => {}
            }
        }
        history.not_read.push(
            format!("{event}: only the newest {MOST_PAGES} pages of events were read").into(),
        );
        if unreadable > 0 {
            history.not_read.push(unread(event, unreadable));
        }
        Ok(())
    }
}

fn unread(event: &str, events: u64) -> Box<str> {
    format!("{event}: {events} of its events cannot be read, and may be pulls of the image").into()
}
