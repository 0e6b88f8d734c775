//! Deleting: whether the role that deletes can be assumed. Nothing is called as it.

use std::collections::BTreeSet;

use ecr_sweep_core::{Account, Place};
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};

use super::Examined;
use super::accounts::Entered;
use super::findings::Findings;
use crate::Reading;

/// Looks at the accounts of registries, where that is asked for.
pub(super) async fn examine(
    reading: &Reading,
    entered: &Entered,
    registries: &[Place],
    is_asked_for: bool,
) -> Examined {
    let mut findings = Findings::default();
    if !is_asked_for {
        let reason = "ask for it with `--delete`";
        return Examined::left_out(DoctorPart::Deleting, reason);
    }
    let home = &reading.sessions.home().account;
    let accounts: BTreeSet<&Account> = registries.iter().map(|place| &place.account).collect();
    let elsewhere = accounts.iter().filter(|account| **account != home);
    let mut looked_at = 0;
    for account in elsewhere.filter(|account| !entered.closed.contains(**account)) {
        looked_at += 1;
        if let Err(error) = reading.sessions.try_to_delete_in(account).await {
            let role = reading.sessions.delete_role();
            let problem = format!("the role `{role}` cannot be assumed");
            let fix = match error.remedy() {
                Some(remedy) => remedy.to_string(),
                None => error.to_string(),
            };
            findings.add(DoctorCode::DeleteRoleNotAssumable, account, problem, fix);
        }
    }
    Examined::new(DoctorPart::Deleting, looked_at, findings)
}
