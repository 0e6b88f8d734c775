//! moto's server, in a virtual environment of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const REQUIREMENTS: &str = include_str!("requirements.txt");
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it ends with this value.
pub(crate) struct Moto {
    python: PathBuf,
    process: Child,
    port: u16,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let python = environment();
        let port = free_port();
        let process = Command::new(&python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { python, process, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs one of the scripts beside this file, and reads the JSON that it prints.
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> serde_json::Value {
        let output = Command::new(&self.python)
            .arg(folder().join(name))
            .arg(self.endpoint())
            .args(arguments)
            .output()
            .expect("the script starts");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {problem}");
        serde_json::from_slice(&output.stdout).expect("the script prints JSON")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().expect("moto can be stopped");
        self.process.wait().expect("moto ends");
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("the port is known").port()
}

/// The interpreter of the virtual environment, made where it is not there yet.
fn environment() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    let python = folder.join("bin/python");
    let done = folder.join("requirements.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == REQUIREMENTS) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let requirements = self::folder().join("requirements.txt");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements));
    std::fs::write(done, REQUIREMENTS).expect("the environment can be written to");
    python
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}
