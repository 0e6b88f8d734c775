//! A run store in a bucket: S3 is moto's, everything else the simulated account.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::world::World;
use crate::command::{Ended, ended};
use crate::moto::Moto;

const S3: &str = "\
import boto3, json, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1',
                  aws_access_key_id='test', aws_secret_access_key='test')
";
const MAKE: &str = "print(json.dumps(s3.create_bucket(Bucket='sweeps')['Location']))";
const LIST: &str = "print(json.dumps([o['Key'] for o in s3.list_objects_v2(Bucket='sweeps').get('Contents', [])]))";

/// A simulated account, and a bucket `sweeps`.
pub struct Bucket {
    moto: Moto,
    pub world: World,
}

impl Bucket {
    pub fn make() -> Self {
        let bucket = Self { moto: Moto::start(), world: World::new() };
        bucket.python(MAKE);
        bucket
    }

    fn python(&self, act: &str) -> Value {
        let mut command = self.moto.python();
        let output =
            command.arg("-c").arg(format!("{S3}{act}")).arg(self.moto.endpoint()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command.env("AWS_ENDPOINT_URL_S3", self.moto.endpoint());
        command
    }

    /// An object, word for word.
    pub fn get(&self, key: &str) -> String {
        let read = format!("s3.get_object(Bucket='sweeps', Key={key:?})['Body'].read().decode()");
        self.python(&format!("print(json.dumps({read}))")).as_str().unwrap().to_owned()
    }

    /// Writes an object as somebody else does.
    pub fn put(&self, key: &str, body: &Value) {
        let body = body.to_string();
        self.python(&format!(
            "print(json.dumps(bool(s3.put_object(Bucket='sweeps', Key={key:?}, Body={body:?}))))"
        ));
    }

    /// What the objects are called, with `RUN` for the run.
    fn objects(&self) -> BTreeSet<String> {
        let objects = self.python(LIST);
        let objects = objects.as_array().unwrap().iter().map(|key| key.as_str().unwrap());
        objects
            .map(|object| {
                let mut parts: Vec<&str> = object.split('/').collect();
                if let [_, "sweeps", run, ..] = &mut parts[..] {
                    *run = "RUN";
                }
                parts.join("/")
            })
            .collect()
    }
}

#[test]
fn a_run_keeps_its_documents_in_a_bucket_and_no_folder() {
    let bucket = Bucket::make();
    let run = bucket.run(&["run", "--yes", "--store", "s3://sweeps/home/"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(bucket.world.tags(), BTreeSet::from(["v2", "v5", "v6", "v7"].map(String::from)));
    assert!(run.stderr.contains("are stored in s3://sweeps/home/sweeps/"), "{}", run.stderr);
    let objects = bucket.objects();
    for object in [
        "home/lock.json",
        "home/sweeps/RUN/summary.json",
        "home/sweeps/RUN/plans/111122223333/eu-west-1/dev/app.json",
        "home/sweeps/RUN/receipts/111122223333/eu-west-1/dev/app.json",
    ] {
        assert!(objects.contains(object), "{object} is not in {objects:#?}");
    }
    assert!(objects.iter().all(|object| object.starts_with("home/")), "{objects:#?}");
    assert!(!bucket.world.path().join(".ecr-sweep").exists());
}

#[test]
fn commands_that_change_nothing_work_with_a_bucket() {
    let bucket = Bucket::make();
    let plan = bucket.run(&["plan", "--store", "s3://sweeps"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let note = plan.stderr.lines().find(|line| line.starts_with("note: ")).unwrap();
    assert!(note.contains("stored in s3://sweeps/sweeps/"), "{note}");
    let explained = bucket.run(&["explain", "dev/app:v2", "--store", "s3://sweeps"]);
    assert_eq!(explained.code, Some(0), "{}", explained.stderr);
    assert!(explained.stdout.contains("used-by-lambda-version"), "{}", explained.stdout);
    assert_eq!(bucket.world.changes(), Vec::<String>::new());
}

#[test]
fn a_bucket_that_is_not_there_is_told_with_the_next_step() {
    let bucket = Bucket::make();
    let run = bucket.run(&["run", "--yes", "--store", "s3://nobodys/home"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    for part in ["s3://nobodys/home/", "NoSuchBucket", "next: create the bucket `nobodys`"] {
        assert!(run.stderr.contains(part), "`{part}` is not in: {}", run.stderr);
    }
    assert_eq!(bucket.world.changes(), Vec::<String>::new());
}
