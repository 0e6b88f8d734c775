//! What a role may do, as IAM judges it without doing it.

use serde_json::{Map, json};

use super::answers::Simulation;
use super::{DeploymentReader, IAM, ask};
use crate::AwsError;
use crate::call::Call;

/// Something that a role would do.
#[derive(Debug, Clone, Copy)]
pub struct WouldDo<'a> {
    /// As IAM spells it: `secretsmanager:GetSecretValue`.
    pub action: &'a str,
    /// The ARN of what it would be done to.
    pub resource: &'a str,
    /// The keys of the request that policies may ask for, with their texts.
    pub context: &'a [(&'a str, &'a str)],
}

impl DeploymentReader {
    /// Whether the policies of a role let it do something. What the policy of the resource says besides
    /// is not looked at.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
    pub async fn may(&self, role: &str, would: WouldDo<'_>) -> Result<bool, AwsError> {
        let call = Call::new(IAM.name, "SimulatePrincipalPolicy", &self.place).about(role);
        let mut members = Map::new();
        let mut say = |name: String, text: &str| members.insert(name, json!(text));
        say("PolicySourceArn".to_owned(), role);
        say("ActionNames.member.1".to_owned(), would.action);
        say("ResourceArns.member.1".to_owned(), would.resource);
        for (at, (key, text)) in would.context.iter().enumerate() {
            let entry = format!("ContextEntries.member.{}", at + 1);
            say(format!("{entry}.ContextKeyName"), key);
            say(format!("{entry}.ContextKeyType"), "string");
            say(format!("{entry}.ContextKeyValues.member.1"), text);
        }
        let simulated: Simulation = ask(&self.iam, &call, "", members).await?;
        let results = call.sent("EvaluationResults", simulated.evaluation_results)?;
        let [result] = &results[..] else {
            return Err(call.unreadable("it is not the result of one action on one resource"));
        };
        match result.eval_decision.as_deref() {
            Some("allowed") => Ok(true),
            Some("explicitDeny" | "implicitDeny") => Ok(false),
            other => Err(call.unreadable(format!("{other:?} is no known decision"))),
        }
    }
}
