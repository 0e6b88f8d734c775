//! The stock CDK CLI, and the app in `infra/`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ministack::scrubbed;
use crate::run::{path, run};
use crate::{Home, LocalError, MiniStack, functions};

/// The app, ready to be deployed.
#[derive(Debug)]
pub struct Cdk {
    infra: PathBuf,
    cache: PathBuf,
}

/// What is deployed of the app.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// One of its stacks.
    pub stack: &'a str,
    /// The context that the app is synthesized with.
    pub context: &'a [(&'a str, &'a str)],
    /// The parameters of the stack's template.
    pub parameters: &'a [(&'a str, &'a str)],
}

/// What the stacks of one deployment gave out, by stack and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs(BTreeMap<String, BTreeMap<String, String>>);

impl Outputs {
    /// One output of one stack.
    pub fn get(&self, stack: &str, name: &str) -> Result<&str, LocalError> {
        let outputs = self.0.get(stack);
        outputs.and_then(|outputs| outputs.get(name)).map(String::as_str).ok_or_else(|| {
            let have: Vec<&str> = outputs.into_iter().flatten().map(|(name, _)| &**name).collect();
            LocalError::NoOutput {
                stack: stack.to_owned(),
                name: name.to_owned(),
                have: have.join(", "),
            }
        })
    }
}

impl Cdk {
    /// The app in this folder, whose packages are installed where they are not there yet. `cache`
    /// is a folder under `target`, where what is slow to make is kept.
    pub fn install(infra: &Path, cache: &Path) -> Result<Self, LocalError> {
        let locked = infra.join("package-lock.json");
        // npm writes it last.
        let installed = infra.join("node_modules/.package-lock.json");
        let _until_it_is_dropped = lock(cache, "npm.lock")?;
        let changed = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
        if changed(&installed) < changed(&locked) {
            let mut npm = Command::new("npm");
            run(npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(infra))?;
        }
        Ok(Self { infra: infra.to_owned(), cache: cache.to_owned() })
    }

    /// Lays out the functions of a build as the app takes them, and gives the folder: what
    /// `functionsDirectory` says in the context.
    pub fn lay_out(&self, binaries: &Path) -> Result<PathBuf, LocalError> {
        let functions = self.cache.join("functions");
        let assembly = self.cache.join("assembly");
        let _until_it_is_dropped = lock(&self.cache, "assembly.lock")?;
        // The archives of an earlier build are large, and nobody deploys them again.
        if functions::lay_out(binaries, &functions)? && assembly.exists() {
            fs::remove_dir_all(&assembly).map_err(LocalError::file("empty", &assembly))?;
        }
        Ok(functions)
    }

    /// Prepares an account and Region for deployments.
    pub fn bootstrap(&self, ministack: &MiniStack, home: &Home) -> Result<(), LocalError> {
        let environment = format!("aws://{}/{}", home.account, home.region);
        // Its own folder is no app: nothing is synthesized for it.
        let mut cdk = self.command(ministack, home)?;
        run(cdk.current_dir(ministack.folder()).args(["bootstrap", &environment]))
    }

    /// Deploys one of the app's stacks, and gives what it gives out.
    pub fn deploy(
        &self,
        ministack: &MiniStack,
        home: &Home,
        deployment: Deployment<'_>,
    ) -> Result<Outputs, LocalError> {
        let file = tempfile::NamedTempFile::new_in(ministack.folder())
            .map_err(LocalError::file("make a file in", ministack.folder()))?;
        // The archives of the functions are made once there, and one CLI at a time may use it.
        let assembly = self.cache.join("assembly");
        let _until_it_is_deployed = lock(&self.cache, "assembly.lock")?;
        let mut cdk = self.command(ministack, home)?;
        cdk.args(["deploy", deployment.stack, "--exclusively", "--require-approval", "never"]);
        cdk.arg("--output").arg(&assembly);
        cdk.arg("--outputs-file").arg(file.path());
        for (name, value) in deployment.parameters {
            cdk.arg("--parameters").arg(format!("{name}={value}"));
        }
        run(with(&mut cdk, deployment.context))?;
        let path = file.path();
        let bytes = fs::read(path).map_err(LocalError::file("read", path))?;
        let outputs = serde_json::from_slice(&bytes);
        let outputs =
            outputs.map_err(|source| LocalError::Outputs { path: path.into(), source })?;
        Ok(Outputs(outputs))
    }

    /// Synthesizes the app's templates with this context into a folder, for any account.
    pub fn synth(&self, to: &Path, context: &[(&str, &str)]) -> Result<(), LocalError> {
        let mut cdk = self.offline(to)?;
        cdk.args(["synth", "--quiet", "--output"]).arg(to);
        run(with(&mut cdk, context))
    }

    /// The CLI, which can reach MiniStack alone.
    fn command(&self, ministack: &MiniStack, home: &Home) -> Result<Command, LocalError> {
        let mut command = self.offline(&ministack.folder().join("cdk"))?;
        command.envs(ministack.client_environment(home));
        Ok(command)
    }

    /// The CLI, which finds nobody's credentials. A folder is its home.
    fn offline(&self, folder: &Path) -> Result<Command, LocalError> {
        fs::create_dir_all(folder).map_err(LocalError::file("make", folder))?;
        let (name, path) = path();
        let mut command = Command::new(self.infra.join("node_modules/.bin/cdk"));
        command
            .args(["--no-notices", "--no-version-reporting", "--ci"])
            .current_dir(&self.infra)
            .env_clear()
            .env(name, path)
            .env("HOME", folder)
            .env("CDK_DISABLE_CLI_TELEMETRY", "true")
            .envs(scrubbed());
        Ok(command)
    }
}

/// Waits for whoever holds this lock, and holds it then.
fn lock(cache: &Path, name: &str) -> Result<File, LocalError> {
    fs::create_dir_all(cache).map_err(LocalError::file("make", cache))?;
    let path = cache.join(name);
    let lock = File::create(&path).map_err(LocalError::file("make", &path))?;
    lock.lock().map_err(LocalError::file("lock", &path))?;
    Ok(lock)
}

/// The command with this context for the app.
fn with<'a>(cdk: &'a mut Command, context: &[(&str, &str)]) -> &'a mut Command {
    for (name, value) in context {
        cdk.arg("--context").arg(format!("{name}={value}"));
    }
    cdk
}
