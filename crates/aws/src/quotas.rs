//! Service Quotas: how often a registry may be called. Only the doctor asks.

use std::collections::BTreeMap;

use ecr_sweep_core::Place;
use serde::Deserialize;
use serde_json::json;

use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::sessions::Sessions;
use crate::signed::{Protocol, Reach, Service, SignedClient};

const ANSWERS: Answers = &[("ListServiceQuotas", &["Quotas[].QuotaName"])];

/// <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html>
const QUOTAS: Service = Service {
    name: "servicequotas",
    host: "servicequotas",
    id: "Service Quotas",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.1", target: "ServiceQuotasV20190624" },
    answers: ANSWERS,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    quotas: Option<Vec<QuotaRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QuotaRow {
    quota_name: Option<String>,
    quota_code: Option<String>,
    value: Option<f64>,
}

/// How often an operation may be called.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRate {
    /// Calls a second.
    pub a_second: f64,
    /// The quota's code, by which more is asked for.
    pub code: Box<str>,
}

impl Sessions {
    /// How often the registry of an account and Region may be called, by operation, as far as that is a
    /// quota: ECR publishes a few.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
    pub async fn registry_call_rates(
        &self,
        place: &Place,
    ) -> Result<BTreeMap<Box<str>, CallRate>, AwsError> {
        let client = &SignedClient::new(&QUOTAS, &self.reading_config(place), place);
        let call = &Call::new(QUOTAS.name, "ListServiceQuotas", place);
        let rows = every_page(call, |token| {
            let mut list = json!({ "ServiceCode": "ecr", "MaxResults": 100 });
            if let Some(token) = token {
                list["NextToken"] = token.into();
            }
            async move {
                let page: Listed = client.send(call, &list).await?;
                Ok(Page { items: call.sent("Quotas", page.quotas)?, next: page.next_token })
            }
        })
        .await?;
        let rates = rows.into_iter().filter_map(|row| {
            let operation = operation_of(row.quota_name.as_deref()?)?.into();
            Some((operation, CallRate { a_second: row.value?, code: row.quota_code?.into() }))
        });
        Ok(rates.collect())
    }
}

/// `BatchGetImage` of `Rate of BatchGetImage requests`.
fn operation_of(quota: &str) -> Option<&str> {
    let operation = quota.strip_prefix("Rate of ")?.strip_suffix(" requests")?;
    operation.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_quota_tells_its_operation() {
        assert_eq!(operation_of("Rate of BatchGetImage requests"), Some("BatchGetImage"));
        for other in ["Images per repository", "Rate of image replication requests"] {
            assert_eq!(operation_of(other), None, "{other}");
        }
    }
}
