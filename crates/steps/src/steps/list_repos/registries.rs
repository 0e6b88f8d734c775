//! Which registries may be swept.

use ecr_sweep_aws::{AwsError, Member};
use ecr_sweep_core::{Place, Warning, WarningCode};

use super::scopes::is_active;
use crate::Reading;

/// The registries that may be swept.
pub(crate) struct FoundRegistries {
    /// Where they are.
    pub(crate) places: Vec<Place>,
    /// The accounts that would be swept, if they were active.
    pub(crate) inactive: Vec<Member>,
}

/// The registries that the policy names, and those of every active account of the organization or of
/// units of it, where it says so. An account of which nothing is looked at is not swept either.
pub(crate) async fn find_registries(reading: &Reading) -> Result<FoundRegistries, AwsError> {
    let scope = &reading.policy.scope;
    let registries = &scope.registries;
    let members = if registries.organization {
        reading.sessions.organization().await?.members
    } else if registries.units.is_empty() {
        Vec::new()
    } else {
        reading.sessions.members_of(&registries.units).await?
    };
    let is_left_out = |member: &Member| {
        scope.is_off(&member.account) || registries.except.contains(&member.account)
    };
    let taken = members.into_iter().filter(|member| !is_left_out(member));
    let (active, mut inactive): (Vec<Member>, Vec<Member>) = taken.partition(is_active);
    inactive.retain(|member| !registries.accounts.contains(&member.account));
    let active = active.into_iter().map(|member| member.account);
    Ok(FoundRegistries {
        places: registries.places_with(reading.sessions.home(), active),
        inactive,
    })
}

impl FoundRegistries {
    /// What is told of the accounts that are not swept because they are not active.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.inactive.iter().map(|member| {
            let (account, state) = (&member.account, member.state.as_deref());
            let state = state.unwrap_or("not active");
            let detail = format!("account {account} is {state}: its registries are not swept");
            Warning { code: WarningCode::AccountNotActive, detail: detail.into() }
        })
    }
}
