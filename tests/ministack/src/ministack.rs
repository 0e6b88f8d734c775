//! MiniStack as a child process.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::run::path;
use crate::{Endpoint, LocalError, python};

const SERVE: &str = include_str!("../serve.py");

/// How long MiniStack may take to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The services that the simulator answers for, as the variables spell them: those of which
/// MiniStack models too little, and STS, as its accounts are the simulator's.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
const SIMULATED: [&str; 8] =
    ["ACCOUNT", "ECR", "ECS", "EKS", "LAMBDA", "LAMBDA_CORE", "ORGANIZATIONS", "STS"];

/// An account and Region to deploy in. MiniStack keeps accounts apart by access keys that are
/// their numbers, as the simulator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The account's 12 digits.
    pub account: String,
    /// The Region.
    pub region: String,
}

/// How MiniStack is started.
#[derive(Debug)]
pub struct MiniStackOptions<'a> {
    /// Where its virtual environment is made once, and kept: a folder under `target`.
    pub cache: &'a Path,
    /// The account and Region of callers that do not say whose they are.
    pub home: Home,
    /// What answers the functions' calls of ECR, ECS, Lambda, Account, Organizations and STS;
    /// MiniStack itself, if absent.
    pub simulator: Option<&'a str>,
    /// Whether it denies what IAM policies do not allow. The simulator then stands behind it, but
    /// for Lambda and STS, which are MiniStack's.
    pub enforce_iam: bool,
    /// How long a call to S3 takes besides what it takes here.
    pub bucket_latency: Duration,
    /// How many functions run at once at most, and the others are throttled; as many as are asked for,
    /// if absent.
    pub functions_at_once: Option<u32>,
}

/// A running MiniStack. It ends with this value, and with this process, and so do the functions
/// that it runs.
#[derive(Debug)]
pub struct MiniStack {
    process: Child,
    endpoint: Endpoint,
    folder: TempDir,
}

