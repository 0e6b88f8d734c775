//! The settings under `usage`: how usage is read.

use std::collections::BTreeMap;

use ecr_sweep_core::RegistryHost;
use ecr_sweep_core::policy::{UsageFiles, UsageSettings};

use super::field::Field;
use super::keys;
use super::problem::Complaint;
use super::value::{AGE, HOST, age, count, registry_host, text};
use super::word::nearest;

const REVISIONS: &str = "`all`, or how many of each family";
const FILES: &str = "a list of `path` and `max_age`";
const ALIASES: &str = "hosts, each with the ECR host that it stands for";

pub(super) fn usage(field: Field<'_, '_>) -> Option<UsageSettings> {
    let fields = field.fields(&keys::USAGE, "`ecs`, `files` or `aliases`")?;
    let files = fields.get("files").map(|field| field.items(FILES)).unwrap_or_default();
    Some(UsageSettings {
        task_definition_revisions: fields.get("ecs").and_then(task_definition_revisions),
        files: files.into_iter().filter_map(usage_files).collect(),
        aliases: fields.get("aliases").map(|field| aliases(&field)).unwrap_or_default(),
    })
}

fn task_definition_revisions(field: Field<'_, '_>) -> Option<u32> {
    let fields = field.fields(&keys::ECS, "`task_definition_revisions`")?;
    fields.scalar("task_definition_revisions", REVISIONS, |scalar| match scalar.text {
        "all" => Ok(None),
        text => count(scalar).map(Some).map_err(|complaint| {
            let suggestion = nearest(text, &["all"]).map(str::to_owned).or(complaint.suggestion);
            Complaint { expected: REVISIONS.to_owned(), suggestion, ..complaint }
        }),
    })?
}

fn usage_files(field: Field<'_, '_>) -> Option<UsageFiles> {
    let fields = field.fields(&keys::FILES, FILES)?;
    let path = fields.require("path", "a path or an `s3://` address");
    let max_age = fields.require("max_age", AGE);
    Some(UsageFiles {
        path: path?.scalar("a path or an `s3://` address", text)?,
        max_age: max_age?.scalar(AGE, age)?,
    })
}

fn aliases(field: &Field<'_, '_>) -> BTreeMap<Box<str>, RegistryHost> {
    let mut aliases = BTreeMap::new();
    for (host, registry) in field.entries(ALIASES) {
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            let bare = host.split_once("://").map_or(host, |(_, rest)| rest);
            let bare = bare.split('/').next().filter(|bare| !bare.is_empty());
            let message = "a host has neither a scheme nor a path";
            let expected = "a host as references write it, such as `registry.example.com`";
            registry.refuse_name(Complaint::new(message, expected).suggest(bare));
        } else if host.parse::<RegistryHost>().is_ok() {
            let message = "an ECR host stands for its own registry";
            registry.refuse_name(Complaint::new(message, "the host of a mirror or proxy"));
        }
        if let Some(registry) = registry.scalar(HOST, registry_host) {
            aliases.insert(host.into(), registry);
        }
    }
    aliases
}
