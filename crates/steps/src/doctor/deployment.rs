//! What is deployed: whether its parts are there, agree with the policy, can run at once, start by
//! themselves and tell somebody.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::{DeployedFunction, DeploymentReader, Sessions, StateMachine};
use ecr_sweep_core::{Place, Policy};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use ecr_sweep_protocol::runs::RunList;
use jiff::SignedDuration;
use serde_json::Value;

use super::Examined;
use super::findings::Findings;
use super::fixes::caller;
use super::notices::look_at_channels;
use crate::Reading;
use crate::functions::{DeleteBatchSettings, ListReposSettings, NotASetting, NotifySettings};

/// A deployment that is looked at.
#[derive(Debug, Clone)]
pub struct DoctorDeployment {
    /// Its state machine.
    pub machine: StateMachine,
    /// Whether somebody has named it: then it has to be there.
    pub is_named: bool,
}

/// A weekly schedule has missed one run by then.
const RUNS_EVERY: SignedDuration = SignedDuration::from_hours(24 * 9);

/// The functions, by what comes last in their names.
type Functions = BTreeMap<&'static str, DeployedFunction>;

const DELETE_BATCH: &str = "delete-batch";

const FUNCTIONS: [&str; 5] = ["list-repos", "scan-usage", "plan-repo", DELETE_BATCH, "notify"];

/// Looks at a deployment, if one is meant.
pub(super) async fn examine(
    reading: &Reading,
    deployment: Option<&DoctorDeployment>,
    runs: Option<&RunList>,
) -> Examined {
    let part = DoctorPart::Deployment;
    let Some(DoctorDeployment { machine, is_named }) = deployment else {
        return Examined::left_out(part, "name its bucket with `--store`, or `--state-machine`");
    };
    let place = machine.place();
    let reader = &reading.sessions.deployment(place);
    let (arn, whom) = (machine.arn(), caller(reading));
    let mut findings = Findings::default();
    let definition = match reader.definition(&arn).await {
        Ok(Some(definition)) => definition,
        Ok(None) if *is_named => {
            let fix = "deploy it (docs/deploy.md), or name another with `--state-machine`; `--region` and `--profile` say where it is";
            findings.add(DoctorCode::NotDeployed, &arn, "there is no such state machine", fix);
            return Examined::new(part, 1, findings);
        }
        Ok(None) => return Examined::left_out(part, format!("there is no {arn}")),
        Err(error) => {
            findings.add_not_checked(&whom, &arn, "what is deployed", &error);
            return Examined::new(part, 1, findings);
        }
    };
    let arns = function_arns(&definition);
    add_uncalled(&arn, &arns, &mut findings);
    let functions = functions(reading, reader, &arns, &mut findings).await;
    look_at_settings(reading, reader, place, &functions, &mut findings).await;
    look_at_topic(reading, reader, &functions, &mut findings).await;
    look_at_schedule(reading, reader, machine.name(), runs, &mut findings).await;
    Examined::new(part, 1 + functions.len() as u64, findings)
}

/// The run store of a deployment, as its functions are told it. None where that cannot be looked up, for whatever reason.
pub async fn deployed_store(sessions: &Sessions, machine: &StateMachine) -> Option<String> {
    let reader = sessions.deployment(machine.place());
    let definition = reader.definition(&machine.arn()).await.ok()??;
    let arns = function_arns(&definition);
    let arn = arns.iter().find(|arn| function_of(arn) == Some("list-repos"))?;
    let mut deployed = reader.function(arn).await.ok()??;
    deployed.environment.remove("ECR_SWEEP_STORE")
}

/// Which of our functions an ARN names, if any.
fn function_of(arn: &str) -> Option<&'static str> {
    let name = arn.split(':').nth(6)?;
    FUNCTIONS.into_iter().find(|function| name.ends_with(function))
}

/// A definition that nobody can read, or that is of another state machine, calls none of ours. Where
/// nothing may be deleted, what deletes need not be there.
fn add_uncalled(machine: &str, arns: &BTreeSet<String>, findings: &mut Findings) {
    let called: BTreeSet<_> = arns.iter().filter_map(|arn| function_of(arn)).collect();
    let needed = FUNCTIONS.into_iter().filter(|function| *function != DELETE_BATCH);
    for function in needed.filter(|function| !called.contains(function)) {
        let problem = format!("its definition calls no function `{function}`");
        let fix = "deploy it again (docs/deploy.md), or name another with `--state-machine`";
        findings.add(DoctorCode::NotDeployed, machine, problem, fix);
    }
}

/// Those of these functions that are ours.
async fn functions(
    reading: &Reading,
    reader: &DeploymentReader,
    arns: &BTreeSet<String>,
    findings: &mut Findings,
) -> Functions {
    let mut functions = Functions::new();
    let ours = arns.iter().filter_map(|arn| Some((arn, function_of(arn)?)));
    for (arn, function) in ours {
        match reader.function(arn).await {
            Ok(Some(deployed)) => {
                look_at_code(reading, reader, arn, deployed.code.as_deref(), findings).await;
                functions.insert(function, deployed);
            }
            Ok(None) => {
                let problem = "the state machine calls it, and there is no such function";
                let fix = "deploy again (docs/deploy.md)";
                findings.add(DoctorCode::NotDeployed, arn, problem, fix);
            }
            Err(error) => {
                findings.add_not_checked(&caller(reading), arn, "how it is set up", &error);
            }
        }
    }
    functions
}

