//! Whether a program reads the result: then it reads what ends the command, too.

use std::env;
use std::ffi::{OsStr, OsString};

/// Whether the command line, or else the variable, asks for JSON. Of a line that is not well formed, too.
pub fn wants_json() -> bool {
    let line: Vec<OsString> = env::args_os().collect();
    asks_for_json(&line, env::var_os("ECR_SWEEP_FORMAT").as_deref())
}

fn asks_for_json(line: &[OsString], variable: Option<&OsStr>) -> bool {
    let mut said = variable.map(OsStr::to_os_string);
    for (at, word) in line.iter().enumerate() {
        if word == "--" {
            break;
        }
        if word == "--format" {
            said = line.get(at + 1).cloned();
        } else if let Some(form) = word.to_str().and_then(|word| word.strip_prefix("--format=")) {
            said = Some(form.into());
        }
    }
    said.is_some_and(|form| form == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_says_it_else_the_variable() {
        let asks = |line: &str, variable: Option<&str>| {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            asks_for_json(&line, variable.map(OsStr::new))
        };
        assert!(asks("ecr-sweep plan --format json", None));
        assert!(asks("ecr-sweep plan --format=json", Some("table")));
        assert!(asks("ecr-sweep plan", Some("json")));
        assert!(asks("ecr-sweep plan --nonsense --format json", None));
        assert!(!asks("ecr-sweep plan --format table", Some("json")));
        assert!(!asks("ecr-sweep report latest --format csv", None));
        assert!(!asks("ecr-sweep plan --format", None));
        assert!(!asks("ecr-sweep explain -- --format json", None));
        assert!(!asks("ecr-sweep plan --log-format json", None));
    }
}
