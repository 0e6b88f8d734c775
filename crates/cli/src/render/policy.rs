//! What a good policy does, in a line, and what of it matches nothing or names nobody.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use ecr_sweep_core::policy::{Brake, Consumers};
use ecr_sweep_core::{Policy, UnitId, Warning, WarningCode};

use super::counted;
use super::styles::{HEADING, KEEP, WARNING};

/// A good policy with all that its reader is shown.
pub struct Checked<'a> {
    /// The file, as it was named.
    pub name: &'a str,
    /// What it says.
    pub policy: &'a Policy,
    /// What matches nothing, and which owners nobody knows; none where that was not asked for.
    pub unmatched: Option<&'a [Warning]>,
}

impl Display for Checked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, policy, unmatched } = self;
        writeln!(f, "{KEEP}good{KEEP:#}: `{name}` {}", in_words(policy))?;
        let Some(unmatched) = unmatched else { return Ok(()) };
        let (owners, patterns): (Vec<&Warning>, Vec<&Warning>) =
            unmatched.iter().partition(|it| it.code == WarningCode::OwnerUnknown);
        if patterns.is_empty() {
            writeln!(f, "Every pattern matches something.")?;
        }
        list(f, "Matches nothing", &patterns)?;
        list(f, "Names nobody", &owners)
    }
}

/// Nothing where there is nothing to list.
fn list(f: &mut Formatter<'_>, heading: &str, warnings: &[&Warning]) -> fmt::Result {
    if !warnings.is_empty() {
        writeln!(f, "\n{HEADING}{heading}{HEADING:#}")?;
    }
    warnings
        .iter()
        .try_for_each(|warning| writeln!(f, "  {WARNING}-{WARNING:#} {}", warning.detail))
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
    use super::*;

    #[test]
    fn what_matches_nothing_is_told_apart_from_owners_that_nobody_knows() {
        let policy = Policy::default();
        let told = |codes: &[WarningCode]| {
            let warning =
                |code: &WarningCode| Warning { code: *code, detail: code.as_str().into() };
            let unmatched: Vec<Warning> = codes.iter().map(warning).collect();
            let checked = Checked { name: "p.yaml", policy: &policy, unmatched: Some(&unmatched) };
            let text = checked.to_string();
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
