//! Reading by rows: every call, its pages, and what its items are asked for after it.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ecr_sweep_core::Place;
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::evidence::Evidence;
use super::name::{name, named};
use super::row::{Counts, Given, Read};
use super::{path, text};
use crate::call::Call;
use crate::concurrently::batches;
use crate::paging::{Page, every_page};
use crate::sessions::clients::ClientConfig;
use crate::signed::{Protocol, Service, SignedClient};
use crate::sources::gone::Looks;
use crate::sources::probe::{Look, first_found};
use crate::sources::{Found, Scan, ScanError};
use crate::{AwsError, AwsErrorKind};

/// What a call found, as far as the calls after it need it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    value: Arc<Value>,
    above: Option<Arc<Value>>,
}

/// One request: its members, and what it was made for.
struct Asked {
    members: Map<String, Value>,
    of: Vec<Item>,
}

/// What came of a request.
struct Answered {
    evidence: Vec<Evidence>,
    /// The items that more is asked for.
    items: Vec<Item>,
    /// How many there were that nothing more is asked about.
    found: u64,
    /// The request again, where something that it was made for is not there.
    missed: Option<Asked>,
}

impl Answered {
    /// With what an earlier look at the same has found, and this one has not.
    fn and_earlier(&mut self, earlier: Self) {
        let Self { evidence, items, found, missed: _ } = earlier;
        for it in evidence {
            if !self.evidence.contains(&it) {
                self.evidence.push(it);
            }
        }
        for it in items {
            if !self.items.contains(&it) {
                self.items.push(it);
            }
        }
        self.found = self.found.max(found);
    }
}

/// Calls in one account and Region.
pub(super) struct Reader<'a> {
    scan: &'a Scan<'a>,
    place: &'a Place,
    config: ClientConfig,
    clients: Mutex<HashMap<&'static str, SignedClient>>,
    /// The revisions of task definitions that something starts, where they are asked for.
    definitions: Option<Mutex<BTreeSet<String>>>,
    /// How many items there were that nothing more is asked about.
    found: AtomicU64,
}

impl<'a> Reader<'a> {
    /// With a row of task definitions, those that are named are remembered, unless every active
    /// one counts anyway.
    pub(super) fn new(scan: &'a Scan<'a>, place: &'a Place, starts_tasks: bool) -> Self {
        let asks = starts_tasks && scan.policy.usage.task_definition_revisions.is_some();
        let definitions = asks.then(Mutex::default);
        let (clients, found) = (Mutex::default(), AtomicU64::new(0));
        Self { scan, place, config: scan.config(), clients, definitions, found }
    }

    /// How many things were looked at.
    pub(super) fn found(&self) -> u64 {
        self.found.load(Ordering::Relaxed)
    }

    /// The evidence in the task definitions that were named.
    pub(super) async fn read_definitions(
        &self,
        row: &'static Read,
    ) -> Result<Vec<Evidence>, ScanError> {
        let Some(definitions) = &self.definitions else { return Ok(Vec::new()) };
        let named =
            std::mem::take(&mut *definitions.lock().unwrap_or_else(PoisonError::into_inner));
        let item = |arn: String| Item { value: Arc::new(arn.into()), above: None };
        self.read(row, Some(named.into_iter().map(item).collect())).await
    }

