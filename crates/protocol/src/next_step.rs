//! What to do about an error, as data: each shell has the words for its reader.

use std::fmt;

use ecr_sweep_core::{Account, Place, Region, Remedy};
use jiff::Timestamp;

use crate::documents::RunId;

/// What whoever reads an error can do next.
///
/// [`Display`](fmt::Display) words it for a reader of whom nothing is known: the command, which
/// knows its own options, has better words for some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Mend what kept a call from succeeding.
    Mend(Remedy),
    /// Name a profile that there is.
    NameProfile,
    /// See which repositories a Region has.
    LookUpRepositories {
        /// The Region.
        region: Region,
    },
    /// Make the bucket, or name another run store.
    CreateBucket {
        /// The bucket.
        bucket: Box<str>,
    },
    /// Call from the Region of the bucket.
    UseRegionOfBucket {
        /// The bucket.
        bucket: Box<str>,
    },
    /// Let the caller use the bucket.
    AllowBucket(BucketGrant),
    /// See that the folder can be written.
    CheckFolder,
    /// Have the folder for oneself.
    OwnFolder,
    /// Let the step go on.
    GiveMoreTime,
    /// Begin anew, with another run.
    StartNewRun,
    /// Remove a document in which runs remember something, so that it begins anew.
    RemoveDocument,
    /// To bring back a document as it was written.
    RestoreDocument,
    /// Plan again: this plan may not be deleted any more.
    PlanAgain,
    /// Plan again, and approve that plan.
    ApproveNewPlan,
    /// Scan again, or let usage be older.
    ScanAgain,
    /// Mend what the message names, then run again.
    RunAgain,
    /// Name a run that got that far.
    NameFurtherRun,
    /// Name a run that is there.
    NameRun {
        /// Some that are there; none, if there is none at all.
        known: Vec<RunId>,
    },
    /// Choose a name that no run has.
    ChooseRunName,
    /// Go on with the plan of a run that was interrupted.
    GoOn {
        /// The run.
        run: RunId,
    },
    /// Correct the policy.
    CorrectPolicy,
    /// Put a policy where it is looked for.
    PutPolicy,
    /// Write the policy as UTF-8.
    EncodePolicy,
    /// Name the role that reads in other accounts.
    NameRole,
    /// Let the policy take a registry.
    AddRegistry {
        /// The registry.
        registry: Place,
    },
    /// Let the policy take the repository.
    AddRule,
    /// Name one repository.
    NameRepository,
    /// Name a repository, or a pattern over their names.
    NamePattern,
    /// Name either the plan or the repositories.
    LeaveOneOut,
    /// Wait until the lock is free.
    WaitForLock {
        /// When it ends, unless its run goes on.
        until: Timestamp,
        /// Where it is.
        address: String,
        /// The run that has it.
        run: RunId,
    },
    /// Take away the lock, which cannot be read.
    TakeLockAway,
    /// Run again once the run has ended that took the lock over.
    WaitForOtherRun,
    /// End the other runs that use the run store.
    EndOtherRuns,
    /// End the other process that works on this run.
    EndOtherProcess,
    /// Deploy so that images may be deleted.
    DeployDeletion,
    /// Start an execution that is no dry run.
    StartSweep,
    /// Let the state machine ask for the approval.
    AskForApproval,
    /// Start an execution of another name.
    RenameExecution,
    /// Start it so that it is known who does.
    ProveWhoStarts,
    /// Mend what keeps a secret from being used.
    MendSecret {
        /// Its name or ARN.
        id: Box<str>,
        /// What that is.
        problem: SecretProblem,
    },
    /// Have the deletion of the plan started again, and approved by another person.
    AskSecondPerson {
        /// The run whose plan it is.
        run: RunId,
    },
}

/// What keeps a secret of Secrets Manager from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretProblem {
    /// There is none of this name.
    Absent,
    /// The caller may not read it, or not use its key.
    Denied,
    /// Its key cannot be used.
    Key,
    /// It is to be deleted, and cannot be read any more.
    Removed,
    /// It holds nothing that could be an address or a token.
    NoText,
}

/// What the caller needs of the bucket of a run store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketGrant {
    /// The bucket.
    pub bucket: Box<str>,
    /// The keys of its objects, with `*` at the end.
    pub objects: Box<str>,
    /// What was to be done.
    pub access: BucketAccess,
    /// The account that has to own it, if that is checked.
    pub owner: Option<Account>,
}

/// What is to be done with the objects of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketAccess {
    /// Reading them.
    Read,
    /// Writing them.
    Write,
    /// Listing them.
    List,
}

