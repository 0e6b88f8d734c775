//! What a good policy does, in a line, and what of it matches nothing or names nobody.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use ecr_sweep_core::policy::{Brake, Consumers};
use ecr_sweep_core::wording::First;
use ecr_sweep_core::{BlockCode, Gap, Policy, UnitId, Warning, WarningCode};
use ecr_sweep_protocol::{CheckedPolicy, InTheWay, LookedAt};

use super::styles::{BLOCKED, HEADING, KEEP, WARNING};
use super::{counted, notes, unseen};

/// How many objects are named of what would be in the way; a JSON result has them all.
const NAMED: usize = 3;

/// A good policy with all that its reader is shown.
pub struct Checked<'a> {
    /// What it says.
    pub policy: &'a Policy,
    /// What of it matches nothing, and what would be in the way.
    pub found: &'a CheckedPolicy,
    /// What was not seen.
    pub gaps: &'a [Gap],
}

impl Display for Checked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { policy, found: checked, gaps } = self;
        let told = format!("{KEEP}good{KEEP:#}: `{}` {}", checked.policy, in_words(policy));
        writeln!(f, "{}", notes::folded(&told, f.width(), 0))?;
        if let Some(unmatched) = &checked.unmatched {
            let (owners, patterns): (Vec<&Warning>, Vec<&Warning>) =
                unmatched.iter().partition(|it| it.code == WarningCode::OwnerUnknown);
            if patterns.is_empty() {
                writeln!(f, "Every pattern matches something.")?;
            }
            list(f, "Matches nothing", &patterns)?;
            list(f, "Names nobody", &owners)?;
        }
        let in_the_way = &checked.in_the_way;
        if in_the_way.is_empty() && gaps.is_empty() {
            return match checked.looked_at {
                LookedAt::Nothing => Ok(()),
                LookedAt::Snapshot => {
                    writeln!(f, "Nothing there would be in the way of a first run.")
                }
                LookedAt::Account => {
                    writeln!(f, "Nothing of what a plan reads would be in the way of a first run.")
                }
            };
        }
        let rows = in_the_way.iter().map(|it| (it.code.to_string(), row(it))).collect();
        notes::section(f, "In the way of a first run", BLOCKED, rows)?;
        unseen::section(f, gaps)
    }
}

/// Nothing where there is nothing to list.
fn list(f: &mut Formatter<'_>, heading: &str, warnings: &[&Warning]) -> fmt::Result {
    if !warnings.is_empty() {
        writeln!(f, "\n{HEADING}{heading}{HEADING:#}")?;
    }
    for warning in warnings {
        let line = format!("  {WARNING}-{WARNING:#} {}", warning.detail);
        writeln!(f, "{}", notes::folded(&line, f.width(), 4))?;
    }
    Ok(())
}

fn row(in_the_way: &InTheWay) -> String {
    let InTheWay { code, detail, objects, fix } = in_the_way;
    // What was not seen has a section of its own, where a plan says so.
    let detail = match fix {
        None if **code == *BlockCode::IncompleteUsage.as_str() => {
            "not everything that may use the images was seen"
        }
        _ => detail,
    };
    let objects = First::of(NAMED, objects).in_one_line();
    let objects = if objects.is_empty() { objects } else { format!("{objects}: ") };
    let fix = fix.as_ref().map(|fix| format!("; {fix}")).unwrap_or_default();
    format!("{objects}{detail}{fix}")
}

fn in_words(policy: &Policy) -> String {
    let Policy { scope, minimum_age, minimum_idle, limits, .. } = policy;
    let but_for = match scope.off.len() {
        0 => String::new(),
        rows => format!(" but for {}", counted(rows as u64, "`off` row")),
    };
    let limit = if limits.share.is_none() && limits.images.is_none() {
        "nothing limits a run as a whole".to_owned()
    } else {
        format!("a run deletes at most {limits}")
    };
    format!(
        "has {}; sweeps {}; looks for usage in {}{but_for}; keeps what was pushed within \
         {minimum_age} or pulled within {minimum_idle}; {limit}{}",
        counted(policy.repositories.len() as u64, "rule"),
        swept(policy),
        consumers(&scope.consumers),
        brake(policy.brake),
    )
}