    /// All evidence of a row and of those below it.
    pub(super) fn read<'s>(
        &'s self,
        row: &'static Read,
        found_for: Option<Vec<Item>>,
    ) -> BoxFuture<'s, Result<Vec<Evidence>, ScanError>> {
        Box::pin(async move {
            let limit = row.at_once.unwrap_or(usize::MAX).min(self.scan.concurrency());
            let mut asked = self.requests(row, found_for)?;
            let mut looks = Looks::of(&self.config);
            let (mut evidence, mut items) = (Vec::new(), Vec::new());
            let mut earlier: Vec<Answered> = Vec::new();
            loop {
                let mut answers =
                    stream::iter(asked).map(|asked| self.every_item(row, asked)).buffered(limit);
                let mut take = |answer: Answered| {
                    evidence.extend(answer.evidence);
                    items.extend(answer.items);
                    self.found.fetch_add(answer.found, Ordering::Relaxed);
                };
                let (mut parts, mut again) = (Vec::new(), Vec::new());
                // Requests are made again, and answered, in their order.
                let mut earlier_of_each = earlier.into_iter();
                while let Some(answer) = answers.next().await {
                    let mut answer = answer?;
                    if let Some(earlier) = earlier_of_each.next() {
                        answer.and_earlier(earlier);
                    }
                    match answer.missed.take() {
                        None => take(answer),
                        Some(asked) => {
                            parts.push(answer);
                            again.push(asked);
                        }
                    }
                }
                drop(answers);
                if again.is_empty() || !looks.wait().await {
                    parts.into_iter().for_each(take);
                    break;
                }
                (asked, earlier) = (again, parts);
            }
            for next in row.then {
                evidence.extend(self.read(next, Some(items.clone())).await?);
            }
            Ok(evidence)
        })
    }

    /// The evidence in every item of every page, and the items themselves where something is asked
    /// for them.
    async fn every_item(&self, row: &'static Read, asked: Asked) -> Result<Answered, ScanError> {
        let object = asked.of.first().and_then(|item| name(row, &item.value));
        let call = Call::new(row.service.name, row.operation, self.place);
        let call = &object.as_deref().map_or(call, |object| call.about(object));
        let client = &self.client(row.service);
        let members = &asked.members;
        let pages = every_page(call, |token| async move {
            let (answer, next) = page(client, call, row, members, token).await?;
            Ok(Page { items: vec![answer], next })
        });
        let answers = match pages.await {
            Err(error) if !asked.of.is_empty() && is_gone(row, &error) => Vec::new(),
            Err(error) if asked.of.is_empty() && self.is_not_here(row, client, &error) => {
                let service = row.service.name;
                tracing::info!(place = %self.place, service, %error, "not in this Region");
                Vec::new()
            }
            answers => answers?,
        };
        let above = match &asked.of[..] {
            [item] => Some(&item.value),
            _ => None,
        };
        let (mut evidence, mut more) = (Vec::new(), Vec::new());
        let (mut found, mut answered) = (0, 0);
        let is_answered = !answers.is_empty();
        for answer in answers {
            for value in items(row, call, &answer)? {
                check(row, call, value)?;
                answered += 1;
                if has_ended(row.counts, value) {
                    continue;
                }
                let above = above.map(|above| &**above);
                let arn = named(row, call, value, above)?;
                if let Some(definitions) = &self.definitions {
                    let reader = text::Reader {
                        aliases: &self.scan.policy.usage.aliases,
                        place: self.place,
                    };
                    let mut definitions =
                        definitions.lock().unwrap_or_else(PoisonError::into_inner);
                    reader.task_definitions(value, &mut definitions);
                }
                if !row.leads_on {
                    evidence.extend(Evidence::of(row, &arn, value, self.scan, self.place)?);
                }
                if row.then.is_empty() {
                    found += 1;
                } else {
                    let above = above.map(|above| Arc::new(above.clone()));
                    more.push(Item { value: Arc::new(value.clone()), above });
                }
            }
        }
        // Of several at once, what is not there is left out.
        let is_short = is_of_several(row) && answered < asked.of.len();
        let missed = !asked.of.is_empty() && (!is_answered || is_short);
        Ok(Answered { evidence, items: more, found, missed: missed.then_some(asked) })
    }

    /// A look at each list of a row, for the first items that count.
    pub(super) fn looks(&self, row: &'static Read) -> Result<Vec<Look<'_>>, ScanError> {
        let asked = self.requests(row, None)?.into_iter();
        Ok(asked.map(|asked| Box::pin(self.first_items(row, asked)) as Look<'_>).collect())
    }

    async fn first_items(
        &self,
        row: &'static Read,
        asked: Asked,
    ) -> Result<Option<Found>, ScanError> {
        let call = &Call::new(row.service.name, row.operation, self.place);
        let client = &self.client(row.service);
        let members = &asked.members;
        let page = |token| async move {
            let (answer, next) = page(client, call, row, members, token).await?;
            let mut names = Vec::new();
            for value in items(row, call, &answer)? {
                check(row, call, value)?;
                if !has_ended(row.counts, value) {
                    names.push(named(row, call, value, None)?.into());
                }
            }
            Ok(Page { items: names, next })
        };
        match first_found(call, page).await {
            Err(error) if self.is_not_here(row, client, &error) => Ok(None),
            found => Ok(found?),
        }
    }

    /// Whether what is asked for is not in the Region, so that nothing of it can be there.
    fn is_not_here(&self, row: &Read, client: &SignedClient, error: &AwsError) -> bool {
        (row.may_be_unknown && error.is_unknown_operation())
            || client.is_elsewhere(&self.place.region, error)
    }

    /// The requests of a row: one, or one for each item, or for so many at once.
    fn requests(
        &self,
        row: &'static Read,
        found_for: Option<Vec<Item>>,
    ) -> Result<Vec<Asked>, ScanError> {
        let groups = match found_for {
            None => vec![Vec::new()],
            Some(mut items) => {
                items.retain(|item| !has_ended(row.when, &item.value));
                let size = row.given.iter().find_map(|(_, given)| match given {
                    Given::Batch(_, size) => Some(*size),
                    _ => None,
                });
                batches(&items, size.unwrap_or(1))
            }
        };
        let mut requests = Vec::new();
        for of in groups {
            let mut all = vec![Map::new()];
            for (name, given) in row.given {
                let values = self.values(row, given, &of)?;
                let with = |value: &Value| {
                    let more = all.iter().cloned().map(|mut members| {
                        members.insert((*name).to_owned(), value.clone());
                        members
                    });
                    more.collect::<Vec<_>>()
                };
                all = values.iter().flat_map(with).collect();
            }
            requests.extend(all.into_iter().map(|members| Asked { members, of: of.clone() }));
        }
        Ok(requests)
    }

    /// The values of a member, each for a request of its own.
    fn values(
        &self,
        row: &'static Read,
        given: &Given,
        of: &[Item],
    ) -> Result<Vec<Value>, ScanError> {
        let missing = |path: &str| {
            let call = Call::new(row.service.name, row.operation, self.place);
            ScanError::from(call.unreadable(format!("what it is asked by is missing: `{path}`")))
        };
        let at = |value: Option<&Value>, path: &str| {
            let found = value.and_then(|value| path::one(value, path));
            let is_name = |value: &&Value| match value {
                Value::String(text) => !text.is_empty(),
                value => value.is_number(),
            };
            found.filter(is_name).cloned().ok_or_else(|| missing(path))
        };
        let first = of.first();
        Ok(match *given {
            Given::Text(text) => vec![text.into()],
            Given::Number(number) => vec![number.into()],
            Given::Json(json) => {
                let read = serde_json::from_str(json).map_err(|error| {
                    let call = Call::new(row.service.name, row.operation, self.place);
                    ScanError::from(call.refused(error.to_string()))
                });
                vec![read?]
            }
            Given::Nested(name, text) => vec![json!({ name: text })],
            Given::Each(texts) => texts.iter().map(|text| Value::from(*text)).collect(),
            Given::Of(path) => vec![at(first.map(|item| &*item.value), path)?],
            Given::Above(path) => {
                vec![at(first.and_then(|item| item.above.as_deref()), path)?]
            }
            Given::Batch(path, _) => {
                let all = of.iter().map(|item| at(Some(&item.value), path));
                vec![all.collect::<Result<Vec<_>, _>>()?.into()]
            }
        })
    }

    fn client(&self, service: &'static Service) -> SignedClient {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients
            .entry(service.host)
            .or_insert_with(|| SignedClient::new(service, &self.config, self.place));
        made.clone()
    }
}

/// Whether a request is made for several items at once.
fn is_of_several(row: &Read) -> bool {
    row.given.iter().any(|(_, given)| matches!(given, Given::Batch(..)))
}

/// A page of a list, and the token of the next.
async fn page(
    client: &SignedClient,
    call: &Call<'_>,
    row: &Read,
    members: &Map<String, Value>,
    token: Option<String>,
) -> Result<(Value, Option<String>), AwsError> {
    let mut members = members.clone();
    if let (Some(pages), Some(token)) = (row.pages, token) {
        members.insert(pages.given.to_owned(), token.into());
    }
    let answer = client.ask(call, row.http, members).await?;
    let Some(pages) = row.pages else { return Ok((answer, None)) };
    let next = path::text_if_any(&answer, pages.got)
        .map_err(|path::NotText| call.unreadable(format!("`{}` is no text", pages.got)))?;
    Ok((answer, next))
}

/// What was asked for, of an answer.
fn items<'v>(row: &Read, call: &Call<'_>, answer: &'v Value) -> Result<Vec<&'v Value>, AwsError> {
    let is_xml = matches!(row.service.protocol, Protocol::Query { .. });
    path::items(answer, row.items, is_xml)
        .ok_or_else(|| call.unreadable(format!("`{}` is missing", row.items)))
}

/// What an item always has, it has.
fn check(row: &Read, call: &Call<'_>, value: &Value) -> Result<(), AwsError> {
    let lacks = |sent: &&&str| sent.split('|').all(|path| path::find(value, path).is_empty());
    match row.sent.iter().find(lacks) {
        Some(sent) => Err(call.unreadable(format!("`{sent}` is missing"))),
        None => Ok(()),
    }
}

fn has_ended(counts: Counts, value: &Value) -> bool {
    match counts {
        Counts::All => false,
        Counts::Unless(path, ended) => {
            path::text(value, path).is_some_and(|state| ended.contains(&&*state))
        }
    }
}

/// Whether what was asked about is not there, though it was found.
fn is_gone(row: &Read, error: &AwsError) -> bool {
    let says = |(code, part): &(&str, &str)| {
        error.code() == Some(*code) && error.message().is_some_and(|text| text.contains(part))
    };
    error.kind == AwsErrorKind::NotFound || row.gone.iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_has_not_ended() {
        let counts = Counts::Unless("status", &["TERMINATED"]);
        assert!(has_ended(counts, &json!({ "status": "TERMINATED" })));
        for value in [json!({ "status": "NEW" }), json!({}), json!({ "status": null })] {
            assert!(!has_ended(counts, &value), "{value}");
        }
    }
}
