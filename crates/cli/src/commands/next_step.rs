//! What to do next, on standard error: a person's, never a program's.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Account, Gap, Region, Remedy, Source, group_remedies};

use crate::diagnostics;
use crate::render::advice::RemedyAdvice;

/// How many steps are told; what was not seen is told whole.
const TOLD: usize = 5;

/// Sets what follows apart from the result, where both are on the same terminal.
pub fn blank() {
    if std::io::stderr().is_terminal() {
        diagnostics::show(&"\n");
    }
}

/// What to do about sources that were not seen.
pub fn if_unseen(gaps: &[Gap]) {
    let advice = Advised::about(gaps);
    for step in First::of(TOLD, advice.steps()).lines() {
        diagnostics::next(&step);
    }
    let elsewhere = "where nothing there uses images, say so in the policy:";
    let rows: Vec<String> = advice.accounts_row().into_iter().chain(advice.regions_row()).collect();
    show_rows(elsewhere, &rows);
    let rows: Vec<String> =
        advice.sources.iter().map(|source| format!("source: {source}")).collect();
    show_rows(
        "this version cannot scan these; where nothing uses images, say so in the policy:",
        &rows,
    );
}

fn show_rows(title: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    diagnostics::next(title);
    let rows: Vec<String> =
        rows.iter().map(|row| format!("    - {{ {row}, reason: \"...\" }}\n")).collect();
    diagnostics::show(&format_args!("scope:\n  off:\n{}", rows.concat()));
}

/// The remedies of all gaps, each once.
#[derive(Debug, Default)]
struct Advised {
    /// Calls to allow, by the account in which they were denied.
    allow: BTreeMap<Option<Account>, BTreeSet<Box<str>>>,
    others: BTreeSet<Remedy>,
    accounts: BTreeSet<Account>,
    regions: BTreeSet<Region>,
    sources: BTreeSet<Source>,
    /// Whether something was not seen of which no remedy is known.
    is_unknown: bool,
}

impl Advised {
    fn about(gaps: &[Gap]) -> Self {
        let mut advised = Self::default();
        let built = Sources::built();
        for gap in gaps {
            if gap.remedies.is_empty() && built.is_built(gap.source) {
                advised.is_unknown = true;
            } else if gap.remedies.is_empty() {
                advised.sources.insert(gap.source);
            }
            for remedy in &gap.remedies {
                advised.add(remedy);
            }
        }
        advised
    }

    fn add(&mut self, remedy: &Remedy) {
        match remedy.clone() {
            Remedy::Allow { action, account } => {
                self.allow.entry(account).or_default().insert(action);
            }
            Remedy::SwitchOffAccount { account } => drop(self.accounts.insert(account)),
            Remedy::SwitchOffRegion { region } => drop(self.regions.insert(region)),
            Remedy::SwitchOffSource { source } => drop(self.sources.insert(source)),
            other => drop(self.others.insert(other)),
        }
    }

    fn steps(&self) -> impl Iterator<Item = String> {
        let others = group_remedies(self.others.iter().cloned()).into_iter();
        let others =
            others.map(|group| format!("{}{}", RemedyAdvice(&group.remedy), group.the_same()));
        let mut by_actions: BTreeMap<&BTreeSet<Box<str>>, Vec<&Account>> = BTreeMap::new();
        for (account, actions) in &self.allow {
            by_actions.entry(actions).or_default().extend(account);
        }
        let allow = by_actions.into_iter().map(|(actions, accounts)| {
            let actions: Vec<&str> = actions.iter().map(|action| &**action).collect();
            let account = accounts.first().map(|account| (*account).clone());
            let all = Remedy::Allow { action: actions.join(", ").into(), account };
            let others = match accounts.len() {
                0 | 1 => String::new(),
                many => format!("; the same in {} more of the accounts", many - 1),
            };
            format!("let the caller read what was not seen: {}{others}", RemedyAdvice(&all))
        });
        let unknown = self.is_unknown.then(|| {
            "let the caller read what was not seen, or wait until it can be read; then try again"
                .to_owned()
        });
        others.chain(allow).chain(unknown)
    }

    fn accounts_row(&self) -> Option<String> {
        let quoted: Vec<String> = self.accounts.iter().map(|it| format!("\"{it}\"")).collect();
        (!quoted.is_empty()).then(|| format!("accounts: [{}]", quoted.join(", ")))
    }

    fn regions_row(&self) -> Option<String> {
        let names: Vec<String> = self.regions.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then(|| format!("regions: [{}]", names.join(", ")))
    }
}
