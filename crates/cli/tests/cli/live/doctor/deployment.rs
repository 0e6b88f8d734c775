//! What is deployed, and does not do what it is to do.

use std::collections::BTreeSet;

use ecr_sweep_aws_sim::GivenSecret;
use serde_json::{Value, json};

use super::{Doctored, HOME};

const FUNCTIONS: [&str; 5] = ["list-repos", "scan-usage", "plan-repo", "delete-batch", "notify"];
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:ecr-sweep";

const ROLE: &str = "arn:aws:iam::111122223333:role/ecr-sweep-notify";

/// What IAM says to what a role would do.
fn decided(decision: &str) -> String {
    format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>\
         <EvalDecision>{decision}</EvalDecision></member></EvaluationResults><IsTruncated>false</IsTruncated>\
         </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )
}

/// A deployment of which all is well but what a test changes.
struct Deployed {
    environments: Vec<(&'static str, Value)>,
    unreserved: u64,
    subscriptions: String,
    schedule: &'static str,
    policy: String,
    /// The code of `notify` by now; that of every version is `published`.
    code: &'static str,
}

fn subscription(arn: &str) -> String {
    format!("<member><SubscriptionArn>{arn}</SubscriptionArn></member>")
}

impl Deployed {
    fn well() -> Self {
        let list_repos = json!({
            "ECR_SWEEP_POLICY": "s3://my-sweeps/policies/policy.yaml",
            "ECR_SWEEP_DELETION": "enabled",
            "ECR_SWEEP_APPROVAL": "none",
            "ECR_SWEEP_SCOPES_AT_ONCE": "8",
            "ECR_SWEEP_REGISTRIES_AT_ONCE": "8",
            "ECR_SWEEP_REPOSITORIES_AT_ONCE": "4",
        });
        let delete_batch = json!({
            "ECR_SWEEP_DELETION": "enabled", "ECR_SWEEP_DELETE_ROLE": "EcrSweepDelete",
        });
        Self {
            environments: vec![
                ("list-repos", list_repos),
                ("scan-usage", json!({})),
                ("plan-repo", json!({})),
                ("delete-batch", delete_batch),
                ("notify", json!({ "ECR_SWEEP_TOPIC_ARN": TOPIC })),
            ],
            unreserved: 1000,
            subscriptions: subscription(&format!("{TOPIC}:6b0e71bd-7e97-4d97-80ce-4a0994e55286")),
            schedule: "ENABLED",
            policy: Doctored::well().policy,
            code: "published",
        }
    }

    fn with(mut self, function: &str, name: &str, value: &str) -> Self {
        let environment = self.environments.iter_mut().find(|(it, _)| *it == function).unwrap();
        environment.1[name] = value.into();
        self
    }

    fn asked(&self) -> super::Said {
        self.doctored().asked()
    }

