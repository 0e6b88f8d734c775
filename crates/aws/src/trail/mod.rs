//! The event history of `CloudTrail`: who pulled, who deleted, and who asked for what.

mod asked;
mod deletion;
mod pull;
mod record;
mod turns;

pub use asked::Asked;
pub use deletion::{Deleted, Expired};
pub use pull::{Pull, Pulled};
pub use record::Caller;
use record::NotReadable;
pub(crate) use turns::Turns;

use std::collections::HashSet;

use ecr_sweep_core::{Place, RepositoryId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// So many pages are read of one kind of event: ten minutes.
const MOST_PAGES: usize = 1_200;

/// The same of each kind of event of a deletion: ten seconds.
const MOST_OF_DELETIONS: usize = 20;

/// The same of what somebody asked for: two minutes, in which as many as 12,000 events are read.
const MOST_OF_ASKED: usize = 240;

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

/// What the event history of one account and Region says of who deleted images lately.
#[derive(Debug, Default)]
pub struct Deletions {
    /// What lifecycle policies expired.
    pub expired: Vec<Expired>,
    /// The calls that deleted.
    pub deleted: Vec<Deleted>,
    /// Why nothing more could be read.
    pub failed: Option<AwsError>,
    /// Why there may be more, each in a sentence.
    pub not_read: Vec<Box<str>>,
}

/// What the event history of one account and Region says of who asked for images.
#[derive(Debug, Default)]
pub struct AskedFor {
    /// The calls of others.
    pub asked: Vec<Asked>,
    /// Why there may be more, each in a sentence.
    pub not_read: Vec<Box<str>>,
}

/// What is looked up, and how much of it.
struct Lookup<'a> {
    event: &'a str,
    since: Timestamp,
    until: Timestamp,
    most_pages: usize,
}

/// What reads the event history of an account and Region.
#[derive(Debug, Clone)]
pub struct TrailReader {
    place: Place,
    client: SignedClient,
    turns: Turns,
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
        TrailReader { place: place.clone(), client, turns: self.trail_turns(place) }
    }
}

impl TrailReader {
    /// Since when events can be looked up.
    #[must_use]
    pub fn kept_since(now: Timestamp) -> Timestamp {
        now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN)
    }

    /// Of how many days [`deletions`](Self::deletions) are looked up.
    pub const DELETIONS_OF_DAYS: i64 = 14;

    /// Every pull from a repository that the event history still has. What could not be read is
    /// said, and what was read before that is given all the same.
    pub async fn pulls(&self, repository: &RepositoryId, now: Timestamp) -> EventHistory {
        let mut history = EventHistory::default();
        for event in EVENTS {
            let since = Self::kept_since(now);
            let lookup = Lookup { event, since, until: now, most_pages: MOST_PAGES };
            let pulls = &mut history.pulls;
            let read = self.read(&lookup, &mut history.not_read, |text| {
                pulls.extend(pull::read(text, repository)?);
                Ok(())
            });
            if let Err(error) = read.await {
                let is_denied = error.kind == AwsErrorKind::AccessDenied;
                history.not_read.push(error.to_string().into());
                if is_denied {
                    break;
                }
            }
        }
        history
    }

    /// Who has deleted images of the registry in the last days.
    pub async fn deletions(&self, now: Timestamp) -> Deletions {
        let mut deletions = Deletions::default();
        let days = SignedDuration::from_hours(24 * Self::DELETIONS_OF_DAYS);
        let since = now.checked_sub(days).unwrap_or(Timestamp::MIN);
        let Deletions { expired, deleted, not_read, .. } = &mut deletions;
        let lookup = |event| Lookup { event, since, until: now, most_pages: MOST_OF_DELETIONS };
        let read = async {
            self.read(&lookup("PolicyExecutionEvent"), not_read, |text| {
                expired.extend(deletion::expired(text)?);
                Ok(())
            })
            .await?;
            self.read(&lookup("BatchDeleteImage"), not_read, |text| {
                deleted.extend(deletion::deleted(text)?);
                Ok(())
            })
            .await
        };
        deletions.failed = read.await.err();
        deletions
    }

    /// Which images others have asked the registry for since then, to the second. An event is there
    /// some 5 minutes after the call, and 15 at times.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
    pub async fn asked_for(&self, since: Timestamp, now: Timestamp) -> Result<AskedFor, AwsError> {
        let AskedFor { mut asked, mut not_read } = AskedFor::default();
        // What is looked up begins a second later than this.
        let since = since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN);
        let lookup =
            Lookup { event: "BatchGetImage", since, until: now, most_pages: MOST_OF_ASKED };
        self.read(&lookup, &mut not_read, |text| {
            asked.extend(asked::read(text, &self.place)?);
            Ok(())
        })
        .await?;
        Ok(AskedFor { asked, not_read })
    }

    /// Gives the text of each event to who understands it. What is not understood is counted.
    async fn read(
        &self,
        lookup: &Lookup<'_>,
        not_read: &mut Vec<Box<str>>,
        mut understand: impl FnMut(&str) -> Result<(), NotReadable>,
    ) -> Result<(), AwsError> {
        let Lookup { event, since, until, most_pages } = *lookup;
        let call = &Call::new("cloudtrail", "LookupEvents", &self.place).about(event);
        let (mut token, mut seen, mut unreadable) = (None, HashSet::new(), 0_u64);
        for _ in 0..most_pages {
            self.turns.wait().await;
            let request = LookupEvents {
                start_time: since.as_second() + 1,
                end_time: until.as_second(),
                lookup_attributes: json!([
                    { "AttributeKey": "EventName", "AttributeValue": event }
                ]),
                max_results: EVENTS_A_PAGE,
                next_token: token.take(),
            };
            let page: LookedUp = self.client.send(call, &request).await?;
            for row in call.sent("Events", page.events)? {
                let text = call.sent_text("CloudTrailEvent", row.cloud_trail_event.as_deref())?;
                if understand(&text).is_err() {
                    unreadable += 1;
                }
            }
            token = page.next_token.filter(|next| !next.is_empty());
            match &token {
                None => {
                    if unreadable > 0 {
                        not_read.push(unread(event, unreadable));
                    }
                    return Ok(());
                }
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(call.unreadable("a page's token came a second time"));
                }
                Some(_) => {}
            }
        }
        not_read.push(
            format!("{event}: only the newest {most_pages} pages of events were read").into(),
        );
        if unreadable > 0 {
            not_read.push(unread(event, unreadable));
        }
        Ok(())
    }
}

fn unread(event: &str, events: u64) -> Box<str> {
    format!("{event}: {events} of its events cannot be read, and may be what is looked for").into()
}