/// What stops a run while it deletes.
fn brake(Brake { failures, asked_again }: Brake) -> String {
    let mut stops = Vec::new();
    if let Some(most) = failures {
        stops.push(format!("when more than {} fail", counted(most, "deletion")));
    }
    if asked_again {
        stops.push("when somebody asks for what it has deleted".to_owned());
    }
    if stops.is_empty() { String::new() } else { format!("; it stops {}", stops.join(", or ")) }
}

fn swept(policy: &Policy) -> String {
    let registries = &policy.scope.registries;
    let none = if registries.asks_the_organization() { "" } else { "the caller's account" };
    let mut accounts = listed(&registries.accounts, "account", none);
    if registries.asks_the_organization() {
        let and = if accounts.is_empty() { "" } else { " and " };
        let but_for = match registries.except.len() {
            0 => String::new(),
            number => format!(" but for {}", counted(number as u64, "account")),
        };
        let whole = "the whole organization".to_owned();
        let members =
            if registries.organization { whole } else { in_units(registries.units.iter()) };
        accounts = format!("{accounts}{and}{members}{but_for}");
    }
    let regions = listed(&registries.regions, "Region", "its Region");
    format!("{accounts} in {regions}")
}

fn consumers(consumers: &Consumers) -> String {
    let more = match consumers.accounts().len() {
        0 => String::new(),
        number => format!(" and {}", counted(number as u64, "more account")),
    };
    let regions = listed(consumers.regions(), "Region", "every enabled Region");
    match consumers {
        Consumers::Organization { regions, .. } if regions.is_empty() => {
            format!("the whole organization{more}")
        }
        Consumers::Organization { .. } => format!("the whole organization{more} in {regions}"),
        Consumers::Accounts { .. } => {
            let of_units = match consumers.units().next() {
                Some(_) => format!(", {}", in_units(consumers.units())),
                None => String::new(),
            };
            format!("the accounts of the registries{of_units}{more} in {regions}")
        }
    }
}

fn in_units<'a>(units: impl Iterator<Item = &'a UnitId>) -> String {
    let units: BTreeSet<&UnitId> = units.collect();
    format!("the accounts of {}", listed(&units, "organizational unit", ""))
}

/// One by its name, more by their number.
fn listed<T: Display + Ord>(items: &BTreeSet<T>, noun: &str, none: &str) -> String {
    match (items.first(), items.len()) {
        (None, _) => none.to_owned(),
        (Some(only), 1) => only.to_string(),
        (Some(_), several) => counted(several as u64, noun),
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_protocol::documents::V1;

    use super::*;

    #[test]
    fn what_matches_nothing_is_told_apart_from_owners_that_nobody_knows() {
        let policy = Policy::default();
        let told = |codes: &[WarningCode]| {
            let warning =
                |code: &WarningCode| Warning { code: *code, detail: code.as_str().into() };
            let unmatched: Vec<Warning> = codes.iter().map(warning).collect();
            let found = CheckedPolicy {
                schema_version: V1,
                policy: "p.yaml".into(),
                rules: 0,
                looked_at: LookedAt::Snapshot,
                unmatched: Some(unmatched),
                in_the_way: Vec::new(),
                not_seen: None,
            };
            let text = Checked { policy: &policy, found: &found, gaps: &[] }.to_string();
            let has = |part: &str| text.contains(part);
            (has("Every pattern matches"), has("Matches nothing"), has("Names nobody"))
        };
        let (pattern, owner) = (WarningCode::PatternMatchesNothing, WarningCode::OwnerUnknown);
        assert_eq!(told(&[]), (true, false, false));
        assert_eq!(told(&[pattern]), (false, true, false));
        assert_eq!(told(&[owner]), (true, false, true));
        assert_eq!(told(&[pattern, owner]), (false, true, true));
    }
}