    fn doctored(&self) -> Doctored {
        let arn =
            |name: &str| format!("arn:aws:lambda:eu-west-1:{HOME}:function:ecr-sweep-{name}:7");
        let states: Vec<Value> = FUNCTIONS
            .iter()
            .map(|it| json!({ "Arguments": { "FunctionName": arn(it) } }))
            .collect();
        let definition = json!({ "States": states }).to_string();
        let machine = json!({ "name": "ecr-sweep", "definition": definition });
        let limit = json!({ "AccountLimit": {
            "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": self.unreserved,
        } });
        let listed = format!(
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{}\
             </Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>",
            self.subscriptions
        );
        let mut doctored = Doctored::well()
            .answering("states:DescribeStateMachine", HOME, &machine)
            .answering("lambda:GetAccountSettings", HOME, &limit)
            .answering_text("sns:ListSubscriptionsByTopic", HOME, &listed)
            .answering_text("iam:SimulatePrincipalPolicy", HOME, &decided("allowed"))
            .answering("scheduler:GetSchedule", HOME, &json!({ "State": self.schedule }))
            .answering_text("s3:GetObject", HOME, &self.policy);
        let policy = doctored.faults.last_mut().unwrap();
        policy.object = Some("policies/policy.yaml".to_owned());
        if let ecr_sweep_aws_sim::Effect::Respond { headers, .. } = &mut policy.effect {
            headers.insert("etag".to_owned(), "\"1\"".to_owned());
        }
        for (name, environment) in &self.environments {
            let function = json!({
                "FunctionArn": arn(name), "Environment": { "Variables": environment },
                "CodeSha256": "published", "Role": ROLE,
            });
            let mut now = function.clone();
            if *name == "notify" {
                now["CodeSha256"] = self.code.into();
            }
            for (version, answer) in [("%3A7", function), ("", now)] {
                doctored = doctored.answering("lambda:GetFunctionConfiguration", HOME, &answer);
                doctored.faults.last_mut().unwrap().object =
                    Some(format!("ecr-sweep-{name}{version}"));
            }
        }
        doctored.options.buckets = BTreeSet::from(["my-sweeps".to_owned()]);
        doctored.arguments = vec!["--state-machine".to_owned(), "ecr-sweep".to_owned()];
        doctored
    }
}

#[test]
fn a_deployment_in_which_all_is_well_has_no_finding() {
    let said = Deployed::well().asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
    assert_eq!(said.report["parts"][6]["looked_at"], 6);
}

#[test]
fn a_deployment_that_is_named_and_not_there_is_found() {
    let mut doctored = Doctored::well();
    doctored.arguments = vec!["--state-machine".to_owned(), "other".to_owned()];
    let said = doctored.asked();
    let (objects, _) = said.only("not-deployed");
    assert_eq!(objects, ["arn:aws:states:eu-west-1:111122223333:stateMachine:other"]);
}

#[test]
fn less_room_for_functions_than_a_run_takes_is_warned_of() {
    let said = Deployed { unreserved: 10, ..Deployed::well() }.asked();
    let (objects, fix) = said.only("few-functions-at-once");
    assert_eq!(objects, ["111122223333/eu-west-1"]);
    assert!(fix.contains("request-service-quota-increase"), "{fix}");
    let problem = said.findings()[0]["problem"].as_str().unwrap();
    assert!(problem.contains("32") && problem.contains("10"), "{problem}");
}

#[test]
fn a_function_whose_version_has_other_code_is_warned_of() {
    let said = Deployed { code: "put by hand", ..Deployed::well() }.asked();
    let (objects, _) = said.only("code-not-published");
    assert_eq!(objects, [format!("arn:aws:lambda:eu-west-1:{HOME}:function:ecr-sweep-notify")]);
}

#[test]
fn a_topic_that_nobody_has_confirmed_is_found() {
    for subscriptions in [String::new(), subscription("PendingConfirmation")] {
        let said = Deployed { subscriptions, ..Deployed::well() }.asked();
        let (objects, fix) = said.only("nobody-told");
        assert_eq!(objects, [TOPIC]);
        assert!(fix.contains("aws sns subscribe"), "{fix}");
    }
}

#[test]
fn a_schedule_that_is_disabled_is_warned_of() {
    let said = Deployed { schedule: "DISABLED", ..Deployed::well() }.asked();
    said.only("schedule-off");
}

#[test]
fn a_schedule_that_is_on_and_starts_nothing_is_warned_of() {
    let doctored = Deployed::well().doctored();
    let world = doctored.world();
    let run = "20260101T000000.000Z";
    let request = json!({
        "schema_version": 1, "run": run, "started_at": "2026-01-01T00:00:00Z", "tool_version": "0.1.0",
        "policy_digest": format!("sha256:{}", "0".repeat(64)), "dry_run": true, "repositories": [],
    });
    let folder = world.path().join(".ecr-sweep/sweeps").join(run);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("request.json"), request.to_string()).unwrap();
    let said = doctored.asked_in(&world);
    let (objects, fix) = said.only("runs-missed");
    assert_eq!(objects, ["ecr-sweep"]);
    assert!(fix.contains("dead-letter queue"), "{fix}");
}