/// Whether the version that the state machine names has the code that the function has now.
async fn look_at_code(
    reading: &Reading,
    reader: &DeploymentReader,
    arn: &str,
    published: Option<&str>,
    findings: &mut Findings,
) {
    let Some((function, version)) = versioned(arn) else { return };
    match reader.function(function).await {
        Ok(Some(now)) => {
            let is_other = published.zip(now.code.as_deref()).is_some_and(|(it, now)| it != now);
            if is_other {
                let problem = format!(
                    "the state machine calls version {version}, and the function has other code by now"
                );
                let fix = "deploy again (docs/deploy.md): code that is put there by hand is run by nobody";
                findings.add(DoctorCode::CodeNotPublished, function, problem, fix);
            }
        }
        // The version is there, and so is the function.
        Ok(None) => {}
        Err(error) => {
            let what = "whether it has the code that runs";
            findings.add_not_checked(&caller(reading), function, what, &error);
        }
    }
}

/// The function of an ARN with a version, and the version.
fn versioned(arn: &str) -> Option<(&str, &str)> {
    let (function, version) = arn.rsplit_once(':')?;
    let is_version = version.bytes().all(|byte| byte.is_ascii_digit());
    (is_version && function.split(':').count() == 7).then_some((function, version))
}

/// Every function that a definition names.
fn function_arns(definition: &str) -> BTreeSet<String> {
    fn collect(value: &Value, arns: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.contains(":lambda:") && text.contains(":function:") => {
                arns.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, arns)),
            Value::Object(members) => members.values().for_each(|member| collect(member, arns)),
            _ => {}
        }
    }
    let mut arns = BTreeSet::new();
    if let Ok(definition) = serde_json::from_str(definition) {
        collect(&definition, &mut arns);
    }
    arns
}

/// Whether the settings are good and agree with the policy, and the account has room for them.
async fn look_at_settings(
    reading: &Reading,
    reader: &DeploymentReader,
    place: &Place,
    functions: &Functions,
    findings: &mut Findings,
) {
    if let Some(deployed) = functions.get(DELETE_BATCH) {
        match DeleteBatchSettings::read(&|name: &str| deployed.environment.get(name).cloned()) {
            Ok(settings) => {
                let own = reading.sessions.delete_role();
                if let Some(role) = settings.delete_role.filter(|role| **role != *own) {
                    let problem = format!("it deletes as `{role}`, and the command as `{own}`");
                    let fix = "name the same role in both: `deleteRoleName` of the deployment is `EcrSweepDelete` unless it is set";
                    findings.add(DoctorCode::RolesDiffer, DELETE_BATCH, problem, fix);
                }
            }
            Err(error) => add_setting(DELETE_BATCH, &error, findings),
        }
    }
    let Some(deployed) = functions.get("list-repos") else { return };
    let told = |name: &str| deployed.environment.get(name).cloned();
    let settings = match ListReposSettings::read(&told) {
        Ok(settings) => settings,
        Err(error) => return add_setting("list-repos", &error, findings),
    };
    look_at_policy(reading, &settings, findings).await;
    let at_once = settings.concurrency;
    let most = u64::from(at_once.scopes)
        .max(u64::from(at_once.registries) * u64::from(at_once.repositories));
    match reader.functions_at_once().await {
        Ok(room) if room.unreserved < most => {
            let problem = format!(
                "a run calls up to {most} functions at once, and there is room for {} of all that the account runs",
                room.unreserved
            );
            let fix = "ask for more with `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000`, or set `concurrency` lower in the deployment's file";
            findings.add(DoctorCode::FewFunctionsAtOnce, place, problem, fix);
        }
        Ok(_) => {}
        Err(error) => {
            let what = "how many functions can run at once";
            findings.add_not_checked(&caller(reading), place, what, &error);
        }
    }
}

fn add_setting(function: &str, error: &NotASetting, findings: &mut Findings) {
    let fix = "deploy again (docs/deploy.md): no function runs with it";
    findings.add(DoctorCode::BadSetting, function, error.to_string(), fix);
}

