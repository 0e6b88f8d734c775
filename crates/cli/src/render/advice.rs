//! What to do next, in the words of somebody who works on a command line.

use std::fmt;

use ecr_sweep_core::Remedy;
use ecr_sweep_protocol::NextStep;

/// How to find out who the caller is.
const WHO: &str = "`aws sts get-caller-identity` shows who that is";

/// A next step with the commands and options that take it.
pub struct Advice<'a>(pub &'a NextStep);

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = self.0;
        match next {
            NextStep::Mend(remedy) => RemedyAdvice(remedy).fmt(f),
            NextStep::NameProfile => {
                f.write_str("`aws configure list-profiles` lists what there is")
            }
            NextStep::LookUpRepositories { region } => {
                write!(f, "`aws ecr describe-repositories --region {region}` lists what there is")
            }
            NextStep::UseRegionOfBucket { bucket } => write!(
                f,
                "{next}: `aws s3api get-bucket-location --bucket {bucket}` tells its Region"
            ),
            NextStep::AllowBucket(_) => write!(f, "{next}: {WHO}"),
            NextStep::StartNewRun | NextStep::NameFurtherRun => {
                write!(f, "{next} with `ecr-sweep plan`")
            }
            NextStep::PlanAgain => write!(f, "{next}: `ecr-sweep plan`"),
            NextStep::NameRun { known } if known.is_empty() => {
                f.write_str("`ecr-sweep plan` makes one; `--store` names another run store")
            }
            NextStep::NameRun { .. } => write!(f, "{next}; `ecr-sweep runs` lists them"),
            NextStep::CorrectPolicy => {
                f.write_str("`ecr-sweep schema policy` prints what a policy may say")
            }
            NextStep::GoOn { run } => write!(
                f,
                "`ecr-sweep start --plan {run} --delete` goes on with its plan; `ecr-sweep run` plans anew"
            ),
            NextStep::WaitForLock { run, .. } => write!(f, "{next}: `ecr-sweep unlock {run}`"),
            NextStep::TakeLockAway => write!(f, "{next}: `ecr-sweep unlock latest`"),
            NextStep::NamePattern => write!(f, "{next}, with `--repository`"),
            _ => next.fmt(f),
        }
    }
}

/// The same of a remedy.
pub struct RemedyAdvice<'a>(pub &'a Remedy);

impl fmt::Display for RemedyAdvice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remedy = self.0;
        match remedy {
            Remedy::RenewCredentials {} => f.write_str(
                "run `aws sso login`, or choose credentials with `--profile` or AWS_PROFILE; `aws sts get-caller-identity` tells whether they work",
            ),
            Remedy::Allow { .. } => write!(f, "{remedy}: {WHO}"),
            Remedy::AllowRole { .. } => write!(f, "{remedy}: docs/permissions.md has both policies"),
            Remedy::SlowDown {} => write!(f, "{remedy}, by `--concurrency`"),
            _ => remedy.fmt(f),
        }
    }
}
