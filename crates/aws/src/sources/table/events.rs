//! Amazon EventBridge: what rules, schedules and pipes start, and what they hand to it.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Counts, Given, Read};
use super::task_definition::{STARTED, task_definition};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const RULES: Service = Service {
    name: "events",
    host: "events",
    id: "EventBridge",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.1", target: "AWSEvents" },
    answers: &[],
};

/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>
const SCHEDULES: Service = Service {
    name: "scheduler",
    host: "scheduler",
    id: "Scheduler",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

/// <https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html>
const PIPES: Service = Service {
    name: "pipes",
    host: "pipes",
    id: "Pipes",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const RULE: KnownKind = kind(Source::Events, "events-rule");
const SCHEDULE: KnownKind = kind(Source::Events, "events-schedule");
const PIPE: KnownKind = kind(Source::Events, "events-pipe");

const DEFINITIONS: Read = task_definition(kind(Source::Events, "events-task-definition"));

pub(in crate::sources) const EVENTS: Table = Table {
    source: Source::Events,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A rule, schedule or pipe of any name could start an image, and IAM knows no \
                  resource for the lists; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["events:ListEventBuses", "events:ListRules", "events:ListTargetsByRule"],
                purpose: "EventBridge: what each rule starts, and what it hands to it",
            },
            PermittedCalls {
                actions: &["scheduler:ListSchedules", "scheduler:GetSchedule"],
                purpose: "EventBridge Scheduler: the same of each schedule",
            },
            PermittedCalls {
                actions: &["pipes:ListPipes", "pipes:DescribePipe"],
                purpose: "EventBridge Pipes: the same of each pipe",
            },
            STARTED,
        ],
    }],
    unseen: &["images that are put together from an event"],
    definitions: Some(&DEFINITIONS),
    reads: &[
        Read {
            given: &[("Limit", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "EventBuses[]",
            arn: "{Arn}",
            then: &[Read {
                given: &[("EventBusName", Given::Of("Name")), ("Limit", Given::Number(100))],
                pages: Some(CAPITAL_TOKENS),
                items: "Rules[]",
                arn: "{Arn}",
                then: &[Read {
                    given: &[
                        ("Rule", Given::Of("Name")),
                        ("EventBusName", Given::Above("Name")),
                        ("Limit", Given::Number(100)),
                    ],
                    pages: Some(CAPITAL_TOKENS),
                    items: "Targets[]",
                    arn: "{^Arn}",
                    sent: &["Id", "Arn"],
                    texts: &["Input", "InputTransformer.InputTemplate"],
                    ..Read::of(&RULES, "ListTargetsByRule", RULE)
                }],
                ..Read::of(&RULES, "ListRules", RULE)
            }],
            probe: &[DEFAULT_RULES, OTHER_BUSES],
            ..Read::of(&RULES, "ListEventBuses", RULE)
        },
        Read {
            http: "GET /schedules",
            given: &[("MaxResults", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "Schedules[]",
            arn: "{Arn}",
            then: &[Read {
                http: "GET /schedules/{Name}",
                given: &[("Name", Given::Of("Name")), ("groupName", Given::Of("GroupName"))],
                arn: "{Arn}",
                sent: &["Target.Arn"],
                texts: &["Target.Input"],
                ..Read::of(&SCHEDULES, "GetSchedule", SCHEDULE)
            }],
            ..Read::of(&SCHEDULES, "ListSchedules", SCHEDULE)
        },
        Read {
            http: "GET /v1/pipes",
            given: &[("Limit", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "Pipes[]",
            arn: "{Arn}",
            then: &[Read {
                http: "GET /v1/pipes/{Name}",
                given: &[("Name", Given::Of("Name"))],
                arn: "{Arn}",
                sent: &["Target"],
                texts: &["TargetParameters.InputTemplate", "EnrichmentParameters.InputTemplate"],
                ..Read::of(&PIPES, "DescribePipe", PIPE)
            }],
            ..Read::of(&PIPES, "ListPipes", PIPE)
        },
    ],
};

/// The buses that not every account has.
const OTHER_BUSES: Read = Read {
    given: &[("Limit", Given::Number(100))],
    pages: Some(CAPITAL_TOKENS),
    items: "EventBuses[]",
    arn: "{Arn}",
    counts: Counts::Unless("Name", &["default"]),
    ..Read::of(&RULES, "ListEventBuses", RULE)
};

/// The rules of the bus that every account has.
const DEFAULT_RULES: Read = Read {
    given: &[("Limit", Given::Number(100))],
    pages: Some(CAPITAL_TOKENS),
    items: "Rules[]",
    arn: "{Arn}",
    ..Read::of(&RULES, "ListRules", RULE)
};
