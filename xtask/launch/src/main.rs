//! `cargo xtask`: builds the chores together with what they run, and runs them.
//!
//! Cargo unifies the features of what one command builds. Two commands that build serde with other
//! features build it twice, and everything above it. So this program depends on nothing, and builds
//! by one command what a chore needs.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// What a chore needs, and where cargo puts it.
struct Build {
    arguments: &'static [&'static str],
    folder: &'static str,
}

/// The chores, and the command with what the demo needs of it.
const DEMO: Build = Build {
    arguments: &[
        "build",
        "--profile",
        "demo",
        "--no-default-features",
        "--package",
        "xtask",
        "--package",
        "ecr-sweep-cli",
    ],
    folder: "demo",
};

/// Everything, as the tests build it.
const WORKSPACE: Build =
    Build { arguments: &["build", "--workspace", "--all-targets", "--locked"], folder: "debug" };

const CHORES: Build =
    Build { arguments: &["build", "--quiet", "--package", "xtask"], folder: "debug" };

impl Build {
    fn of(chore: &[OsString]) -> Self {
        let is = |name: &str| chore.first().is_some_and(|first| first == name);
        if is("demo") && chore.len() == 1 {
            DEMO
        } else if is("test") || is("e2e") || is("demo") {
            WORKSPACE
        } else {
            CHORES
        }
    }
}

fn main() -> ExitCode {
    let chore: Vec<OsString> = env::args_os().skip(1).collect();
    let build = Build::of(&chore);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let code =
        run(Command::new(cargo).current_dir(root.unwrap_or(Path::new("."))).args(build.arguments));
    if code != ExitCode::SUCCESS {
        return code;
    }
    // It is itself in a folder of the target folder, wherever that is.
    let Ok(launcher) = env::current_exe() else {
        eprintln!("cannot tell where cargo puts programs");
        return ExitCode::FAILURE;
    };
    let target = launcher.ancestors().nth(2).unwrap_or(Path::new("target"));
    run(Command::new(target.join(build.folder).join("xtask")).args(chore))
}

/// Runs a program to its end, and gives its exit code.
fn run(command: &mut Command) -> ExitCode {
    match command.status() {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            code.map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            eprintln!("cannot start {command:?}: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(chore: &[&str]) -> (&'static str, bool) {
        let chore: Vec<OsString> = chore.iter().map(Into::into).collect();
        let build = Build::of(&chore);
        (build.folder, build.arguments.contains(&"--workspace"))
    }

    #[test]
    fn a_chore_is_built_with_what_it_runs() {
        assert_eq!(folder(&["demo"]), ("demo", false));
        assert_eq!(folder(&["demo", "--deployed"]), ("debug", true));
        assert_eq!(folder(&["test"]), ("debug", true));
        assert_eq!(folder(&["bench", "offline"]), ("debug", false));
        assert_eq!(folder(&[]), ("debug", false));
    }
}
