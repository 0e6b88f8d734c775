//! A program, the simulated organization that it is run on, and where its documents are.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use miette::IntoDiagnostic;
use serde_json::Value;

use super::simulated::{Asked, BUCKET, BUCKET_LATENCY, Pace, Simulated};
use super::watch::{self, Taken};
use super::{POLICY, organization};
use crate::run::target;

/// What a run of a program may end with: done; a dry run with something in the way.
const GOOD: [i32; 2] = [0, 3];

/// Where the documents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Folder,
    Bucket,
}

/// An organization, new, and a store with nothing in it.
pub(crate) struct Setting {
    simulated: Simulated,
    folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) latency: Duration,
}

/// What a run took and what it did.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) taken: Taken,
    pub(crate) asked: Asked,
    /// How many images of each repository are gone.
    pub(crate) gone: BTreeMap<String, u64>,
}

impl Setting {
    /// One in which a call to S3 takes [`BUCKET_LATENCY`].
    pub(crate) fn of(snapshot: &Snapshot, latency: Duration, store: Store) -> miette::Result<Self> {
        Self::with(snapshot, Pace { latency, bucket_latency: BUCKET_LATENCY, rates: &[] }, store)
    }

    pub(crate) fn with(snapshot: &Snapshot, pace: Pace<'_>, store: Store) -> miette::Result<Self> {
        let folder = folder()?;
        let kept = folder.join("store");
        if kept.exists() {
            std::fs::remove_dir_all(&kept).into_diagnostic()?;
        }
        std::fs::write(folder.join(POLICY), organization::POLICY).into_diagnostic()?;
        let simulated = Simulated::start(snapshot, pace, &folder)?;
        Ok(Self { simulated, folder, store, latency: pace.latency })
    }

    /// Writes a file beside the policy.
    pub(crate) fn write(&self, name: &str, text: &str) -> miette::Result<()> {
        std::fs::write(self.folder.join(name), text).into_diagnostic()
    }

    /// Makes a call to the registry.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> miette::Result<Value> {
        self.simulated.call(operation, input)
    }

    /// Reads what is at a URL of the simulator's.
    pub(crate) fn open(&self, url: &str) -> miette::Result<impl Read> {
        self.simulated.open(url)
    }

    /// Runs `ecr-sweep` with these arguments, which name the policy [`POLICY`].
    pub(crate) fn sweep(&self, arguments: &[&str]) -> miette::Result<Measured> {
        let mut command = Command::new(target("release").join("ecr-sweep"));
        command.args(arguments);
        self.run(&mut command)
    }

    /// Runs any program, in a folder of its own, with the organization as its AWS and with nothing of
    /// this machine's settings.
    pub(crate) fn run(&self, command: &mut Command) -> miette::Result<Measured> {
        let store = match self.store {
            Store::Folder => self.kept().into_os_string(),
            Store::Bucket => format!("s3://{BUCKET}").into(),
        };
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("ECR_SWEEP_STORE", store)
            .env("AWS_ENDPOINT_URL", self.simulated.endpoint())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "simulated")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let before = self.simulated.images()?;
        self.simulated.asked()?;
        let taken = watch::watch(command, &GOOD, &self.folder.join("errors.txt"))?;
        let asked = self.simulated.asked()?;
        let after = self.simulated.images()?;
        let left = |repository: &String| after.get(repository).copied().unwrap_or_default();
        let gone = before.into_iter().map(|(repository, images)| {
            let left = left(&repository);
            (repository, images - left)
        });
        Ok(Measured { taken, asked, gone: gone.collect() })
    }

    /// The bytes of all documents that are in the folder.
    pub(crate) fn kept_bytes(&self) -> miette::Result<u64> {
        length(&self.kept())
    }

    /// Where the documents are, if they are in a folder.
    fn kept(&self) -> PathBuf {
        self.folder.join("store")
    }
}

impl Measured {
    /// How often an operation was asked for.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.asked.calls.get(operation).copied().unwrap_or_default()
    }

    /// How often it was throttled.
    pub(crate) fn throttled(&self, operation: &str) -> u64 {
        self.asked.throttled.get(operation).copied().unwrap_or_default()
    }

    /// How many images are gone.
    pub(crate) fn gone(&self) -> u64 {
        self.gone.values().sum()
    }

    /// The least calls in which these images can be deleted: a hundred images of one repository each.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html>
    pub(crate) fn least_deletions(&self) -> u64 {
        self.gone.values().map(|images| images.div_ceil(100)).sum()
    }
}

/// Where measurements keep their files.
pub(crate) fn folder() -> miette::Result<PathBuf> {
    let folder = target("bench");
    std::fs::create_dir_all(&folder).into_diagnostic()?;
    Ok(folder)
}

fn length(path: &Path) -> miette::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(path).into_diagnostic()? {
        let entry = entry.into_diagnostic()?;
        let is_folder = entry.file_type().into_diagnostic()?.is_dir();
        sum += if is_folder {
            length(&entry.path())?
        } else {
            entry.metadata().into_diagnostic()?.len()
        };
    }
    Ok(sum)
}
