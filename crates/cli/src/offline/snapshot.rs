//! A snapshot's file that is planned from.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use ecr_sweep_core::{
    Pattern, PlannedAll, Planner, Plans, Policy, ReadUsage, Repositories, Repository, UsageIndex,
    replication, scanned_accounts, unread,
};
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::snapshot::{NotRead, SnapshotOutline, read_outline, read_repository};
use jiff::Timestamp;

use super::OfflineError;
use super::side_by_side;
use super::text::Text;
use crate::failure::Failure;
use crate::files;

/// A snapshot's file with its usage, and of its repositories where they are.
#[derive(Debug)]
pub struct OpenSnapshot<'a> {
    path: &'a Path,
    policy: &'a Policy,
    text: Text,
    outline: SnapshotOutline,
    index: UsageIndex,
}

impl<'a> OpenSnapshot<'a> {
    /// Opens a snapshot, and reads everything but its repositories.
    pub fn open(path: &'a Path, policy: &'a Policy) -> Result<Self, Failure> {
        Self::of_text(path, policy, files::snapshot_text(path)?)
    }

    fn of_text(path: &'a Path, policy: &'a Policy, text: Text) -> Result<Self, Failure> {
        let mut rows = Vec::new();
        let aliases = &policy.usage.aliases;
        let read = text.read_all(|input| {
            read_outline(input, |row| rows.push(Arc::new(ReadUsage::new(row, aliases))))
        });
        let outline = match read {
            Ok(Ok(outline)) => outline,
            Ok(Err(error)) => return Err(not_read(path, &error.into())),
            Err(error) => return Err(not_read(path, &NotRead::Io(error).into())),
        };
        let (snapshot, registries) = (path.display().to_string(), outline.registries.len());
        tracing::info!(snapshot, registries, rows = rows.len(), "read the snapshot");
        let coverage = Arc::new(outline.coverage.under(policy));
        let goes_to = replication(&outline.registries);
        let accounts = scanned_accounts(&outline.registries, &outline.home.account);
        let index = UsageIndex::of_read(rows, coverage, policy, goes_to)
            .with_scanned_accounts(accounts)
            .with_unread_registries(unread(&outline.registries))
            .with_cache_rules(&*outline.cache_rules);
        Ok(Self { path, policy, text, outline, index })
    }

    /// When the snapshot was taken.
    pub const fn taken_at(&self) -> Timestamp {
        self.outline.taken_at
    }

    /// The usage.
    pub const fn usage(&self) -> &UsageIndex {
        &self.index
    }

    /// The names of all repositories.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.outline.registries.iter().flat_map(|it| &it.repositories).map(|name| &**name)
    }

    /// Plans the repositories that are selected. Gives what is told besides.
    pub fn plan(
        &self,
        now: Timestamp,
        selection: &[Pattern],
        plans: &mut impl Plans<OfflineError>,
    ) -> Result<PlannedAll, Failure> {
        let Self { path, policy, outline, index, .. } = self;
        let planner = Planner { registries: &outline.registries, policy, index, now };
        planner.plan(selection, self, plans).map_err(|error| not_read(path, &error))
    }
}

impl Repositories for OpenSnapshot<'_> {
    type Error = OfflineError;

    fn read(
        &self,
        registry: usize,
        repository: usize,
    ) -> Result<Cow<'_, Repository>, OfflineError> {
        let part = self.text.part(self.outline.spans[registry][repository]);
        Ok(Cow::Owned(read_repository(&part.map_err(NotRead::Io)?)?))
    }

    fn in_order<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> Result<T, OfflineError> + Sync,
        take: impl FnMut(T) -> Result<(), OfflineError>,
    ) -> Result<(), OfflineError> {
        side_by_side::in_order(count, work, take)
    }
}

