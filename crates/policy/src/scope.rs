//! The settings under `scope`: what may be swept, who may pull, what is not looked at.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Consumers, Off, RegistryScope, Scope};
use ecr_sweep_core::{Admitted, Source};

use super::field::Field;
use super::keys;
use super::problem::Complaint;
use super::value::{
    ACCOUNT, REGION, ROLE, TEXT, account, admitted, region, role, source, text, word,
};

const REGISTRIES: &str = "`accounts` and `regions`, or one of them";
const CONSUMERS: &str = "`organization`, or `accounts` and `regions`";
const OFF: &str = "`reason`, with `source`, `accounts`, `regions` or `clusters`";
const ADMITTED: &str = "an account of 12 digits, `organization` or `public`";

pub(super) fn scope(field: Field<'_, '_>) -> Option<Scope> {
    let fields = field.fields(&keys::SCOPE, "`registries`, `consumers`, `role` or `off`")?;
    let registries = fields.get("registries").and_then(registries);
    let consumers = fields.get("consumers").and_then(consumers);
    let off = fields.get("off").map(|field| field.items("a list of what is not looked at"));
    let defaults = Scope::default();
    Some(Scope {
        registries: registries.unwrap_or(defaults.registries),
        consumers: consumers.unwrap_or(defaults.consumers),
        role: fields.scalar("role", ROLE, role),
        off: off.unwrap_or_default().into_iter().filter_map(off_entry).collect(),
    })
}

fn registries(field: Field<'_, '_>) -> Option<RegistryScope> {
    let fields = field.fields(&keys::REGISTRIES, REGISTRIES)?;
    Some(RegistryScope {
        accounts: fields.list("accounts", ACCOUNT, account),
        regions: fields.list("regions", REGION, region),
    })
}

fn consumers(field: Field<'_, '_>) -> Option<Consumers> {
    if field.is_scalar() {
        let organization = word(&[("organization", ())]);
        return field.scalar(CONSUMERS, organization).map(|()| Consumers::Organization);
    }
    let fields = field.fields(&keys::CONSUMERS, CONSUMERS)?;
    Some(Consumers::Accounts {
        accounts: fields.list("accounts", ACCOUNT, account),
        regions: fields.list("regions", REGION, region),
    })
}

fn off_entry(field: Field<'_, '_>) -> Option<Off> {
    let fields = field.fields(&keys::OFF, OFF)?;
    let reason = fields
        .require("reason", "why it is safe not to look")
        .and_then(|field| field.scalar("why it is safe not to look", text));
    let names = ["source", "accounts", "regions", "clusters"];
    if names.iter().all(|name| fields.get(name).is_none()) {
        let message = "this would turn everything off: it names no source and no place";
        fields.own().refuse_name(Complaint::new(message, OFF));
    }
    let off = Off {
        source: fields.scalar("source", "a usage source", source),
        accounts: fields.list("accounts", ADMITTED, admitted),
        regions: fields.list("regions", REGION, region),
        clusters: fields.list::<_, BTreeSet<_>>("clusters", TEXT, text),
        reason: reason.unwrap_or_default(),
    };
    if let Some(clusters) = fields.get("clusters")
        && (fields.get("source").is_none() || off.source.is_some_and(|s| s != Source::Kubernetes))
    {
        let message = "`clusters` are those of Kubernetes";
        clusters.refuse_name(Complaint::new(message, "`source: kubernetes` beside it"));
    }
    let group = off.accounts.iter().find(|admitted| !matches!(admitted, Admitted::Account(_)));
    if let Some(group) = group
        && let Some(narrowed) = ["source", "regions"].iter().find_map(|name| fields.get(name))
    {
        let message = format!(
            "`{group}` is whom a resource policy lets pull, whatever they run and wherever"
        );
        narrowed.refuse_name(Complaint::new(message, "`accounts` and `reason` alone"));
    }
    Some(off)
}
