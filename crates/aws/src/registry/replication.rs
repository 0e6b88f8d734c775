//! Replication of deletions, which the SDK does not model yet: read from the answer as it came.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use ecr_sweep_core::{Account, Place, Region};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::RegistryReader;
use crate::AwsError;

impl RegistryReader {
    /// Where deletions in this registry are replicated to, sorted.
    ///
    /// A rule's filters are not looked at: what it replicates of any repository counts for all of
    /// them. A rule that says anything unknown is an error.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html>
    pub async fn deletes_replicate_to(&self) -> Result<Vec<Place>, AwsError> {
        let call = &self.call("DescribeRegistry");
        let body = RawBody::default();
        let describe = self.client.describe_registry().customize().interceptor(body.clone());
        self.in_slot(call, describe.send()).await.map_err(|error| call.failed(error))?;
        let bytes = body.take().ok_or_else(|| call.unreadable("it has no body"))?;
        destinations(&bytes).map_err(|problem| {
            call.unreadable(format!("the replication configuration is unknown: {problem}"))
        })
    }
}

/// Keeps the body of the last answer.
#[derive(Debug, Clone, Default)]
struct RawBody(Arc<Mutex<Option<Vec<u8>>>>);

impl RawBody {
    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for RawBody {
    fn name(&self) -> &'static str {
        "RawBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().map(<[u8]>::to_vec);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body;
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    replication_configuration: Configuration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    rules: Vec<Rule>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    destinations: Vec<Destination>,
    #[serde(rename = "repositoryFilters")]
    _repository_filters: Option<IgnoredAny>,
    delete_replication: Option<DeleteReplication>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Destination {
    region: Region,
    registry_id: Account,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteReplication {
    enabled: bool,
}

fn destinations(answer: &[u8]) -> Result<Vec<Place>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(answer)?;
    let places: BTreeSet<Place> = answer
        .replication_configuration
        .rules
        .into_iter()
        .filter(|rule| rule.delete_replication.as_ref().is_some_and(|it| it.enabled))
        .flat_map(|rule| rule.destinations)
        .map(|to| Place { account: to.registry_id, region: to.region })
        .collect();
    Ok(places.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(rules: &Value) -> Result<Vec<String>, serde_json::Error> {
        let answer = json!({
            "registryId": "111122223333",
            "replicationConfiguration": { "rules": rules },
            "somethingNew": 1,
        });
        let places = destinations(answer.to_string().as_bytes())?;
        Ok(places.iter().map(ToString::to_string).collect())
    }

    fn to(regions: &[&str], more: &Value) -> Value {
        let destinations: Vec<Value> = regions
            .iter()
            .map(|region| json!({ "region": region, "registryId": "444455556666" }))
            .collect();
        let mut rule = json!({ "destinations": destinations });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    }

    #[test]
    fn only_rules_that_replicate_deletions_count_whatever_their_filters() {
        let on = json!({ "deleteReplication": { "enabled": true } });
        let filtered = json!({
            "deleteReplication": { "enabled": true },
            "repositoryFilters": [{ "filter": "prod", "filterType": "PREFIX_MATCH" }],
        });
        let rules = json!([
            to(&["us-east-1", "eu-west-2"], &filtered),
            to(&["eu-west-2"], &on),
            to(&["eu-west-3"], &json!({ "deleteReplication": { "enabled": false } })),
            to(&["ap-south-1"], &json!({ "repositoryFilters": [] })),
        ]);
        let places = ["444455556666/eu-west-2", "444455556666/us-east-1"];
        assert_eq!(read(&rules).unwrap(), places);
    }

    #[test]
    fn no_rules_replicate_nothing() {
        assert!(read(&json!([])).unwrap().is_empty());
    }

    #[test]
    fn without_its_rules_nobody_knows_what_a_registry_replicates() {
        for answer in ["null", "{}", r#"{ "registryId": "111122223333" }"#] {
            assert!(destinations(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_rule_that_is_not_understood_is_an_error() {
        for rules in [
            json!(null),
            json!({}),
            json!([{}]),
            json!([to(&[], &json!({ "deleteReplication": {} }))]),
            json!([to(&[], &json!({ "deleteReplication": true }))]),
            json!([to(&[], &json!({ "deleteReplication": { "enabled": "true" } }))]),
            json!([to(&[], &json!({ "deleteReplication": { "enabled": true, "after": 1 } }))]),
            json!([to(&[], &json!({ "tagReplication": { "enabled": true } }))]),
            json!([to(&["mars"], &json!({}))]),
            json!([{ "destinations": [{ "region": "eu-west-1" }] }]),
        ] {
            assert!(read(&rules).is_err(), "{rules}");
        }
    }
}
