//! What a deployment is made of, as the services tell it: its state machine, its functions, its
//! schedule, and whom it tells. Single calls, which only the doctor makes.

mod answers;
mod permission;

use std::collections::BTreeMap;

use ecr_sweep_core::Place;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::sessions::Sessions;
use crate::signed::{Protocol, Reach, Service, SignedClient};
use crate::{AwsError, AwsErrorKind};
use answers::{AccountSettings, Configuration, Machine, Scheduled, Subscribed, Subscription};
pub use permission::WouldDo;

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
const STATES: Service = Service {
    name: "states",
    host: "states",
    id: "SFN",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.0", target: "AWSStepFunctions" },
    answers: NO_ANSWERS,
};

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
const LAMBDA: Service = Service {
    name: "lambda",
    host: "lambda",
    id: "Lambda",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::RestJson,
    answers: NO_ANSWERS,
};

/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>
const SCHEDULER: Service = Service {
    name: "scheduler",
    host: "scheduler",
    id: "Scheduler",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: NO_ANSWERS,
};

/// <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>
const SNS: Service = Service {
    name: "sns",
    host: "sns",
    id: "SNS",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::Query { version: "2010-03-31" },
    answers: NO_ANSWERS,
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>
pub(crate) const IAM: Service = Service {
    name: "iam",
    host: "iam",
    id: "IAM",
    reach: Reach::Global,
    protocol: Protocol::Query { version: "2010-05-08" },
    answers: NO_ANSWERS,
};

/// Their types say what they always have.
const NO_ANSWERS: Answers = &[];

/// A function as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedFunction {
    /// What it is told by its environment.
    pub environment: BTreeMap<String, String>,
    /// The SHA-256 of its code, as Lambda writes it.
    pub code: Option<Box<str>>,
    /// The ARN of the role that it runs as.
    pub role: Box<str>,
}

/// How many functions can run at once in an account and Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionsAtOnce {
    /// All together.
    pub all: u64,
    /// What is left of that for those that have nothing of their own.
    pub unreserved: u64,
}

/// A schedule that starts runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedSchedule {
    /// Whether it starts anything.
    pub is_enabled: bool,
}

/// Who is told by a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Those who get what is published.
    pub confirmed: u64,
    /// Those who have not said yet that they want to.
    pub pending: u64,
}

/// What reads deployments in an account and Region.
#[derive(Debug, Clone)]
pub struct DeploymentReader {
    place: Place,
    states: SignedClient,
    lambda: SignedClient,
    scheduler: SignedClient,
    sns: SignedClient,
    iam: SignedClient,
}

impl Sessions {
    /// What reads a deployment in an account and Region.
    #[must_use]
    pub fn deployment(&self, place: &Place) -> DeploymentReader {
        let config = &self.reading_config(place);
        let client = |service| SignedClient::new(service, config, place);
        DeploymentReader {
            place: place.clone(),
            states: client(&STATES),
            lambda: client(&LAMBDA),
            scheduler: client(&SCHEDULER),
            sns: client(&SNS),
            iam: client(&IAM),
        }
    }
}

impl DeploymentReader {
    /// The definition of a state machine; none if there is no such.
    pub async fn definition(&self, arn: &str) -> Result<Option<String>, AwsError> {
        let call = Call::new(STATES.name, "DescribeStateMachine", &self.place).about(arn);
        let members = members([("stateMachineArn", json!(arn))]);
        let machine: Option<Machine> = found(ask(&self.states, &call, "", members).await)?;
        machine.map(|machine| call.sent("definition", machine.definition)).transpose()
    }