/// What is wrong with a snapshot is told from its whole text: only a bad one pays for that.
fn not_read(path: &Path, error: &OfflineError) -> Failure {
    match error {
        OfflineError::Aside(source) => Failure::new(ExitCode::Failed, error.to_string())
            .because(source.to_string())
            .next("free some space there, or set TMPDIR to another folder"),
        OfflineError::Snapshot(NotRead::Io(source)) => {
            Failure::invalid(format!("cannot read the snapshot `{}`", path.display()))
                .because(source.to_string())
        }
        OfflineError::Snapshot(NotRead::NotGood) => match files::snapshot(path) {
            Err(failure) => failure,
            Ok(_) => Failure::invalid(format!(
                "the snapshot `{}` changed while it was read, or is not as its schema says",
                path.display()
            ))
            .next("run again; `ecr-sweep schema snapshot` prints what it may say"),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Mutex;

    use ecr_sweep_core::OrganizationFacts;
    use ecr_sweep_policy::Use;
    use ecr_sweep_protocol::snapshot;

    use super::*;
    use crate::offline::{Detail, HeldPlans};

    /// Three repositories out of order: what the last signs is in the first.
    fn text() -> String {
        let digest = |n: u32| format!("sha256:{n:064}");
        let image = |n: u32, more: &str| {
            let digest = digest(n);
            format!(r#"{{ "digest": "{digest}", "pushed_at": "2026-01-01T00:00:00Z"{more} }}"#)
        };
        let signed = format!(r#", "subject": "{}""#, digest(1));
        let repository = |name: &str, images: &[String]| {
            format!(r#"{{ "images": [{}], "name": "{name}" }}"#, images.join(", "))
        };
        let repositories = [
            repository("signatures", &[image(7, &signed), image(8, "")]),
            repository("app", &[image(1, r#", "tags": ["v1"]"#), image(2, ""), image(3, "")]),
            repository("base", &[image(1, ""), image(4, "")]),
        ];
        let place = r#""account": "111122223333", "region": "eu-west-1""#;
        format!(
            r#"{{ "schema_version": 1, "taken_at": "2026-11-20T00:00:00Z", "home": {{ {place} }},
                "registries": [{{ {place}, "repositories": [{}] }}],
                "usage": [{{ "source": "batch", "arn": "a", {place},
                    "reference": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:v1" }}],
                "coverage": "complete" }}"#,
            repositories.join(", ")
        )
    }

    #[test]
    fn a_plan_read_by_repositories_is_that_of_the_whole_snapshot() {
        let (text, path) = (text(), Path::new("org.json"));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        for limits in
            ["", "limits: { images: 2 }", "limits: { images: 2, on_exceed: oldest_first }"]
        {
            let policy = format!(
                "schema_version: 1\n{limits}\nrepositories: [{{ keep: {{ pushed_within: 1d }} }}]"
            );
            let policy = ecr_sweep_policy::read("p", &policy, Use::Offline).unwrap().policy;
            let whole = snapshot::read("org.json", text.as_bytes()).unwrap();
            let expected = OrganizationFacts {
                home: &whole.home.account,
                registries: &whole.registries,
                cache_rules: &whole.cache_rules,
                usage: whole.usage,
                coverage: &whole.coverage,
                policy: &policy,
                now: whole.taken_at,
            }
            .plan();
            assert!(expected.plans.iter().any(|plan| !plan.keep.is_empty()), "{limits}");
            let on_disk = Text::File(Mutex::new(file.try_clone().unwrap()));
            for text in [Text::Held(text.clone().into_bytes()), on_disk] {
                let open = OpenSnapshot::of_text(path, &policy, text).unwrap();
                let mut plans = HeldPlans::new(Detail::Everything);
                let besides = open.plan(open.taken_at(), &[], &mut plans).unwrap();
                assert_eq!(plans.into_plans(), expected.plans, "{limits}");
                assert_eq!(besides.warnings, expected.warnings, "{limits}");
                assert_eq!(besides.untouched, expected.untouched, "{limits}");
            }
        }
    }
}
