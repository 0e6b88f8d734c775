//! Approval: the question whether a plan is to be deleted, and its answer.

use ecr_sweep_core::Digest;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IdentityProof, RunId, V1};

/// A state machine that waits for somebody to say whether a run's plan is to be deleted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// What the answer is sent with. Whoever has it can answer, so it is not printed.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>
    pub task_token: Box<str>,
    /// The SHA-256 of the plan that is asked about.
    pub plan_digest: Digest,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// What the task token is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalAnswer {
    /// Whether the plan is to be deleted.
    pub approved: bool,
    /// Who says so: the caller, as STS names it.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// The SHA-256 of the plan that was looked at: no other plan is approved by this.
    pub plan_digest: Digest,
    /// What shows who that is, where a second person has to approve. It is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<IdentityProof>,
}

impl std::fmt::Debug for ApprovalRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApprovalRequest")
            .field("run", &self.run)
            .field("plan_digest", &self.plan_digest)
            .field("asked_at", &self.asked_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::read;

    #[test]
    fn the_answer_is_spelled_as_the_state_machine_reads_it() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let text = format!(
            r#"{{"approved":true,"by":"arn:aws:iam::111122223333:user/ada","at":"2026-11-20T00:00:00Z","plan_digest":"{digest}"}}"#
        );
        let answer: ApprovalAnswer = read(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&answer).unwrap(), text);
    }

    #[test]
    fn the_task_token_is_not_logged() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let text = format!(
            r#"{{"schema_version":1,"run":"r1","task_token":"secret","plan_digest":"{digest}","asked_at":"2026-11-20T00:00:00Z"}}"#
        );
        let request: ApprovalRequest = read(text.as_bytes()).unwrap();
        let shown = format!("{request:?}");
        assert!(shown.contains("r1") && !shown.contains("secret"), "{shown}");
    }
}
