//! A Step Functions that gives the answers that it was told to, and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What was asked: the operation, and its input.
pub type Asked = (String, Value);

/// The server. It ends with the process.
pub struct States {
    pub endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl States {
    /// Answers each operation with its answers in turn, the last one again and again.
    pub fn start(answers: &[(&str, &[Value])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let answers: Vec<(String, Vec<Value>)> = answers
            .iter()
            .map(|(operation, answers)| ((*operation).to_owned(), answers.to_vec()))
            .collect();
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                answer(connection.unwrap(), &answers, &log);
            }
        });
        Self { endpoint, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// An error, as the service says it.
pub fn error(code: &str) -> Value {
    json!({ "__type": format!("com.amazonaws.swf.service.v2.model#{code}"), "message": "not now" })
}

/// An execution in this state.
pub fn execution(status: &str, error: Option<&str>) -> Value {
    let mut execution = json!({
        "executionArn": "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:e",
        "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:ecr-sweep",
        "status": status,
        "startDate": 1_800_000_000,
    });
    if let Some(error) = error {
        execution["error"] = error.into();
        execution["cause"] = "as it is told".into();
    }
    execution
}

/// An execution that was started.
pub fn started() -> Value {
    json!({
        "executionArn": "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:e",
        "startDate": 1_800_000_000,
    })
}

fn answer(mut connection: TcpStream, answers: &[(String, Vec<Value>)], log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(&connection);
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => value.rsplit('.').next().unwrap().clone_into(&mut operation),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let input = serde_json::from_slice(&body).unwrap();
    let mut log = log.lock().unwrap();
    let before = log.iter().filter(|(asked, _)| *asked == operation).count();
    log.push((operation.clone(), input));
    let (_, answers) = answers.iter().find(|(name, _)| *name == operation).unwrap();
    let answer = answers.get(before).or(answers.last()).unwrap();
    let status = if answer.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
    let body = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all((head + &body).as_bytes()).unwrap();
}
