//! What no table says: fields that fit each other, and rules that are left nothing.

use ecr_sweep_core::policy::Values;
use ecr_sweep_core::{
    Admitted, Age, LONGEST_OBJECT_NAME, Policy, Source, bucket_problem, object_name_problem,
};

use super::field::{Field, Fields};
use super::problem::Complaint;
use super::reach;

/// Writes down which fields of one mapping do not fit each other.
pub(super) fn fields(fields: &Fields<'_, '_>, values: &Values) {
    if fields.own().is_at("scope.off[]") {
        clusters_are_of_a_source_that_has_them(fields, values);
        groups_stand_alone(fields, values);
    }
    if fields.own().is_at("scope.registries") {
        exceptions_are_of_the_organization(fields, values);
        units_are_part_of_the_organization(fields, values);
    }
    if fields.own().is_at("scope.consumers") {
        units_are_part_of_the_organization(fields, values);
    }
    if fields.own().is_at("repositories[]") {
        what_is_archived_is_not_copied(fields, values);
    }
    if fields.own().is_at("vault") {
        a_prefix_is_of_a_bucket(fields);
        the_vault_has_names_that_s3_takes(fields, values);
    }
}

/// The longest prefix of the vault: the names of the copies come after it.
const LONGEST_PREFIX: usize = LONGEST_OBJECT_NAME - 124;

/// What S3 does not take would only be told by the first run that has something to copy.
fn the_vault_has_names_that_s3_takes(fields: &Fields<'_, '_>, vault: &Values) {
    if let Some(field) = fields.get("bucket")
        && let Some(bucket) = vault.get::<Box<str>>("bucket")
        && let Some(problem) = bucket_problem(&bucket)
    {
        field.refuse(Complaint::new(problem, "the name of a bucket, without `s3://`"));
    }
    if let Some(field) = fields.get("prefix")
        && let Some(prefix) = vault.get::<Box<str>>("prefix")
    {
        // One may end with a slash.
        let prefix = prefix.strip_suffix('/').unwrap_or(&prefix);
        if prefix.len() > LONGEST_PREFIX {
            let message = format!("the prefix has {} characters", prefix.len());
            field.refuse(Complaint::new(message, format!("at most {LONGEST_PREFIX}")));
        } else if !prefix.is_empty()
            && let Some(problem) = object_name_problem(prefix)
        {
            let message = format!("S3, or the run store, takes no such prefix: {problem}");
            field.refuse(Complaint::new(message, "names, with `/` between them"));
        }
    }
}

fn a_prefix_is_of_a_bucket(fields: &Fields<'_, '_>) {
    if let Some(prefix) = fields.get("prefix")
        && fields.get("bucket").is_none()
    {
        let message = "a prefix is of a bucket for the copies, and none is named";
        prefix.refuse_name(Complaint::new(message, "`bucket` beside it"));
    }
}

fn what_is_archived_is_not_copied(fields: &Fields<'_, '_>, rule: &Values) {
    let action = rule.get::<Values>("action").unwrap_or_default();
    if let Some(undo_for) = fields.get("undo_for")
        && action.get::<Age>("archive_for").is_some()
    {
        let message =
            "what is archived cannot be read, so it cannot be copied before it is deleted";
        undo_for.refuse_name(Complaint::new(message, "`archive_for` or `undo_for`"));
    }
}

fn clusters_are_of_a_source_that_has_them(fields: &Fields<'_, '_>, off: &Values) {
    let has_none = off.get("source").is_some_and(|source: Source| !source.facts().has_clusters);
    if let Some(clusters) = fields.get("clusters")
        && (fields.get("source").is_none() || has_none)
    {
        let with: Vec<_> = Source::ALL.into_iter().filter(|it| it.facts().has_clusters).collect();
        let names: Vec<_> = with.iter().map(Source::to_string).collect();
        let message = format!("`clusters` are those of {}", names.join(" or "));
        let expected: Vec<_> = with.iter().map(|it| format!("`source: {it}`")).collect();
        let expected = format!("{} beside it", expected.join(" or "));
        clusters.refuse_name(Complaint::new(message, expected));
    }
}

fn exceptions_are_of_the_organization(fields: &Fields<'_, '_>, registries: &Values) {
    if let Some(except) = fields.get("except")
        && !registries.is_set("organization")
        && fields.get("units").is_none()
    {
        let message = "`except` leaves out accounts of the organization, and it is not taken";
        except.refuse_name(Complaint::new(message, "`organization: true` or `units` beside it"));
    }
}

fn units_are_part_of_the_organization(fields: &Fields<'_, '_>, scope: &Values) {
    if let Some(units) = fields.get("units")
        && scope.is_set("organization")
    {
        let message = "`units` are part of the organization, and all of it is taken";
        units.refuse_name(Complaint::new(message, "`units` or `organization: true`"));
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

/// Refuses to turn off what the policy itself names: nothing would read it, and nobody hear of it.
pub(super) fn files_are_not_off(root: &Field<'_, '_>, policy: &Policy) {
    if policy.usage.files.is_empty() {
        return;
    }
    for (off, field) in policy.scope.off.iter().zip(root.find("scope.off[]")) {
        if off.source.is_some_and(|source| source.facts().is_handed_in) {
            let message = "this turns off the files that `usage.files` names";
            field.refuse(Complaint::new(message, "no such row, or no `usage.files`"));
        }
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
