//! Plans that are held in memory until they are shown, as far as that takes them.

use ecr_sweep_core::{Plans, RepositoryPlan};

use super::OfflineError;

/// What of each plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Its numbers, and one of the images that go.
    Numbers,
    /// Every image that goes.
    Deletions,
    /// Every image.
    Everything,
}

/// Plans, each with what is shown of it.
#[derive(Debug)]
pub struct HeldPlans {
    detail: Detail,
    plans: Vec<Option<RepositoryPlan>>,
}

impl HeldPlans {
    /// None so far.
    pub const fn new(detail: Detail) -> Self {
        Self { detail, plans: Vec::new() }
    }

    /// The plans, in their order.
    pub fn into_plans(self) -> Vec<RepositoryPlan> {
        self.plans.into_iter().flatten().collect()
    }
}

impl Plans<OfflineError> for HeldPlans {
    type Written = RepositoryPlan;

    fn write(plan: RepositoryPlan) -> Result<RepositoryPlan, OfflineError> {
        Ok(plan)
    }

    fn put(&mut self, number: usize, mut plan: RepositoryPlan) -> Result<(), OfflineError> {
        if self.detail != Detail::Everything {
            plan.keep = Vec::new();
        }
        if self.detail == Detail::Numbers {
            plan.delete.truncate(1);
            plan.delete.shrink_to_fit();
            for block in &mut plan.blocked {
                block.would_delete.truncate(1);
                block.would_delete.shrink_to_fit();
            }
        }
        if self.plans.len() <= number {
            self.plans.resize(number + 1, None);
        }
        self.plans[number] = Some(plan);
        Ok(())
    }
}