#[test]
fn a_role_that_deletes_by_another_name_is_found() {
    let deployed = Deployed::well().with("delete-batch", "ECR_SWEEP_DELETE_ROLE", "platform/Gone");
    let said = deployed.asked();
    let (objects, _) = said.only("roles-differ");
    assert_eq!(objects, ["delete-batch"]);
}

#[test]
fn a_deployed_policy_that_reads_as_another_role_is_found() {
    let policy = Deployed::well().policy.replace("role: EcrSweepRead", "role: Reader");
    let said = Deployed { policy, ..Deployed::well() }.asked();
    let (objects, _) = said.only("roles-differ");
    assert_eq!(objects, ["s3://my-sweeps/policies/policy.yaml"]);
}

#[test]
fn a_deployed_policy_that_decides_otherwise_is_warned_of() {
    let policy = Deployed::well().policy.replace("newest: 3", "newest: 1");
    let said = Deployed { policy, ..Deployed::well() }.asked();
    said.only("policies-differ");
}

#[test]
fn a_setting_of_a_function_that_says_nothing_is_found() {
    let said = Deployed::well().with("list-repos", "ECR_SWEEP_DELETION", "perhaps").asked();
    let (objects, _) = said.only("bad-setting");
    assert_eq!(objects, ["list-repos"]);
}

/// A deployment with these channels, and these secrets.
fn with_channels(channels: &Value, secrets: &[(&str, &str)]) -> Doctored {
    let deployed = Deployed::well().with("notify", "ECR_SWEEP_NOTICES", &channels.to_string());
    let mut doctored = deployed.doctored();
    let secrets = secrets.iter().map(|(name, text)| GivenSecret::text(name, text));
    doctored.options.secrets = secrets.collect();
    doctored
}

