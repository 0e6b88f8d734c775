//! The functions as processes.

use std::fs;
use std::process::Command;

/// Kills every process of a function, as Lambda does with one that needs too much memory. Says
/// whether there was one.
pub(crate) fn kill(function: &str, endpoint: &str) -> bool {
    let function = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let endpoint = format!("AWS_ENDPOINT_URL={endpoint}");
    let mut killed = false;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Processes come and go, and those of others are none of our business.
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        let environment = String::from_utf8_lossy(&environment);
        let has = |variable: &str| environment.split('\0').any(|it| it == variable);
        if name.parse::<u32>().is_ok() && has(&function) && has(&endpoint) {
            let status = Command::new("kill").args(["-KILL", &name]).status().unwrap();
            killed |= status.success();
        }
    }
    killed
}
