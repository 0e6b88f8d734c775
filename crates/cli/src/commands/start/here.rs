//! A run in this process.

use ecr_sweep_protocol::documents::{Stage, keys};
use ecr_sweep_steps::{find_run, recheck_planned};

use super::done_before::{self, done_before};
use crate::args::{
    FormArguments, HandlingArguments, OfflineArguments, PlanArguments, StartArguments,
};
use crate::commands::live::{self, Live};
use crate::commands::run::{self, Asking, Swept};
use crate::commands::{ending, plan, recheck};
use crate::ended::Ended;
use crate::failure::Failure;

/// Plans, or sweeps after asking; or takes up the plan that a run has stored.
pub fn start(arguments: StartArguments) -> Result<Ended, Failure> {
    let HandlingArguments { form: FormArguments { format }, yes, .. } = arguments.handling;
    let asking = Asking { yes, format, detail: arguments.handling.detail };
    match (&arguments.plan, arguments.delete) {
        (None, false) => plan::from_account(&as_plan(arguments)),
        (None, true) => {
            let options = live::options(
                &arguments.policy.policy,
                &arguments.selection.repository,
                &arguments.sizes,
            )?;
            let live = Live::connect(&arguments.handling.live)?.until_a_signal()?;
            run::sweep_and_show(&live, Swept::New(options), &asking)
        }
        (Some(name), delete) => {
            let mut live = Live::connect(&arguments.handling.live)?;
            live.run = live.run(find_run(&*live.environment.store, name))?;
            if delete {
                let key = keys::summary(&live.run, Stage::Plan);
                if let Some(summary) = done_before(live.run(live.environment.find(&key))?) {
                    done_before::show(&summary, asking.format)?;
                    return Ok(Ended::WELL);
                }
                let live = live.until_a_signal()?;
                return run::sweep_and_show(&live, Swept::Stored, &asking);
            }
            check_again(&live, &arguments)
        }
    }
}

/// Says what of a stored plan still holds.
fn check_again(live: &Live, arguments: &StartArguments) -> Result<Ended, Failure> {
    let rechecked = live.run(recheck_planned(&live.environment, &live.run))?;
    recheck::print(&rechecked, arguments.handling.form.format)?;
    Ok(ending::of_recheck(&rechecked))
}

fn as_plan(arguments: StartArguments) -> PlanArguments {
    let StartArguments { policy, selection, sizes, handling, .. } = arguments;
    let HandlingArguments { form, detail, live, .. } = handling;
    let offline = OfflineArguments { snapshot: None, now: None };
    PlanArguments { policy, selection, sizes, form, detail, offline, live }
}
