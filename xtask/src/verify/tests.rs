use ecr_sweep_core::Source;
use std::path::PathBuf;
use std::time::Duration;

use ecr_sweep_aws_sim::{Effect, Fault, Simulator, SimulatorOptions};
use ecr_sweep_ministack::{Cdk, FUNCTIONS, Home, MiniStack, MiniStackOptions, aws_cli};
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::cases::{ALL, Cases};
use super::images::{IMAGES, names};
use super::{Account, Aws, Check, Deployment, images, policies};
use crate::package::archive;
use crate::run::{root, runtime, target};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// An account whose Regions have these repositories.
fn simulator(runtime: &Runtime, repositories: &[(&str, &str)]) -> Simulator {
    let registry = |(region, name): &(&str, &str)| {
        let repositories = json!([{ "name": name, "images": [] }]);
        json!({ "account": ACCOUNT, "region": region, "repositories": repositories })
    };
    let registries: Vec<Value> = repositories.iter().map(registry).collect();
    let snapshot: Snapshot = serde_json::from_value(json!({
        "schema_version": 1,
        "taken_at": "2026-11-20T00:00:00Z",
        "home": { "account": ACCOUNT, "region": REGION },
        "registries": registries,
        "usage": [],
        "coverage": "complete",
        "workloads": { "regions": [REGION, "eu-central-1"] },
    }))
    .unwrap();
    let options = SimulatorOptions { snapshot: Some(snapshot), ..SimulatorOptions::default() };
    runtime.block_on(Simulator::start(options)).unwrap()
}

/// The AWS CLI, which can reach nothing but these.
fn aws(endpoint: &str, simulator: &Simulator) -> Aws {
    let program = aws_cli(&target("tmp")).unwrap().display().to_string();
    let mut environment: Vec<(String, String)> = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_PAGER", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for service in ["ACCOUNT", "ECR"] {
        environment.push((format!("AWS_ENDPOINT_URL_{service}"), simulator.endpoint()));
    }
    Aws::new(None, REGION).with(program, environment)
}

/// What changed something, or read more than what there is.
fn changes(simulator: &Simulator) -> Vec<String> {
    let reads = ["sts:GetCallerIdentity", "account:ListRegions", "ecr:DescribeRepositories"];
    let counts = simulator.counts();
    counts.into_keys().filter(|it| !reads.contains(&&**it)).collect()
}

#[test]
fn an_account_that_was_not_named_is_refused() {
    let runtime = runtime().unwrap();
    let simulator = simulator(&runtime, &[]);
    let refused = Account::of(&aws(&simulator.endpoint(), &simulator), "444455556666");
    let said = format!("{:?}", refused.unwrap_err());
    assert!(said.contains(ACCOUNT) && said.contains("nothing was made"), "{said}");
    assert_eq!(changes(&simulator), Vec::<String>::new());
}

#[test]
fn an_account_that_has_something_anywhere_which_this_did_not_make_is_refused() {
    let runtime = runtime().unwrap();
    for repository in [
        (REGION, "prod/app"),
        ("eu-central-1", "prod/app"),
        // Of this name, and without the tag.
        (REGION, "ecr-sweep-verify/app-01"),
    ] {
        let simulator = simulator(&runtime, &[repository]);
        let aws = aws(&simulator.endpoint(), &simulator);
        let account = Account::of(&aws, ACCOUNT).unwrap();
        let said = format!("{:?}", account.refuse_what_is_not_ours(&aws).unwrap_err());
        let (region, name) = repository;
        assert!(said.contains(name) && said.contains(region), "{said}");
        let changes = changes(&simulator);
        assert!(changes.iter().all(|it| it == "ecr:ListTagsForResource"), "{changes:?}");
    }
}

#[test]
fn an_account_of_which_something_cannot_be_listed_is_refused() {
    let runtime = runtime().unwrap();
    let simulator = simulator(&runtime, &[]);
    let aws = aws(&simulator.endpoint(), &simulator);
    let account = Account::of(&aws, ACCOUNT).unwrap();
    account.refuse_what_is_not_ours(&aws).unwrap();
    for operation in ["account:ListRegions", "ecr:DescribeRepositories"] {
        simulator.set_faults(vec![denied(operation)]);
        let said = format!("{:?}", account.refuse_what_is_not_ours(&aws).unwrap_err());
        assert!(said.contains("is not known; nothing was made"), "{said}");
    }
}

