//! moto's server, in a virtual environment of its own. The tests of several crates include this.

#[path = "../python.rs"]
mod python;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use python::environment;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const SERVE: &str = include_str!("serve.py");
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it ends with this value, and with the process.
pub(crate) struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let port = free_port();
        let process = environment("moto", REQUIREMENTS)
            .args(["-c", SERVE, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { process, port };
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
    #[allow(
        clippy::unused_self,
        dead_code,
        reason = "some who include this have no scripts to run"
    )]
    pub(crate) fn python(&self) -> Command {
        environment("moto", REQUIREMENTS)
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