    /// A function, by its name or ARN; none if there is no such.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>
    pub async fn function(&self, name: &str) -> Result<Option<DeployedFunction>, AwsError> {
        let call = Call::new(LAMBDA.name, "GetFunctionConfiguration", &self.place).about(name);
        let http = "GET /2015-03-31/functions/{FunctionName}/configuration";
        let members = members([("FunctionName", json!(name))]);
        let function: Option<Configuration> = found(ask(&self.lambda, &call, http, members).await)?;
        let Some(function) = function else { return Ok(None) };
        // Whoever may not decrypt the environment is told so in its place.
        if let Some(error) = function.environment.as_ref().and_then(|it| it.error.as_ref()) {
            let code = error.error_code.as_deref().unwrap_or("an error");
            return Err(call.unreadable(format!("its environment is not told: {code}")));
        }
        call.sent_text("FunctionArn", function.function_arn.as_deref())?;
        let environment = match function.environment {
            // A function without variables has no environment.
            None => BTreeMap::new(),
            Some(environment) => call.sent("Environment.Variables", environment.variables)?,
        };
        let role = call.sent_text("Role", function.role.as_deref())?;
        Ok(Some(DeployedFunction { environment, code: function.code_sha256.map(Into::into), role }))
    }

    /// How many functions can run at once.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>
    pub async fn functions_at_once(&self) -> Result<FunctionsAtOnce, AwsError> {
        let call = Call::new(LAMBDA.name, "GetAccountSettings", &self.place);
        let http = "GET /2016-08-19/account-settings";
        let settings: AccountSettings = ask(&self.lambda, &call, http, Map::new()).await?;
        let limit = call.sent("AccountLimit", settings.account_limit)?;
        let member = "AccountLimit.ConcurrentExecutions";
        let all = call.sent(member, limit.concurrent_executions)?;
        let member = "AccountLimit.UnreservedConcurrentExecutions";
        Ok(FunctionsAtOnce {
            all,
            unreserved: call.sent(member, limit.unreserved_concurrent_executions)?,
        })
    }

    /// A schedule of the default group; none if there is no such.
    ///
    /// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html>
    pub async fn schedule(&self, name: &str) -> Result<Option<DeployedSchedule>, AwsError> {
        let call = Call::new(SCHEDULER.name, "GetSchedule", &self.place).about(name);
        let members = members([("Name", json!(name))]);
        let http = "GET /schedules/{Name}";
        let schedule: Option<Scheduled> = found(ask(&self.scheduler, &call, http, members).await)?;
        let Some(schedule) = schedule else { return Ok(None) };
        let state = call.sent_text("State", schedule.state.as_deref())?;
        Ok(Some(DeployedSchedule { is_enabled: &*state == "ENABLED" }))
    }

    /// Who is told by a topic; none if there is no such.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
    pub async fn subscriptions(&self, topic: &str) -> Result<Option<Subscriptions>, AwsError> {
        let call = &Call::new(SNS.name, "ListSubscriptionsByTopic", &self.place).about(topic);
        let listed = every_page(call, |token| async move {
            let mut given = members([("TopicArn", json!(topic))]);
            if let Some(token) = token {
                given.insert("NextToken".to_owned(), token.into());
            }
            let page: Subscribed = ask(&self.sns, call, "", given).await?;
            let next = page.next_token.filter(|token| !token.is_empty());
            let items: Vec<Subscription> = match call.sent("Subscriptions", page.subscriptions)? {
                Value::String(text) if text.is_empty() => Vec::new(),
                rows => serde_json::from_value(rows)
                    .map_err(|error| call.unreadable(error.to_string()))?,
            };
            Ok(Page { items, next })
        })
        .await;
        let Some(listed) = found(listed)? else { return Ok(None) };
        let mut subscriptions = Subscriptions::default();
        for row in listed {
            // It has no ARN before it is confirmed.
            match call.sent_text("SubscriptionArn", row.subscription_arn.as_deref())? {
                arn if arn.starts_with("arn:") => subscriptions.confirmed += 1,
                _ => subscriptions.pending += 1,
            }
        }
        Ok(Some(subscriptions))
    }
}

fn members<const N: usize>(given: [(&str, Value); N]) -> Map<String, Value> {
    given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn ask<T: DeserializeOwned>(
    client: &SignedClient,
    call: &Call<'_>,
    http: &str,
    members: Map<String, Value>,
) -> Result<T, AwsError> {
    let answer = client.ask(call, http, members).await?;
    serde_json::from_value(answer).map_err(|error| call.unreadable(error.to_string()))
}

/// None where there is no such thing.
fn found<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
