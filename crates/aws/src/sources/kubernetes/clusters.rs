//! Amazon EKS: which clusters there are, and where their APIs are.
//!
//! <https://docs.aws.amazon.com/eks/latest/APIReference/Welcome.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecr_sweep_core::{ClusterName, Place};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::signed::{Protocol, Reach, Service, SignedClient};
use crate::sources::gone::{Looks, look};
use crate::sources::probe::first_found;
use crate::sources::{Found, Scan, ScanError};
use crate::{AwsError, AwsErrorKind};

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html>
const ANSWERS: Answers = &[
    ("DescribeCluster", &["cluster.arn", "cluster.name", "cluster.status"]),
    ("ListClusters", &["clusters[]"]),
];

pub(crate) const EKS: Service = Service {
    name: "eks",
    host: "eks",
    id: "EKS",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::RestJson,
    answers: ANSWERS,
};

/// The most clusters that a page has.
const CLUSTERS_A_PAGE: i32 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    clusters: Option<Vec<String>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    cluster: Option<ClusterRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClusterRow {
    name: Option<String>,
    arn: Option<String>,
    status: Option<String>,
    endpoint: Option<String>,
    certificate_authority: Option<Authority>,
    connector_config: Option<Value>,
}

#[derive(Deserialize)]
struct Authority {
    data: Option<String>,
}

/// Where a cluster's API is.
pub(super) struct Described {
    pub(super) arn: Box<str>,
    pub(super) server: Box<str>,
    /// The certificate that knows its server, as PEM.
    pub(super) authority: Box<[u8]>,
}

/// Calls to Amazon EKS in one account and Region.
pub(super) struct Clusters {
    client: SignedClient,
    looks: Looks,
    place: Place,
}

impl Clusters {
    pub(super) fn of(scan: &Scan<'_>) -> Self {
        let place = scan.account_and_region();
        let config = scan.config();
        let looks = Looks::of(&config);
        Self { client: SignedClient::new(&EKS, &config, &place), looks, place }
    }

    /// Every cluster, those among them that EKS shows and does not host.
    ///
    /// <https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html>
    pub(super) async fn list(&self) -> Result<Vec<ClusterName>, AwsError> {
        let call = &Call::new(EKS.name, "ListClusters", &self.place);
        let mut clusters = every_page(call, |token| async move {
            let Page { items, next } = self.page(call, token).await?;
            let names = items.into_iter().map(|name| {
                name.parse::<ClusterName>().map_err(|error| call.unreadable(error.to_string()))
            });
            Ok(Page { items: names.collect::<Result<_, _>>()?, next })
        })
        .await?;
        clusters.sort();
        clusters.dedup();
        Ok(clusters)
    }

    /// The first clusters, if there are any.
    pub(super) async fn first(&self) -> Result<Option<Found>, AwsError> {
        let call = &Call::new(EKS.name, "ListClusters", &self.place);
        let page = |token| async move {
            let Page { items, next } = self.page(call, token).await?;
            Ok(Page { items: items.into_iter().map(Into::into).collect(), next })
        };
        first_found(call, page).await
    }

    /// The names of a page of clusters.
    async fn page(&self, call: &Call<'_>, token: Option<String>) -> Result<Page<String>, AwsError> {
        let mut members = Map::new();
        members.insert("include".to_owned(), json!("all"));
        members.insert("maxResults".to_owned(), json!(CLUSTERS_A_PAGE));
        if let Some(token) = token {
            members.insert("nextToken".to_owned(), json!(token));
        }
        let page: Listed = self.ask(call, "GET /clusters", members).await?;
        Ok(Page { items: call.sent("clusters", page.clusters)?, next: page.next_token })
    }

    /// Where a cluster's API is; none if there is no such cluster.
    ///
    /// <https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html>
    pub(super) async fn describe(
        &self,
        name: &ClusterName,
    ) -> Result<Option<Described>, ScanError> {
        let call = Call::new(EKS.name, "DescribeCluster", &self.place).about(name.as_str());
        let members = Map::from_iter([("name".to_owned(), json!(name))]);
        let is_gone = |error: &AwsError| error.kind == AwsErrorKind::NotFound;
        let ask = || self.ask(&call, "GET /clusters/{name}", members.clone());
        let Some(answer) = look::<Answer, _>(self.looks, is_gone, ask).await? else {
            return Ok(None);
        };
        let cluster = call.sent("cluster", answer.cluster)?;
        let arn = call.sent_text("cluster.arn", cluster.arn.as_deref())?;
        if cluster.name.as_deref() != Some(name.as_str()) {
            return Err(call.unreadable("it describes another cluster").into());
        }
        if cluster.connector_config.is_some() {
            let problem = "it is connected to EKS, which does not host it: scan it by itself, and \
                           hand in what it uses as a usage file";
            return Err(ScanError::unreadable(&arn, problem));
        }
        let status = call.sent_text("cluster.status", cluster.status.as_deref())?;
        let data = cluster.certificate_authority.and_then(|authority| authority.data);
        let (Some(server), Some(data)) = (cluster.endpoint, data) else {
            return Err(ScanError::unreadable(&arn, format!("it is {status} and has no address")));
        };
        let authority = STANDARD.decode(data);
        let authority = authority.map_err(|error| call.unreadable(error.to_string()))?;
        Ok(Some(Described { arn, server: server.into(), authority: authority.into() }))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        http: &str,
        members: Map<String, Value>,
    ) -> Result<T, AwsError> {
        let answer = self.client.ask(call, http, members).await?;
        serde_json::from_value(answer).map_err(|error| call.unreadable(error.to_string()))
    }
}
