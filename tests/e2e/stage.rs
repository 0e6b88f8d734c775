//! What the scenarios share: the simulated organization, MiniStack, and what is deployed there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::{RunStore, StoreLocation};
use ecr_sweep_aws_sim::{Effect, Fault, Simulator, SimulatorOptions};
use ecr_sweep_core::{Digest, Place, RepositoryId};
use ecr_sweep_ministack::{Cdk, Deployment, Home, MiniStack, MiniStackOptions, Outputs, aws_cli};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use crate::organization::{ACCOUNT, ASKING, Organization, REGION, place};

/// One deployment of the app.
pub(crate) struct Deployed {
    pub(crate) place: Place,
    pub(crate) config: SdkConfig,
    pub(crate) sfn: aws_sdk_sfn::Client,
    pub(crate) machine: String,
    /// The run store, as the command takes it.
    store_url: String,
    pub(crate) store: Arc<dyn RunStore>,
}

/// MiniStack with the app.
pub(crate) struct Local {
    pub(crate) ministack: MiniStack,
    cdk: Cdk,
}

/// Everything that the scenarios share, with one at a time: faults are everybody's.
pub(crate) struct Stage {
    pub(crate) local: Local,
    pub(crate) organization: Organization,
    pub(crate) simulator: Simulator,
    /// Deletes what it is told to.
    pub(crate) sweeping: Deployed,
    /// Asks first.
    pub(crate) asking: Deployed,
}

/// The runtime of all scenarios.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

pub(crate) fn stage() -> MutexGuard<'static, Stage> {
    static STAGE: LazyLock<Mutex<Stage>> = LazyLock::new(|| Mutex::new(Stage::deploy()));
    // A scenario that failed leaves nothing that the next one does not set anew.
    let stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    stage.simulator.set_faults(Vec::new());
    stage.simulator.reset_counts();
    stage
}

pub(crate) fn home(account: &str) -> Home {
    Home { account: account.to_owned(), region: REGION.to_owned() }
}

/// A folder under `target` that stays.
pub(crate) fn cache() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Where the build that made this test put the binaries.
pub(crate) fn binaries() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.parent().and_then(Path::parent).unwrap().to_owned()
}

impl Local {
    /// Starts MiniStack.
    pub(crate) fn start(
        simulator: &str,
        enforce_iam: bool,
        functions_at_once: Option<u32>,
    ) -> Self {
        let ministack = MiniStack::start(&MiniStackOptions {
            cache: cache(),
            home: home(ACCOUNT),
            simulator: Some(simulator),
            enforce_iam,
            bucket_latency: Duration::ZERO,
            functions_at_once,
        })
        .unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let cdk = Cdk::install(&root.join("infra"), cache()).unwrap();
        Self { ministack, cdk }
    }

    /// Deploys the app in an account, with this context.
    pub(crate) fn deploy(&self, account: &str, context: &[(&str, &str)]) -> Deployed {
        const STACK: &str = "EcrSweep";
        self.bootstrap(account);
        let outputs = self.deploy_stack(account, STACK, context, &[]);
        let output = |name: &str| outputs.get(STACK, name).unwrap().to_owned();
        self.deployed(account, output("StateMachineArn"), output("StoreUrl"))
    }

    /// What is deployed in an account, by its state machine and its run store.
    pub(crate) fn deployed(&self, account: &str, machine: String, store_url: String) -> Deployed {
        let config = config(&self.ministack.endpoint().to_string(), account);
        let location: StoreLocation = store_url.parse().unwrap();
        let place = place(account);
        let sessions = Sessions::with_config(config.clone(), place.clone());
        Deployed {
            machine,
            store: location.open(&sessions),
            store_url,
            sfn: aws_sdk_sfn::Client::new(&config),
            config,
            place,
        }
    }

    /// Runs the command as somebody of the deployment's account.
    pub(crate) fn ecr_sweep(&self, deployed: &Deployed, arguments: &[&str]) -> Output {
        Command::new(binaries().join("ecr-sweep"))
            .args(arguments)
            .args(["--store", &deployed.store_url])
            .stdin(Stdio::null())
            .env_clear()
            .envs(self.ministack.client_environment(&home(deployed.place.account.as_str())))
            .output()
            .unwrap()
    }