/// Whether the policy that is deployed names the same role, and is the same at all.
async fn look_at_policy(reading: &Reading, settings: &ListReposSettings, findings: &mut Findings) {
    let address = settings.policy.to_string();
    let read = settings.policy.read(&reading.sessions).await;
    let read = read.and_then(|text| Ok(ecr_sweep_policy::read(&address, &text, Use::Live)?.policy));
    let deployed: Policy = match read {
        Ok(policy) => policy,
        Err(error) => {
            let fix = match error.next_step() {
                Some(next) => next.to_string(),
                None => "put a policy that `ecr-sweep check` takes there".to_owned(),
            };
            let problem = ecr_sweep_core::wording::with_causes(&error);
            return findings.add(DoctorCode::BadSetting, &address, problem, fix);
        }
    };
    if deployed.scope.role != reading.policy.scope.role {
        let named = |policy: &Policy| match &policy.scope.role {
            Some(role) => format!("`{role}`"),
            None => "no role".to_owned(),
        };
        let problem = format!(
            "it names {} to read in other accounts, and the policy here {}",
            named(&deployed),
            named(&reading.policy)
        );
        let fix = "name the same role in both policies and in the deployment's `readRoleName`: IAM allows the functions that one alone";
        findings.add(DoctorCode::RolesDiffer, &address, problem, fix);
    } else if deployed != *reading.policy {
        let fix = format!(
            "put the policy there with `aws s3 cp policy.yaml {address}`, or look with the one that is deployed"
        );
        let problem = "it decides otherwise than the policy here";
        findings.add(DoctorCode::PoliciesDiffer, &address, problem, fix);
    }
}

/// Whether anybody hears what runs have to say.
async fn look_at_topic(
    reading: &Reading,
    reader: &DeploymentReader,
    functions: &Functions,
    findings: &mut Findings,
) {
    let Some(notify) = functions.get("notify") else { return };
    let told = |name: &str| notify.environment.get(name).cloned();
    let settings = match NotifySettings::read(&told) {
        Ok(settings) => settings,
        Err(error) => return add_setting("notify", &error, findings),
    };
    look_at_channels(reading, reader, &notify.role, &settings, findings).await;
    let topic = settings.topic_arn;
    let subscribe = format!(
        "run `aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS`, and confirm it by the mail that comes"
    );
    match reader.subscriptions(&topic).await {
        Ok(Some(subscriptions)) if subscriptions.confirmed == 0 => {
            let problem = match subscriptions.pending {
                0 => "nobody is subscribed to it".to_owned(),
                pending => format!("of {pending} subscriptions none is confirmed"),
            };
            findings.add(DoctorCode::NobodyTold, &topic, problem, subscribe);
        }
        Ok(Some(_)) => {}
        Ok(None) => {
            let fix = "deploy again (docs/deploy.md), or name the topic that there is";
            findings.add(DoctorCode::NotDeployed, &topic, "there is no such topic", fix);
        }
        Err(error) => {
            findings.add_not_checked(&caller(reading), &topic, "who is subscribed", &error);
        }
    }
}

/// Whether runs start by themselves, where they are to.
async fn look_at_schedule(
    reading: &Reading,
    reader: &DeploymentReader,
    name: &str,
    runs: Option<&RunList>,
    findings: &mut Findings,
) {
    match reader.schedule(name).await {
        Ok(None) => {}
        Ok(Some(schedule)) if !schedule.is_enabled => {
            let fix = "enable it in the EventBridge Scheduler console, or deploy again: nothing else than somebody's word starts a run";
            findings.add(DoctorCode::ScheduleOff, name, "the schedule is disabled", fix);
        }
        Ok(Some(_)) => {
            let newest = runs.and_then(|runs| runs.runs.first()).map(|run| run.started_at);
            let is_late =
                newest.is_some_and(|newest| reading.now().duration_since(newest) > RUNS_EVERY);
            if let Some(newest) = newest.filter(|_| is_late) {
                let problem = format!("no run has begun since {newest}, though the schedule is on");
                let fix = "look at the dead-letter queue of the schedule (docs/runbook.md)";
                findings.add(DoctorCode::RunsMissed, name, problem, fix);
            }
        }
        Err(error) => {
            findings.add_not_checked(
                &caller(reading),
                name,
                "whether a schedule starts runs",
                &error,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_wherever_a_definition_names_them() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:ecr-sweep-notify:3";
        let definition = format!(r#"{{ "States": {{ "A": [{{ "FunctionName": "{arn}" }}] }} }}"#);
        assert_eq!(function_arns(&definition), [arn.to_owned()].into());
        assert_eq!(function_of(arn), Some("notify"));
        let unversioned = arn.strip_suffix(":3").unwrap();
        assert_eq!(versioned(arn), Some((unversioned, "3")));
        assert_eq!(versioned(unversioned), None);
    }

    #[test]
    fn a_definition_that_cannot_be_read_or_calls_others_is_a_finding() {
        let uncalled = |definition: &str| {
            let mut findings = Findings::default();
            add_uncalled("machine", &function_arns(definition), &mut findings);
            findings.of(DoctorPart::Deployment).map(|it| it.problem).collect::<Vec<Box<str>>>()
        };
        let arn = |name| format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
        for other in ["no JSON".to_owned(), format!("[\"{}\"]", arn("billing"))] {
            assert_eq!(uncalled(&other).len(), 4, "{other}");
        }
        let ours = ["list-repos", "scan-usage", "plan-repo", "notify"].map(arn);
        assert!(uncalled(&serde_json::to_string(&ours).unwrap()).is_empty());
        let rest = serde_json::to_string(&ours[..3]).unwrap();
        let [problem] = uncalled(&rest).try_into().unwrap();
        assert_eq!(&*problem, "its definition calls no function `notify`");
    }
}
