//! moto's server, in a virtual environment of its own. The tests of several crates include this.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const REQUIREMENTS: &str = include_str!("requirements.txt");
const SERVE: &str = include_str!("serve.py");
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it ends with this value, and with the process.
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
            .args(["-c", SERVE, &port.to_string()])
            .stdin(Stdio::piped())
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

    /// The interpreter that has moto, and boto3.
    #[expect(clippy::allow_attributes, reason = "some who include this have no scripts to run")]
    #[allow(dead_code, reason = "some who include this have no scripts to run")]
    pub(crate) fn python(&self) -> Command {
        Command::new(&self.python)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().expect("moto can be stopped");
        self.process.wait().expect("moto ends");
    }
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
    // Whoever comes second waits for it, instead of making it again.
    let lock = File::create(folder.with_extension("lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == REQUIREMENTS) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let requirements = folder.join("wanted.txt");
    fs::write(&requirements, REQUIREMENTS).expect("the environment can be written to");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements));
    fs::rename(requirements, done).expect("the environment can be written to");
    python
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}