    /// Has the AWS CLI do something as an account's root, and gives what it says.
    pub(crate) fn aws(&self, account: &str, arguments: &[&str]) -> String {
        let output = Command::new(aws_cli(cache()).unwrap())
            .args(arguments)
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", cache())
            .envs(self.ministack.client_environment(&home(account)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let log = || self.ministack.log();
        assert!(output.status.success(), "{arguments:?}: {said}\n{}", log());
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Synthesizes the app's templates into a folder.
    pub(crate) fn synth(&self, to: &Path, context: &[(&str, &str)]) {
        self.cdk.synth(to, context).unwrap();
    }

    /// Prepares an account for deployments.
    pub(crate) fn bootstrap(&self, account: &str) {
        self.cdk.bootstrap(&self.ministack, &home(account)).unwrap();
    }

    /// Deploys one of the app's stacks in an account that is prepared for it.
    pub(crate) fn deploy_stack(
        &self,
        account: &str,
        stack: &str,
        context: &[(&str, &str)],
        parameters: &[(&str, &str)],
    ) -> Outputs {
        let functions = self.cdk.lay_out(&binaries()).unwrap().display().to_string();
        // The whole app is synthesized, whichever of its stacks is deployed.
        let mut all =
            vec![("functionsDirectory", &*functions), ("architecture", std::env::consts::ARCH)];
        all.extend(context);
        let deployment = Deployment { stack, context: &all, parameters };
        let deployed = self.cdk.deploy(&self.ministack, &home(account), deployment);
        deployed.unwrap_or_else(|error| panic!("{error}\n{}", self.ministack.log()))
    }
}

impl Stage {
    fn deploy() -> Self {
        let delete = ("deletion", "true");
        Self::with(false, &[delete], &[delete, ("approval", "true")])
    }

    /// An organization, and the app in two of its accounts.
    pub(crate) fn with(
        enforce_iam: bool,
        sweeping: &[(&str, &str)],
        asking: &[(&str, &str)],
    ) -> Self {
        let start = Instant::now();
        let organization = Organization::new(Timestamp::now());
        let snapshot = Some(organization.snapshot.clone());
        let options = SimulatorOptions { snapshot, ..SimulatorOptions::default() };
        let simulator = RUNTIME.block_on(Simulator::start(options)).unwrap();
        let local = Local::start(&simulator.endpoint(), enforce_iam, None);
        let sweeping = local.deploy(ACCOUNT, sweeping);
        let asking = local.deploy(ASKING, asking);
        eprintln!("deployed twice in {:.1} s", start.elapsed().as_secs_f64());
        Self { local, organization, simulator, sweeping, asking }
    }

    /// What the deployment's runs go by from now on.
    pub(crate) fn set_policy(deployed: &Deployed, policy: &str) {
        let put = deployed.store.put("policy.yaml", policy.as_bytes().to_vec());
        RUNTIME.block_on(put).unwrap();
    }

    /// What every such call of an object is answered from now on.
    pub(crate) fn refuse(&self, operation: &str, object: Option<&str>, code: &str) {
        self.simulator.set_faults(vec![refused(operation, object, code)]);
    }

    /// The images that a repository has now.
    pub(crate) fn images(&self, deployed: &Deployed, repository: &str) -> BTreeSet<Digest> {
        self.images_in(&deployed.place, repository)
    }

    /// The images that a repository of a registry has now.
    pub(crate) fn images_in(&self, registry: &Place, repository: &str) -> BTreeSet<Digest> {
        let images = self.simulator.images(registry, repository).unwrap();
        images.into_iter().map(|image| image.digest).collect()
    }

    /// The calls that changed something in the organization.
    pub(crate) fn changes(&self) -> BTreeMap<String, u64> {
        let reads = ["Describe", "List", "Get", "BatchGet"];
        let mut counts = self.simulator.counts();
        counts.retain(|operation, _| {
            let (service, name) = operation.split_once(':').unwrap();
            service != "sts" && !reads.iter().any(|read| name.starts_with(read))
        });
        counts
    }
}

impl Deployed {
    /// A repository of the registry that is swept.
    pub(crate) fn repository(&self, name: &str) -> RepositoryId {
        RepositoryId::new(&self.place, name)
    }

    /// A document of the run store.
    pub(crate) fn read<D: DeserializeOwned>(&self, key: &str) -> D {
        let stored = RUNTIME.block_on(self.store.get(key)).unwrap();
        let stored = stored.unwrap_or_else(|| panic!("there is no {key}"));
        serde_json::from_slice(&stored.bytes).unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    /// Changes a variable of a function, and gives what it was.
    pub(crate) fn set(&self, function: &str, variable: &str, value: &str) -> Option<String> {
        let lambda = aws_sdk_lambda::Client::new(&self.config);
        let get = lambda.get_function_configuration().function_name(function);
        let environment = RUNTIME.block_on(get.send()).unwrap().environment.unwrap();
        let mut variables = environment.variables.unwrap();
        let old = variables.insert(variable.to_owned(), value.to_owned());
        let environment =
            aws_sdk_lambda::types::Environment::builder().set_variables(Some(variables)).build();
        let update =
            lambda.update_function_configuration().function_name(function).environment(environment);
        RUNTIME.block_on(update.send()).unwrap();
        let publish = lambda.publish_version().function_name(function);
        let version = RUNTIME.block_on(publish.send()).unwrap().version.unwrap();
        self.call_version(function, &version);
        old
    }

    /// Has runs that start from now on call this version of a function, as a deployment would.
    fn call_version(&self, function: &str, version: &str) {
        let describe = self.sfn.describe_state_machine().state_machine_arn(&self.machine);
        let definition = RUNTIME.block_on(describe.send()).unwrap().definition;
        let name = format!(":function:{function}:");
        let mut parts = definition.split(&name);
        let mut other = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|it: char| it.is_ascii_digit());
            other.extend([&name, version, rest]);
        }
        assert_ne!(other, definition, "it calls a version of {function}");
        let update = self.sfn.update_state_machine().state_machine_arn(&self.machine);
        RUNTIME.block_on(update.definition(other).send()).unwrap();
    }

    /// Whether the run store has a document.
    pub(crate) fn has(&self, key: &str) -> bool {
        RUNTIME.block_on(self.store.get(key)).unwrap().is_some()
    }
}

/// A refusal of every such call.
pub(crate) fn refused(operation: &str, object: Option<&str>, code: &str) -> Fault {
    let code = code.to_owned();
    let effect = Effect::Error { code, status: 400, message: "not for you".to_owned() };
    Fault { object: object.map(str::to_owned), ..Fault::new(operation.parse().unwrap(), effect) }
}

/// Whoever works on a MiniStack as an account's root.
fn config(endpoint: &str, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(ecr_sweep_aws::http_client())
        .region(aws_config::Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}
