//! The functions of one account and Region, in the API's own shapes.

use std::collections::BTreeMap;

use ecr_sweep_core::{Place, Source};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use serde_json::{Map, Value};

use super::NotASeed;
use super::ecs::text;
use crate::arn::arn;

/// The version that changes.
pub(crate) const LATEST: &str = "$LATEST";

/// The versions of a function, `$LATEST` among them, as `GetFunction` shows them.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) versions: BTreeMap<Version, Resource>,
    pub(crate) aliases: BTreeMap<String, Resource>,
}

/// A version's name, ordered as Lambda lists them: `$LATEST` first, then by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Latest,
    Published(u64),
    Other(String),
}

impl Version {
    /// A text that sorts as the versions do.
    pub(crate) fn rank(&self) -> String {
        match self {
            Self::Latest => "0".to_owned(),
            Self::Published(number) => format!("1{number:020}"),
            Self::Other(text) => format!("2{text}"),
        }
    }
}

impl From<&str> for Version {
    fn from(text: &str) -> Self {
        match text.parse() {
            _ if text == LATEST => Self::Latest,
            Ok(number) => Self::Published(number),
            Err(_) => Self::Other(text.to_owned()),
        }
    }
}

/// The functions, by name.
#[derive(Debug, Default)]
pub(crate) struct Functions(pub(crate) BTreeMap<String, Function>);

impl Functions {
    /// Adds what a snapshot describes. What a version leaves out and its name says is filled in.
    pub(super) fn seed(
        &mut self,
        place: &Place,
        mut workloads: PlaceWorkloads,
    ) -> Result<(), NotASeed> {
        for mut entry in workloads.take("functions") {
            let missing =
                |member| NotASeed::Unidentified { kind: "function", place: place.clone(), member };
            let has_image = entry.get("Code").and_then(|code| code.get("ImageUri")).is_some();
            let Some(Value::Object(configuration)) = entry.get_mut("Configuration") else {
                return Err(missing("Configuration"));
            };
            let name = text(configuration, "FunctionName")
                .ok_or_else(|| missing("FunctionName"))?
                .to_owned();
            let version = text(configuration, "Version").unwrap_or(LATEST).to_owned();
            complete(configuration, place, &name, &version);
            let package = if has_image { "Image" } else { "Zip" };
            configuration.entry("PackageType").or_insert_with(|| package.into());
            // https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
            if !has_image {
                configuration.entry("Runtime").or_insert_with(|| "provided.al2023".into());
            }
            if let (true, Some(Value::Object(code))) = (has_image, entry.get_mut("Code"))
                && !code.contains_key("RepositoryType")
            {
                code.insert("RepositoryType".to_owned(), "ECR".into());
            }
            self.0.entry(name).or_default().versions.insert(version.as_str().into(), entry);
        }
        Ok(())
    }

    pub(crate) fn to_workloads(&self, place: &Place) -> PlaceWorkloads {
        let versions = self.0.values().flat_map(|function| function.versions.values().cloned());
        let workloads = PlaceWorkloads::nothing(Source::Lambda, place.clone());
        workloads.with("functions", versions.collect())
    }
}

fn complete(configuration: &mut Map<String, Value>, place: &Place, name: &str, version: &str) {
    let function_arn = arn("lambda", place, &format!("function:{name}"));
    let function_arn =
        if version == LATEST { function_arn } else { format!("{function_arn}:{version}") };
    for (member, value) in
        [("Version", version), ("FunctionArn", &function_arn), ("State", "Active")]
    {
        configuration.entry(member).or_insert_with(|| value.into());
    }
}