impl From<Remedy> for NextStep {
    fn from(remedy: Remedy) -> Self {
        Self::Mend(remedy)
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Mend(remedy) => return remedy.fmt(f),
            Self::AllowBucket(grant) => return grant.fmt(f),
            Self::LookUpRepositories { region } => {
                return write!(f, "look up the repositories of {region}");
            }
            Self::CreateBucket { bucket } => {
                return write!(
                    f,
                    "create the bucket `{bucket}`, or name another one, or a folder, as the run store"
                );
            }
            Self::UseRegionOfBucket { bucket } => {
                return write!(
                    f,
                    "choose the Region of the bucket `{bucket}`, or a bucket of this Region"
                );
            }
            Self::NameRun { known } => return name_run(f, known),
            Self::AddRegistry { registry: Place { account, region } } => {
                return write!(
                    f,
                    "add {account} to `scope.registries.accounts` and {region} to `scope.registries.regions`, where they are not there"
                );
            }
            Self::GoOn { run } => {
                return write!(
                    f,
                    "start the deletion of the plan of `{run}` again: what is gone is not asked for again, and what is left is looked at anew"
                );
            }
            Self::WaitForLock { until, address, .. } => {
                return write!(
                    f,
                    "wait for it to end; if it ended without giving back the lock in {address}, any run takes that over after {until}, or unlock it"
                );
            }
            Self::NameProfile => "name a profile that there is",
            Self::CheckFolder => "check the folder's permissions and the space on its disk",
            Self::OwnFolder => {
                "who can write the run store can delete images: make it your own (`chown -R`), close it to others (`chmod -R go-w`), and look at what is in it"
            }
            Self::GiveMoreTime => "give the step more time, or run again",
            Self::StartNewRun => "start a new run",
            Self::RemoveDocument => {
                "if it cannot be put right, remove it: what it remembers begins anew with the next run"
            }
            Self::RestoreDocument => {
                "bring it back as it was written, from the bucket's versions or a copy"
            }
            Self::PlanAgain => "plan again",
            Self::ApproveNewPlan => "plan again, and approve that",
            Self::ScanAgain => {
                "run again; if scanning takes that long, raise `evidence_max_age` in the policy"
            }
            Self::RunAgain => "then run again",
            Self::NameFurtherRun => "name a run that got that far, or start a new one",
            Self::ChooseRunName => "choose another name for the run",
            Self::CorrectPolicy => "correct the policy",
            Self::PutPolicy => "put the policy there",
            Self::EncodePolicy => "write it as UTF-8",
            Self::NameRole => {
                "add `role: EcrSweepRead` to `scope`, or whatever the role is called that each of these accounts lets the caller assume"
            }
            Self::AddRule => "add a rule under `repositories` whose `match` takes it",
            Self::NameRepository => "name one repository in full, such as `prod/app`",
            Self::NamePattern => "name a repository, or write a pattern such as `prod/*`",
            Self::LeaveOneOut => "leave one of them out",
            Self::TakeLockAway => {
                "see that nothing deletes with this run store, then unlock it: the next lock stops whoever had this one"
            }
            Self::WaitForOtherRun => {
                "run again once the other run has ended; what is deleted stays recorded in the receipts"
            }
            Self::EndOtherRuns => "end the other runs that use this run store, then run again",
            Self::EndOtherProcess => {
                "one process at a time works on a run: end the other, then start a new run"
            }
            Self::AskSecondPerson { run } => {
                return write!(
                    f,
                    "start the deletion of the plan of `{run}` again, and have another person approve it"
                );
            }
            Self::MendSecret { id, problem } => return mend_secret(f, id, *problem),
            Self::ProveWhoStarts => {
                "start it by `ecr-sweep start --delete`, as a user of IAM or by a permission set of IAM Identity Center; `personalRoles` of the deployment names other roles whose sessions are named after persons"
            }
            Self::DeployDeletion => "deploy with deletion enabled",
            Self::StartSweep => "start an execution with `\"dryRun\": false`",
            Self::AskForApproval => "let the state machine ask for it",
            Self::RenameExecution => "start an execution of another name",
        };
        f.write_str(words)
    }
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html>
fn mend_secret(f: &mut fmt::Formatter<'_>, id: &str, problem: SecretProblem) -> fmt::Result {
    match problem {
        SecretProblem::Absent => write!(
            f,
            "create it in that Region with `aws secretsmanager create-secret --name {id} --secret-string file://FILE`, or name the secret that there is; a name is without the six characters that end an ARN"
        ),
        SecretProblem::Denied => write!(
            f,
            "allow secretsmanager:GetSecretValue on `{id}` to the caller, and kms:Decrypt on its key, if it has one of its own: a deployment does for the secrets and keys under `notices`"
        ),
        SecretProblem::Key => f.write_str(
            "look whether the secret's key is enabled, and allow kms:Decrypt on it to the caller: a deployment does for the key under `notices`",
        ),
        SecretProblem::Removed => write!(
            f,
            "if it is to be deleted, take it back with `aws secretsmanager restore-secret --secret-id {id}`, or name another one"
        ),
        SecretProblem::NoText => write!(
            f,
            "put the address or the token there, as text: `aws secretsmanager put-secret-value --secret-id {id} --secret-string file://FILE`"
        ),
    }
}

fn name_run(f: &mut fmt::Formatter<'_>, known: &[RunId]) -> fmt::Result {
    let named: Vec<String> = known.iter().map(|run| format!("`{run}`")).collect();
    if named.is_empty() {
        f.write_str("plan first, or name another run store")
    } else {
        write!(f, "name one that is there, such as {}", named.join(" or "))
    }
}

impl fmt::Display for BucketGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, objects, access, owner } = self;
        f.write_str("allow ")?;
        match access {
            BucketAccess::List => write!(f, "s3:ListBucket on arn:aws:s3:::{bucket}")?,
            BucketAccess::Write => write!(f, "s3:PutObject on arn:aws:s3:::{bucket}/{objects}")?,
            // S3 does not tell whoever may not list whether there is an object.
            BucketAccess::Read => write!(
                f,
                "s3:GetObject on arn:aws:s3:::{bucket}/{objects}, and s3:ListBucket on arn:aws:s3:::{bucket}, without which a document that is not there is denied too,"
            )?,
        }
        f.write_str(" to the caller, and the use of the bucket's KMS key, if it has one")?;
        match owner {
            Some(owner) => write!(
                f,
                "; check that account {owner} owns the bucket, as S3 denies calls to any other's"
            ),
            None => Ok(()),
        }
    }
}
