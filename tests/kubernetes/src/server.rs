//! The server, and the calls of its administrator.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::program::build;

/// The token of who may do everything.
pub const ADMIN_TOKEN: &str = "admin-token";
/// The user that may do what is bound to this name.
pub const READER: &str = "reader";
/// The token of that user, who has a certificate, too.
pub const READER_TOKEN: &str = "reader-token";

/// How long what is told may take to count.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server; it ends with this value, and with the process.
pub struct ApiServer {
    process: Child,
    answers: BufReader<ChildStdout>,
    address: String,
    folder: tempfile::TempDir,
}

/// A call of the administrator's.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Such as `POST`.
    pub method: &'static str,
    /// Such as `/api/v1/namespaces/default/pods`.
    pub path: String,
    /// The form of the body.
    #[serde(rename = "type")]
    pub form: &'static str,
    /// The body.
    pub body: String,
}

/// What a call gave.
#[derive(Debug, Deserialize)]
struct Answer {
    status: u16,
    body: String,
}

impl ApiServer {
    /// Starts one that is ready, and has nothing but what each has. `cache` is where its program is
    /// kept; `flags` are kube-apiserver's.
    #[must_use]
    pub fn start(cache: &Path, flags: &[&str]) -> Self {
        let program = build(cache);
        let folder = tempfile::tempdir().expect("a folder");
        let log = File::create(folder.path().join("log")).expect("a log");
        let mut process = Command::new(program)
            .arg("serve")
            .arg(folder.path())
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the API server starts");
        let answers = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        // In place before it is heard: the process has to end in any case.
        let mut server = Self { process, answers, address: String::new(), folder };
        let line = server.read_line();
        let address = line.trim_end().strip_prefix("listening on ");
        server.address = address.unwrap_or_else(|| panic!("{line}{}", server.log())).to_owned();
        server
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder that it serves from, which `kubernetes list` is told.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of the certificates that it is known by.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder().join("apiserver.crt")
    }

    /// The files of [`READER`]'s certificate and of its key.
    #[must_use]
    pub fn client_certificate(&self) -> [PathBuf; 2] {
        ["client.crt", "client.key"].map(|name| self.folder().join(name))
    }

    /// A kubeconfig of one context that is current, in which the cluster has this name and the user
    /// these fields.
    #[must_use]
    pub fn kubeconfig(&self, cluster: &str, user: &Value) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{ "name": "here", "context": { "cluster": cluster, "user": "me" } }],
            "clusters": [{ "name": cluster, "cluster": {
                "server": self.address, "certificate-authority": self.authority(),
            } }],
            "users": [{ "name": "me", "user": user }],
        })
    }

    /// Makes calls, some at once, of which each has to be answered by this status. Gives the answers.
    pub fn make(&mut self, calls: &[Call], expected: u16) -> Vec<Value> {
        let answers = self.ask(calls);
        let told = calls.iter().zip(&answers);
        for (Call { method, path, .. }, Answer { status, body }) in told {
            assert!(*status == expected, "{method} {path}: {status}: {body}");
        }
        let read = |it: &Answer| serde_json::from_str(&it.body).expect("answers are JSON");
        answers.iter().map(read).collect()
    }

    /// The status that a call is answered by.
    pub fn status(&mut self, call: &Call) -> u16 {
        self.ask(std::slice::from_ref(call))[0].status
    }

    /// Waits until these are all served.
    pub fn wait_for(&mut self, paths: &[&str]) {
        self.wait(&format!("{paths:?} to be served"), |server| {
            paths.iter().all(|path| server.status(&Call::get(path)) == 200)
        });
    }

    /// Waits until somebody may list a resource: what is bound counts a moment later.
    pub fn wait_until_allowed(&mut self, user: &str, group: &str, resource: &str) {
        let review = Call::review(user, group, resource);
        self.wait(&format!("{user} to be allowed {resource}"), |server| {
            server.make(std::slice::from_ref(&review), 201)[0]["status"]["allowed"] == true
        });
    }

    /// Waits until something is so.
    pub fn wait(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets etcd forget all revisions but the newest.
    pub fn compact(&mut self) {
        let answers = self.ask(&[Call::new("COMPACT", "/", "", "")]);
        assert!(answers[0].status == 200, "{answers:?}");
    }

    fn ask(&mut self, calls: &[Call]) -> Vec<Answer> {
        let mut text = serde_json::to_vec(calls).expect("calls are JSON");
        text.push(b'\n');
        let input = self.process.stdin.as_mut().expect("its input is a pipe");
        input.write_all(&text).expect("it listens");
        let line = self.read_line();
        let answers: Vec<Answer> = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error}: {line}{}", self.log()));
        assert_eq!(answers.len(), calls.len());
        answers
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("its output can be read");
        line
    }

    /// What it has said.
    fn log(&self) -> String {
        fs::read_to_string(self.folder().join("log")).expect("the log can be read")
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _it_ended_before = self.process.kill();
        let _it_is_waited_for = self.process.wait();
    }
}