#[test]
fn channels_whose_secrets_hold_what_they_are_to_are_well() {
    let channels = json!([
        { "kind": "slack-webhook", "secret": "hook" },
        { "kind": "slack-token", "secret": "token" },
        { "kind": "webhook", "secret": "own" },
        { "kind": "webhook", "secret": "plain" },
    ]);
    let secrets = [
        ("hook", "https://hooks.example.com/T/B/x"),
        ("token", "xoxb-1"),
        ("own", r#"{ "url": "https://example.com/told", "key": "k" }"#),
        ("plain", "https://example.com/told"),
    ];
    let said = with_channels(&channels, &secrets).asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
}

#[test]
fn a_secret_that_is_not_there_or_holds_something_else_is_found_and_never_shown() {
    let channels = json!([
        { "kind": "teams-webhook", "secret": "not-there" },
        { "kind": "slack-webhook", "secret": "no-address" },
        { "kind": "slack-token", "secret": "no-token" },
        { "kind": "webhook", "secret": "no-object" },
    ]);
    let secrets =
        [("no-address", "hidden-1"), ("no-token", "hidden-2"), ("no-object", "http://hidden-3")];
    let said = with_channels(&channels, &secrets).asked();
    assert_eq!(said.codes(), ["secret-unusable"].into(), "{}", said.report);
    let text = said.report.to_string();
    assert!(!text.contains("hidden"), "{text}");
    for (secret, fix) in [
        ("not-there", "create-secret --name not-there"),
        ("no-address", "put the webhook's address there"),
        ("no-token", "put the app's bot token there"),
        ("no-object", "a JSON object with `url`"),
    ] {
        let is_of = |it: &&Value| it["objects"][0] == secret;
        let finding = said.findings().iter().find(is_of).unwrap().clone();
        assert!(finding["fix"].as_str().unwrap().contains(fix), "{finding}");
    }
}

#[test]
fn who_may_not_read_a_secret_is_told_nothing_of_what_it_holds() {
    let channels = json!([{ "kind": "slack-token", "secret": "token" }]);
    let doctored = with_channels(&channels, &[("token", "not one")]);
    let said = doctored.denied("secretsmanager:GetSecretValue", HOME).asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
    let doctored = with_channels(&channels, &[("token", "xoxb-1")]);
    let said = doctored.denied("secretsmanager:*", HOME).asked();
    let (objects, fix) = said.only("not-checked");
    assert_eq!(objects, ["token"]);
    assert!(fix.contains("secretsmanager:DescribeSecret"), "{fix}");
}

/// A deployment with a token in a secret, where IAM says this to whatever an action or a resource is in.
fn where_iam_says(decision: &str, to: &str, key: Option<&str>) -> Doctored {
    let channels = json!([{ "kind": "slack-token", "secret": "token" }]);
    let mut doctored = with_channels(&channels, &[("token", "xoxb-1")]);
    doctored.options.secrets[0].kms_key_id = key.map(ToOwned::to_owned);
    doctored = doctored.answering_text("iam:SimulatePrincipalPolicy", HOME, &decided(decision));
    doctored.faults.last_mut().unwrap().object = Some(to.to_owned());
    // The first that matches counts.
    doctored.faults.rotate_right(1);
    doctored
}

#[test]
fn a_secret_that_notify_may_not_read_is_found_before_the_first_notice() {
    for decision in ["implicitDeny", "explicitDeny"] {
        let said = where_iam_says(decision, "GetSecretValue", None).asked();
        let (objects, fix) = said.only("secret-unusable");
        assert_eq!(objects, ["token"]);
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token-AbCdEf";
        assert!(fix.contains("NoticeSecrets") && fix.contains(arn) && fix.contains(ROLE), "{fix}");
        let problem = said.findings()[0]["problem"].as_str().unwrap();
        assert!(problem.contains("`secretsmanager:GetSecretValue`"), "{problem}");
    }
}

#[test]
fn a_key_that_notify_may_not_decrypt_with_is_found() {
    let key = "11111111-2222-3333-4444-555555555555";
    let said = where_iam_says("implicitDeny", "kms%3ADecrypt", Some(key)).asked();
    let (objects, fix) = said.only("secret-unusable");
    assert_eq!(objects, ["token"]);
    let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{key}");
    assert!(fix.contains(&arn) && fix.contains("NoticeKeys"), "{fix}");
    let said = where_iam_says("allowed", "kms%3ADecrypt", Some(key)).asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
    // By an alias nobody can ask.
    let said = where_iam_says("allowed", "kms%3ADecrypt", Some("alias/mine")).asked();
    let (_, fix) = said.only("not-checked");
    assert!(fix.contains("update-secret --secret-id token"), "{fix}");
}

#[test]
fn who_may_not_ask_iam_is_told_so() {
    let channels = json!([{ "kind": "slack-token", "secret": "token" }]);
    let doctored = with_channels(&channels, &[("token", "xoxb-1")]);
    let mut doctored = doctored.denied("iam:SimulatePrincipalPolicy", HOME);
    doctored.faults.rotate_right(1);
    let said = doctored.asked();
    let (objects, fix) = said.only("not-checked");
    assert_eq!(objects, ["token"]);
    assert!(fix.contains("iam:SimulatePrincipalPolicy"), "{fix}");
}

#[test]
fn channels_of_the_policy_without_a_token_are_warned_of() {
    let mut deployed = Deployed::well();
    deployed.policy.push_str("    notify: { slack: [\"#a\"] }\n");
    let mut doctored = deployed.doctored();
    doctored.policy.clone_from(&deployed.policy);
    let said = doctored.asked();
    let (objects, fix) = said.only("channel-unheard");
    assert_eq!(objects, ["notify"]);
    assert!(fix.contains("docs/notices.md"), "{fix}");
}
