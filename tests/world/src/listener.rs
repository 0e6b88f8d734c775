//! A stand-in for Slack, Teams and other endpoints that take notices, on this machine: it holds what it
//! gets to the limits that the services publish, and can be told to answer otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// Its headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

impl Received {
    /// Its body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// A header.
        header: Option<(&'static str, String)>,
        /// Its body.
        body: String,
    },
    /// Nothing, while the connection stays.
    Hang,
    /// The end of the connection.
    Close,
}

impl Reply {
    /// An answer with this status and body.
    #[must_use]
    pub fn of(status: u16, body: &str) -> Self {
        Self::Answer { status, header: None, body: body.to_owned() }
    }

    /// An answer with this header, too.
    #[must_use]
    pub fn with(status: u16, header: &'static str, value: &str) -> Self {
        Self::Answer { status, header: Some((header, value.to_owned())), body: String::new() }
    }
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// What the next requests of a path are answered with; after them, as the service would.
    replies: BTreeMap<String, VecDeque<Reply>>,
}

/// A listener. Paths that begin with `/services/` are webhooks of Slack, with `/api/` its methods, with
/// `/teams/` workflows of Teams; all others take everything.
#[derive(Clone)]
pub struct Listener {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Listener {
    /// Starts one; it ends with the process.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), shared.clone());
                thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Self { address, state }
    }

    /// Its address with a path.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Answers the next requests of a path so.
    pub fn reply(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut state = self.state.lock().unwrap();
        state.replies.entry(path.to_owned()).or_default().extend(replies);
    }

    /// What came to a path so far.
    #[must_use]
    pub fn received(&self, path: &str) -> Vec<Received> {
        let received = &self.state.lock().unwrap().received;
        received.iter().filter(|it| it.path == path).cloned().collect()
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let received = Received { path, headers, body: String::from_utf8(body).unwrap() };
    let reply = {
        let mut state = state.lock().unwrap();
        let told = state.replies.get_mut(&received.path).and_then(VecDeque::pop_front);
        let reply = told.unwrap_or_else(|| as_served(&received));
        state.received.push(received);
        reply
    };
    let mut stream = reader.into_inner();
    match reply {
        Reply::Hang => thread::sleep(Duration::from_mins(10)),
        Reply::Close => {}
        Reply::Answer { status, header, body } => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            let _ = write!(head, "content-length: {}\r\n", body.len());
            if let Some((name, value)) = header {
                let _ = write!(head, "{name}: {value}\r\n");
            }
            stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        }
    }
    Ok(())
}

/// What the service answers.
fn as_served(received: &Received) -> Reply {
    let Received { path, headers, body } = received;
    let Ok(json) = serde_json::from_str::<Value>(body) else { return Reply::of(400, "no_json") };
    if path.starts_with("/services/") {
        return match problem_of_slack(&json) {
            None => Reply::of(200, "ok"),
            Some(code) => Reply::of(400, code),
        };
    }
    if path.starts_with("/api/") {
        let error = |code: &str| Reply::of(200, &format!(r#"{{"ok":false,"error":"{code}"}}"#));
        if !headers.get("authorization").is_some_and(|it| it.starts_with("Bearer xoxb-")) {
            return error("invalid_auth");
        }
        if !json["channel"].is_string() {
            return error("channel_not_found");
        }
        return match problem_of_slack(&json) {
            None => Reply::of(200, r#"{"ok":true,"ts":"1.2"}"#),
            Some(code) => error(code),
        };
    }
    if path.starts_with("/teams/") {
        // <https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams>
        let status = if body.len() > 28 * 1024 { 413 } else { 202 };
        return Reply::of(status, "");
    }
    Reply::of(204, "")
}

/// What Slack has against a message.
///
/// <https://docs.slack.dev/reference/block-kit/blocks>
fn problem_of_slack(message: &Value) -> Option<&'static str> {
    let Some(text) = message["text"].as_str() else { return Some("no_text") };
    if text.chars().count() > 40_000 {
        return Some("msg_too_long");
    }
    let blocks = message["blocks"].as_array()?;
    let is_good = |block: &Value| {
        let most = match block["type"].as_str() {
            Some("header") => 150,
            Some("section") => 3_000,
            _ => return false,
        };
        let text = block["text"]["text"].as_str().unwrap_or_default();
        block["text"]["type"] == "plain_text" && (1..=most).contains(&text.chars().count())
    };
    let all: usize = blocks.iter().map(|it| it.to_string().len()).sum();
    if all > 13_000 {
        return Some("msg_blocks_too_long");
    }
    (blocks.len() > 50 || !blocks.iter().all(is_good)).then_some("invalid_blocks")
}
