//! Roles that are denied. Every source of every Region of an account asks for the same one, and would be
//! told the same: so it is asked for once, and whoever comes after is told what was said then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::roles::Assumed;
use crate::{AwsError, AwsErrorKind};

/// What was said of each role, if it was denied. Whoever asks holds it, so that those who ask at the
/// same time wait for one answer.
type Denial = Arc<tokio::sync::Mutex<Option<AwsError>>>;

/// The roles that were denied. Cheap to clone.
#[derive(Debug, Default, Clone)]
pub(super) struct Denials(Arc<Mutex<BTreeMap<Assumed, Denial>>>);

impl Denials {
    /// Asks for a role, unless it was denied before. What may pass, such as throttling, is no denial.
    pub(super) async fn ask_once<T>(
        &self,
        role: &Assumed,
        asking: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, AwsError> {
        let denial = self.of(role);
        let mut denial = denial.lock().await;
        if let Some(error) = &*denial {
            return Err(error.again());
        }
        let answer = asking.await;
        *denial = match &answer {
            Err(error) if error.kind == AwsErrorKind::AccessDenied => Some(error.again()),
            _ => None,
        };
        answer
    }

    /// From now on each role is asked for again.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn of(&self, role: &Assumed) -> Denial {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(role.clone()).or_default())
    }
}
