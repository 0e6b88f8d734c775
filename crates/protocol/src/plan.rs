//! The document that `ecr-sweep plan --format json` prints.

use std::io::{self, Write};

use ecr_sweep_core::{OffRow, RepositoryPlan, Savings, UntouchedRepository, Warning};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::V1;

/// The plans of every repository that a policy rule matches, at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// The version of this format.
    pub schema_version: V1,
    /// The clock of the plan.
    pub now: Timestamp,
    /// One plan a repository, by account, Region and name.
    pub plans: Vec<RepositoryPlan>,
    /// What the deletions take off the bill. None where nothing is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saves: Option<Savings>,
    /// The repositories that no rule takes: they are left alone. In the order of plans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untouched: Vec<UntouchedRepository>,
    /// What the policy has turned off, in its order: it is not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<OffRow>,
    /// What the plan's reader should know besides.
    pub warnings: Vec<Warning>,
}

/// What a plan's document has beside the plans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// What the deletions take off the bill.
    pub saves: Option<Savings>,
    /// The repositories that no rule takes.
    pub untouched: Vec<UntouchedRepository>,
    /// What the policy has turned off.
    pub off: Vec<OffRow>,
    /// What the plan's reader should know besides.
    pub warnings: Vec<Warning>,
}

impl PlanDocument {
    /// The document of these plans, sorted.
    #[must_use]
    pub fn new(now: Timestamp, mut plans: Vec<RepositoryPlan>, besides: Besides) -> Self {
        let Besides { saves, untouched, off, mut warnings } = besides;
        plans.sort_by(|left, right| {
            let by_place = (&left.account, &left.region).cmp(&(&right.account, &right.region));
            by_place.then_with(|| left.repository.cmp(&right.repository))
        });
        warnings.sort();
        warnings.dedup();
        Self { schema_version: V1, now, plans, saves, untouched, off, warnings }
    }
}

/// Writes a [`PlanDocument`] in one line, of which `write_plans` writes the plans: sorted, as JSON,
/// with commas between them. The warnings are sorted, too.
pub fn write_document<W: Write>(
    out: &mut W,
    now: Timestamp,
    besides: &Besides,
    write_plans: impl FnOnce(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    let Besides { saves, untouched, off, warnings } = besides;
    let now = serde_json::to_string(&now)?;
    write!(out, r#"{{"schema_version":{V1},"now":{now},"plans":["#)?;
    write_plans(out)?;
    out.write_all(b"]")?;
    if let Some(saves) = saves {
        write_member(out, "saves", saves)?;
    }
    if !untouched.is_empty() {
        write_member(out, "untouched", untouched)?;
    }
    if !off.is_empty() {
        write_member(out, "off", off)?;
    }
    write_member(out, "warnings", warnings)?;
    out.write_all(b"}")
}

fn write_member(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, r#","{name}":"#)?;
    Ok(serde_json::to_writer(out, value)?)
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::{Place, RepositoryId, Summary, WarningCode};

    use super::*;

    fn plans_registry() -> Place {
        Place { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
    }

    fn plan(account: &str, repository: &str) -> RepositoryPlan {
        RepositoryPlan {
            account: account.parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            repository: repository.into(),
            summary: Summary::default(),
            goes_on: Vec::new(),
            blocked: Vec::new(),
            delete: Vec::new(),
            keep: Vec::new(),
        }
    }

    #[test]
    fn a_plan_document_is_sorted_and_says_nothing_twice() {
        let plans =
            vec![plan("444455556666", "a"), plan("111122223333", "b/c"), plan("111122223333", "b")];
        let warning =
            |detail: &str| Warning { code: WarningCode::MissingImage, detail: detail.into() };
        let warnings = vec![warning("b"), warning("a"), warning("b")];
        let document = PlanDocument::new(
            Timestamp::UNIX_EPOCH,
            plans,
            Besides { warnings, ..Besides::default() },
        );
        let order: Vec<&str> = document.plans.iter().map(|plan| &*plan.repository).collect();
        assert_eq!(order, ["b", "b/c", "a"]);
        assert_eq!(document.warnings, [warning("a"), warning("b")]);

        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(
            (&json["schema_version"], &json["now"]),
            (&1.into(), &"1970-01-01T00:00:00Z".into())
        );
        assert_eq!(serde_json::from_value::<PlanDocument>(json).unwrap(), document);
    }

    #[test]
    fn a_document_written_plan_by_plan_is_the_same() {
        for names in [&["a", "b"][..], &["a"], &[]] {
            let plans: Vec<_> = names.iter().map(|name| plan("111122223333", name)).collect();
            let warning = Warning { code: WarningCode::MissingImage, detail: "\"x\"".into() };
            let (now, warnings) = (Timestamp::UNIX_EPOCH, vec![warning; names.len()]);
            let parts: Vec<_> = plans.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
            let saves = (names.len() > 1).then(|| Savings {
                at_most_cents: 7,
                price: None,
                of: "the policy".into(),
                unpriced_bytes: 1,
                exact: false,
            });
            let id = RepositoryId::new(&plans_registry(), "left-alone");
            let untouched = vec![UntouchedRepository::named(&id); names.len() / 2];
            let off = vec![
                OffRow {
                    source: None,
                    accounts: Vec::new(),
                    regions: Vec::new(),
                    clusters: Vec::new(),
                    even_if_used: false,
                    reason: "x".into(),
                };
                names.len() / 2
            ];
            let besides = Besides { saves, untouched, off, warnings };
            let document = PlanDocument::new(now, plans, besides.clone());
            let besides = Besides { warnings: document.warnings.clone(), ..besides };
            let mut written = Vec::new();
            write_document(&mut written, now, &besides, |out| {
                out.write_all(parts.join(",").as_bytes())
            })
            .unwrap();
            let whole = serde_json::to_vec(&document).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(whole).unwrap());
        }
    }
}
