//! Which registries may be swept.

use ecr_sweep_aws::AwsError;
use ecr_sweep_core::Place;

use super::scopes::is_active;
use crate::Reading;

/// The registries that the policy names, and those of every active account of the organization, where
/// it says so. An account of which nothing is looked at is not swept either.
pub(crate) async fn find_registries(reading: &Reading) -> Result<Vec<Place>, AwsError> {
    let scope = &reading.policy.scope;
    let home = reading.sessions.home();
    if !scope.registries.organization {
        return Ok(scope.registries.places(home));
    }
    let members = reading.sessions.organization().await?.members.into_iter();
    let swept = members.filter(is_active).map(|member| member.account);
    Ok(scope.registries.places_with(home, swept.filter(|account| !scope.is_off(account))))
}
