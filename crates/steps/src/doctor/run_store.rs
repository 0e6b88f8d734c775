//! The run store: whether it can be read, is ours and safe, and what earlier runs have left in it.

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::store::{BucketReader, S3Location, S3Store};
use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use ecr_sweep_protocol::documents::{Stage, keys};
use ecr_sweep_protocol::runs::{RunList, RunState};

use super::Examined;
use super::findings::Findings;
use super::fixes::caller;
use crate::history::list_runs;
use crate::{Reading, StepError, vault};

/// Looks at the run store, and gives its runs where they can be listed.
pub(super) async fn examine(
    reading: &Reading,
    bucket: Option<&S3Location>,
) -> (Examined, Option<RunList>) {
    let mut findings = Findings::default();
    let store = reading.store.address("");
    let runs = match list_runs(&*reading.store, reading.now()).await {
        Ok(runs) => Some(runs),
        Err(error) => {
            add_unreadable(&store, &error, &mut findings);
            None
        }
    };
    if let Some(runs) = &runs {
        look_at_runs(&store, runs, &mut findings);
        look_at_lock(reading, &store, &mut findings).await;
        look_at_other_readers(reading, runs, &mut findings).await;
        if let Some(bucket) = bucket {
            look_at_bucket(reading, bucket, true, &mut findings).await;
        }
    }
    match vault::location(&reading.policy.vault) {
        Ok(None) => {}
        // Copies are named after their bytes: an earlier version is none that anybody wants back.
        Ok(Some(vault)) => look_at_bucket(reading, &vault, false, &mut findings).await,
        Err(error) => add_unreadable("vault", &error, &mut findings),
    }
    let looked_at = runs.as_ref().map_or(0, |runs| runs.runs.len() as u64);
    (Examined::new(DoctorPart::RunStore, looked_at, findings), runs)
}

fn add_unreadable(store: &str, error: &StepError, findings: &mut Findings) {
    let fix = match error.next_step() {
        Some(next) => next.to_string(),
        None => "mend what the message names, then look again".to_owned(),
    };
    let problem = ecr_sweep_core::wording::with_causes(error);
    findings.add(DoctorCode::RunStoreNotRead, store, problem, fix);
}

fn look_at_runs(store: &str, runs: &RunList, findings: &mut Findings) {
    for run in &runs.unreadable {
        let problem = format!("the run `{}` cannot be read: {}", run.run, run.problem);
        let fix =
            "restore the document from the bucket's versions, or remove the folder of the run";
        findings.add(DoctorCode::RunUnreadable, store, problem, fix);
    }
    for row in runs.runs.iter().filter(|row| row.state == RunState::Stopped) {
        let problem = format!("the run `{}` was stopped before its end", row.run);
        let fix = format!(
            "`ecr-sweep show {0}` tells what it has deleted, `ecr-sweep start --plan {0} --delete` goes on with its plan",
            row.run
        );
        findings.add(DoctorCode::RunStopped, store, problem, fix);
    }
}

async fn look_at_lock(reading: &Reading, store: &str, findings: &mut Findings) {
    let now = reading.now();
    match reading.find(&keys::LOCK).await {
        Ok(Some(lock)) if lock.is_held(now) => {
            let problem = format!(
                "the run `{}` of {} has the lock until {}",
                lock.run, lock.owner, lock.expires_at
            );
            let fix = format!(
                "wait for its end; if it is dead, give the lock back with `ecr-sweep unlock {}`",
                lock.run
            );
            findings.add(DoctorCode::LockHeld, store, problem, fix);
        }
        Ok(_) => {}
        Err(error) => add_unreadable(store, &error, findings),
    }
}

/// Who else read the registries of the last run that has planned, by what that run says.
async fn look_at_other_readers(reading: &Reading, runs: &RunList, findings: &mut Findings) {
    for row in &runs.runs {
        // A run whose summary cannot be read is found as one.
        let Ok(summary) = reading.find(&keys::summary(&row.run, Stage::Plan)).await else { return };
        let Some(summary) = summary else { continue };
        let warnings = summary.warnings.iter();
        for warning in warnings.filter(|it| it.code == WarningCode::ReadByAnother) {
            let (place, said) = warning.detail.split_once(": ").unwrap_or(("", &warning.detail));
            let problem = format!("the run `{}` found that {said}", row.run);
            let fix = "use one run store for a registry (docs/runs.md), or leave out of pull times who reads with the other";
            findings.add(DoctorCode::ReadByAnother, place, problem, fix);
        }
        return;
    }
}

/// As `docs/deploy.md` has it: of the caller's own account, versioned where documents are in it, and never public.
async fn look_at_bucket(
    reading: &Reading,
    location: &S3Location,
    has_documents: bool,
    findings: &mut Findings,
) {
    let name = location.bucket();
    let home = reading.sessions.home();
    let own = S3Store::new(&reading.sessions, location.clone()).owned_by(home.account.clone());
    let bucket = BucketReader::new(&reading.sessions, location);
    let whom = caller(reading);
    // It can be listed, as whoever its owner is.
    match own.is_denied_its_owner().await {
        Ok(false) => {}
        Ok(true) => {
            let problem = format!("the bucket is not of the account {}", home.account);
            let fix = if has_documents {
                "name a bucket of this account with `--store`: whoever owns the bucket reads and changes plans"
            } else {
                "name a bucket of this account in the policy's `vault`: copies go to no other"
            };
            findings.add(DoctorCode::BucketOfOthers, name, problem, fix);
        }
        Err(error) => not_checked(&whom, name, "whose the bucket is", &error, findings),
    }
    let versioned = if has_documents { bucket.is_versioned().await } else { Ok(true) };
    match versioned {
        Ok(true) => {}
        Ok(false) => {
            let fix = format!(
                "run `aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled`"
            );
            let problem = "the bucket keeps no earlier versions";
            findings.add(DoctorCode::BucketNotVersioned, name, problem, fix);
        }
        Err(error) => {
            not_checked(&whom, name, "whether the bucket keeps versions", &error, findings);
        }
    }
    match bucket.is_encrypted().await {
        Ok(true) => {}
        Ok(false) => {
            let fix = format!(
                "run `aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"AES256\"}}}}]}}'`"
            );
            let problem = "the bucket encrypts nothing by itself";
            findings.add(DoctorCode::BucketNotEncrypted, name, problem, fix);
        }
        Err(error) => {
            not_checked(&whom, name, "whether the bucket is encrypted", &error, findings);
        }
    }
    match bucket.blocks_public_access().await {
        Ok(true) => {}
        Ok(false) => {
            let fix = format!(
                "run `aws s3api put-public-access-block --bucket {name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`"
            );
            let problem = "the bucket does not block public access";
            findings.add(DoctorCode::BucketNotPrivate, name, problem, fix);
        }
        Err(error) => {
            not_checked(&whom, name, "whether the bucket blocks public access", &error, findings);
        }
    }
}

/// IAM spells these calls otherwise than S3 does.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn not_checked(whom: &str, bucket: &str, what: &str, error: &AwsError, findings: &mut Findings) {
    let action = match error.operation {
        "GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "ListObjectsV2" => "s3:ListBucket",
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        _ => "s3:GetBucketVersioning",
    };
    findings.add_not_checked_as(action, whom, bucket, what, error);
}