fn denied(operation: &str) -> Fault {
    let code = "AccessDeniedException".to_owned();
    let effect = Effect::Error { code, status: 400, message: "not for you".to_owned() };
    Fault::new(operation.parse().unwrap(), effect)
}

#[test]
fn every_policy_of_the_page_is_one_that_is_validated() {
    let page = std::fs::read_to_string(root().join("docs/roles.md")).unwrap();
    let documents = policies::documents(&page).unwrap();
    assert_eq!(documents.len(), page.matches("```json").count());
    assert!(documents.len() > 20, "{}", documents.len());
    for (kind, document) in documents {
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["Version"], "2012-10-17");
        let names_principals = document["Statement"][0].get("Principal").is_some();
        assert_eq!(names_principals, kind[0] == "RESOURCE_POLICY", "{document}");
    }
}

/// The package, whose functions are this build's, packed in haste.
fn package(folder: &std::path::Path) -> PathBuf {
    let cdk = Cdk::install(&root().join("infra"), &target("tmp")).unwrap();
    let built = cdk.lay_out(&target("debug")).unwrap();
    let (archives, package) = (folder.join("archives"), folder.join("package"));
    for made in [&archives, &package] {
        std::fs::create_dir(made).unwrap();
    }
    for name in FUNCTIONS {
        let archive = archives.join(format!("{name}.zip"));
        archive::store(&built.join(name), &archive).unwrap();
        let bytes = std::fs::read(&archive).unwrap();
        std::fs::write(package.join(crate::package::key(name, &bytes).unwrap()), bytes).unwrap();
    }
    let archives = archives.display().to_string();
    let context = [
        ("plain", "true"),
        ("deletion", "true"),
        ("approval", "true"),
        ("schedule", "off"),
        ("functionsDirectory", &*archives),
        ("architecture", std::env::consts::ARCH),
    ];
    let assembly = folder.join("assembly");
    cdk.synth(&assembly, &context).unwrap();
    let template = assembly.join("EcrSweep.template.json");
    std::fs::copy(template, package.join("EcrSweep-deletion.template.json")).unwrap();
    package
}

#[test]
fn what_an_emulator_has_is_tried_there_and_nothing_is_left() {
    let runtime = runtime().unwrap();
    let simulator = simulator(&runtime, &[]);
    let ministack = MiniStack::start(&MiniStackOptions {
        cache: &target("tmp"),
        home: Home { account: ACCOUNT.to_owned(), region: REGION.to_owned() },
        simulator: Some(&simulator.endpoint()),
        enforce_iam: false,
        bucket_latency: Duration::ZERO,
        functions_at_once: None,
    })
    .unwrap();
    let aws = aws(&ministack.endpoint().to_string(), &simulator);
    let account = Account::of(&aws, ACCOUNT).unwrap();
    account.refuse_what_is_not_ours(&aws).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let emulated = [Source::Ecs, Source::Lambda, Source::Files];
    let off = Source::ALL.into_iter().filter(|source| !emulated.contains(source));
    let off: Vec<String> = off
        .map(|source| {
            format!("    - {{ source: {source}, reason: \"not there\", even_if_used: true }}\n")
        })
        .collect();
    let deployment = Deployment::of(&aws, &account).with_off(&off.concat());
    deployment.make(&package(folder.path())).unwrap();
    images::push(&aws).unwrap();
    // What this has made is no reason to refuse.
    account.refuse_what_is_not_ours(&aws).unwrap();

    let command = target("debug").join("ecr-sweep");
    let cases = Cases { aws: &aws, deployment: &deployment, command: &command };
    for check in ALL {
        // MiniStack knows no redrive of what was stopped.
        if check != Check::Redrive {
            cases
                .try_one(check)
                .unwrap_or_else(|error| panic!("{check:?}: {error:?}\n{}", ministack.log()));
        }
    }
    assert_eq!(simulator.count("ecr:PutImage"), u64::from(IMAGES) * names().len() as u64);
    deployment.remove().unwrap();
    let left = aws.list(&["ecr", "describe-repositories"], "/repositories").unwrap();
    assert_eq!(left, Vec::<Value>::new());
    let left = aws.list(&["s3api", "list-buckets"], "/Buckets").unwrap();
    assert_eq!(left, Vec::<Value>::new());
}
