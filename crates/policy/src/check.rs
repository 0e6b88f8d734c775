//! What no table says: fields that fit each other, and rules that are left nothing.

use ecr_sweep_core::policy::Values;
use ecr_sweep_core::{Admitted, Policy, Source};

use super::field::{Field, Fields};
use super::problem::Complaint;
use super::reach;

/// Writes down which fields of one mapping do not fit each other.
pub(super) fn fields(fields: &Fields<'_, '_>, values: &Values) {
    if fields.own().is_at("scope.off[]") {
        clusters_are_of_kubernetes(fields, values);
        groups_stand_alone(fields, values);
    }
}

fn clusters_are_of_kubernetes(fields: &Fields<'_, '_>, off: &Values) {
    let is_other = off.get("source").is_some_and(|source: Source| source != Source::Kubernetes);
    if let Some(clusters) = fields.get("clusters")
        && (fields.get("source").is_none() || is_other)
    {
        let message = "`clusters` are those of Kubernetes";
        clusters.refuse_name(Complaint::new(message, "`source: kubernetes` beside it"));
    }
}

fn groups_stand_alone(fields: &Fields<'_, '_>, off: &Values) {
    let accounts: Vec<Admitted> = off.list("accounts");
    let group = accounts.iter().find(|admitted| !matches!(admitted, Admitted::Account(_)));
    if let Some(group) = group
        && let Some(narrowed) = ["source", "regions"].iter().find_map(|name| fields.get(name))
    {
        let message = format!(
            "`{group}` is whom a resource policy lets pull, whatever they run and wherever"
        );
        narrowed.refuse_name(Complaint::new(message, "`accounts` and `reason` alone"));
    }
}

/// Warns of rules of a good policy that an earlier one leaves nothing.
pub(super) fn reach(root: &Field<'_, '_>, policy: &Policy) {
    let rules = &policy.repositories;
    for (at, (rule, field)) in rules.iter().zip(root.find("repositories[]")).enumerate() {
        if let Some(earlier) = reach::taken_by(&rule.matches, &rules[..at]) {
            field.warn(format!(
                "this rule decides over nothing: `repositories[{earlier}]` takes all that it matches",
            ));
        }
    }
}