impl MiniStack {
    /// Starts MiniStack on a free port of 127.0.0.1. Its virtual environment is made where it is
    /// not there yet. Fails if the simulator is not on a loopback address.
    pub fn start(options: &MiniStackOptions<'_>) -> Result<Self, LocalError> {
        let simulator = options.simulator.map(str::parse::<Endpoint>).transpose()?;
        let python = python::environment(options.cache)?;
        let folder = tempfile::Builder::new()
            .prefix("ministack-")
            .tempdir()
            .map_err(LocalError::file("make", std::env::temp_dir()))?;
        let home = folder.path().join("home");
        fs::create_dir(&home).map_err(LocalError::file("make", &home))?;
        let log = folder.path().join("log");
        let log = File::create(&log).map_err(LocalError::file("make", log))?;
        let endpoint = Endpoint::local(free_port()?);
        let mut command = Command::new(&python);
        command
            .args(["-c", SERVE])
            .current_dir(&home)
            .env_clear()
            .envs(environment(&endpoint, simulator.as_ref(), options))
            .envs([("HOME", &home), ("TMPDIR", &home)])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(LocalError::file("open", folder.path()))?)
            .stderr(log);
        let process = command.spawn().map_err(|source| LocalError::Start {
            program: python.display().to_string(),
            source,
        })?;
        let mut ministack = Self { process, endpoint, folder };
        ministack.wait()?;
        Ok(ministack)
    }

    /// Where it answers.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A folder that is there for as long as MiniStack is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What AWS would have billed so far, a line each: `s3` and a method, or `lambda`, a function, its
    /// MiB and milliseconds. Of a call that was throttled, which costs nothing, `throttled`.
    pub fn bill(&self) -> Result<String, LocalError> {
        let path = self.folder.path().join("bill");
        fs::read_to_string(&path).map_err(LocalError::file("read", path))
    }

    /// The end of what it wrote, for whoever looks for the cause of a failure.
    #[must_use]
    pub fn log(&self) -> String {
        const LINES: usize = 60;
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// The variables with which a program works on this MiniStack as an account's root, and finds
    /// nothing of this machine's credentials, profiles and settings.
    #[must_use]
    pub fn client_environment(&self, home: &Home) -> Vec<(&'static str, String)> {
        let Home { account, region } = home;
        let mut variables = scrubbed();
        variables.extend([
            ("AWS_ENDPOINT_URL", self.endpoint.to_string()),
            ("AWS_ACCESS_KEY_ID", account.clone()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region.clone()),
        ]);
        variables
    }

    fn wait(&mut self) -> Result<(), LocalError> {
        let start = Instant::now();
        while TcpStream::connect(self.endpoint.address()).is_err() {
            let ended = self.process.try_wait().is_ok_and(|status| status.is_some());
            if ended || start.elapsed() > PATIENCE {
                let (endpoint, log) = (self.endpoint.to_string(), self.log());
                return Err(LocalError::Silent { endpoint, log });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for MiniStack {
    /// Closes its standard input, at which it ends itself and its functions.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let start = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if start.elapsed() > PATIENCE {
                let _it_ended_meanwhile = self.process.kill();
                let _it_is_waited_for = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The secret of every access key: MiniStack's own default.
const SECRET: &str = "test";

/// What keeps an SDK from this machine's settings.
pub(crate) fn scrubbed() -> Vec<(&'static str, String)> {
    ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]
        .map(|name| (name, "/dev/null".to_owned()))
        .into_iter()
        .chain([("AWS_EC2_METADATA_DISABLED", "true".to_owned())])
        .collect()
}

/// MiniStack's variables, of which each function gets a copy: so they say where the functions'
/// calls go.
fn environment(
    endpoint: &Endpoint,
    simulator: Option<&Endpoint>,
    options: &MiniStackOptions<'_>,
) -> Vec<(String, std::ffi::OsString)> {
    let (name, path) = path();
    let mut variables = vec![(name.to_owned(), path)];
    let mut set = |name: &str, value: String| variables.push((name.to_owned(), value.into()));
    for (name, value) in scrubbed() {
        set(name, value);
    }
    set("AWS_ENDPOINT_URL", endpoint.to_string());
    match simulator {
        Some(simulator) if options.enforce_iam => {
            set("ECR_SWEEP_SIMULATOR", simulator.to_string());
        }
        Some(simulator) => {
            for service in SIMULATED {
                set(&format!("AWS_ENDPOINT_URL_{service}"), simulator.to_string());
            }
        }
        None => {}
    }
    let Home { account, region } = &options.home;
    set("AWS_ACCESS_KEY_ID", account.clone());
    set("AWS_SECRET_ACCESS_KEY", SECRET.to_owned());
    set("MINISTACK_ACCOUNT_ID", account.clone());
    set("MINISTACK_REGION", region.clone());
    set("BIND_HOST", endpoint.address().ip().to_string());
    set("MINISTACK_HOST", endpoint.address().ip().to_string());
    set("GATEWAY_PORT", endpoint.address().port().to_string());
    set("ECR_SWEEP_BUCKET_SECONDS", options.bucket_latency.as_secs_f64().to_string());
    set("AUTH", options.enforce_iam.to_string());
    set("LOG_LEVEL", "WARNING".to_owned());
    // Listeners that nobody here needs, and a Docker that nobody here has.
    set("IOT_MTLS_ENABLED", "0".to_owned());
    set("SFTP_ENABLED", "0".to_owned());
    set("DOCKER_HOST", "unix:///dev/null".to_owned());
    // Retries do not wait, unless it is for one another that functions wait.
    set(
        "SFN_WAIT_SCALE",
        if options.functions_at_once.is_some() { "0.01" } else { "0" }.to_owned(),
    );
    // None is as many as are asked for.
    set("LAMBDA_ACCOUNT_CONCURRENCY", options.functions_at_once.unwrap_or(0).to_string());
    set("PYTHONDONTWRITEBYTECODE", "1".to_owned());
    set("LANG", "C.UTF-8".to_owned());
    variables
}

fn free_port() -> Result<u16, LocalError> {
    let port = || -> io::Result<u16> {
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
    };
    port().map_err(LocalError::file("listen on", PathBuf::from("127.0.0.1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulator_elsewhere_is_refused_before_anything_starts() {
        let home = Home { account: "111122223333".to_owned(), region: "eu-west-1".to_owned() };
        let refused = MiniStack::start(&MiniStackOptions {
            cache: Path::new("/nowhere"),
            home,
            simulator: Some("https://ecr.eu-west-1.amazonaws.com"),
            enforce_iam: false,
            bucket_latency: Duration::ZERO,
            functions_at_once: None,
        });
        assert!(matches!(refused, Err(LocalError::Endpoint(_))), "{refused:?}");
    }
}
