//! Reads the files that commands are given.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::Mutex;

use ecr_sweep_policy::{self as policy, PolicyFile, Use};
use ecr_sweep_protocol::{ExitCode, Snapshot, snapshot};

use crate::diagnostics;
use crate::failure::Failure;
use crate::offline::Text;

/// A longer snapshot is not read into memory to be planned from.
const HELD: u64 = 64 << 20;

const NEXT_SNAPSHOT: &str =
    "`ecr-sweep snapshot -o FILE` records one; `ecr-sweep schema snapshot` prints what it may say";

/// Reads a policy, and tells what is odd about it. Gives its text, too.
pub fn policy(path: &Path, use_of: Use) -> Result<(PolicyFile, String), Failure> {
    let next = "name the policy with `--policy FILE`; `ecr-sweep init` writes a first one, `ecr-sweep schema policy` prints what it may say";
    let text = text("policy", path, next)?;
    let name = path.display().to_string();
    match policy::read(&name, &text, use_of) {
        Ok(file) => {
            tracing::info!(
                policy = name,
                rules = file.policy.repositories.len(),
                "read the policy"
            );
            diagnostics::warn(&name, &file.warnings);
            Ok((file, text))
        }
        Err(errors) => Err(Failure::Policy { errors, text }),
    }
}

/// Reads a text.
pub fn text(what: &str, path: &Path, next: &str) -> Result<String, Failure> {
    String::from_utf8(read(what, path, next)?).map_err(|error| {
        let message = format!("the {what} `{}` is not UTF-8 text", path.display());
        Failure::invalid(message).because(error.utf8_error()).next(next)
    })
}

/// Reads a snapshot.
pub fn snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let bytes = read("snapshot", path, NEXT_SNAPSHOT)?;
    let name = path.display().to_string();
    let snapshot = snapshot::read(&name, &bytes).map_err(|error| {
        Failure::invalid(format!("cannot use the snapshot `{name}`: {}", error.problem))
            .next(NEXT_SNAPSHOT)
    })?;
    tracing::info!(
        snapshot = name,
        registries = snapshot.registries.len(),
        rows = snapshot.usage.len(),
        "read the snapshot"
    );
    Ok(snapshot)
}

/// What keeps a file from being written.
pub type WriteError = Box<dyn std::error::Error + Send + Sync>;

/// Writes a file beside its place first, then into it: it is whole or not there.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<(), WriteError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text)?;
    file.persist(path)?;
    Ok(())
}

/// Writes a text to a file that is not there, unless it may be overwritten.
pub fn write_new(what: &str, path: &Path, text: &str, overwrite: bool) -> Result<(), Failure> {
    let name = path.display();
    let cannot = |error: WriteError| {
        Failure::new(ExitCode::Failed, format!("cannot write the {what} `{name}`"))
            .because(error)
            .next("name a file in a folder that is there and can be written, with `-o FILE`")
    };
    if overwrite {
        return write_whole(path, text.as_bytes()).map_err(cannot);
    }
    match File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(|error| cannot(error.into())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(is_there(path)),
        Err(error) => Err(cannot(error.into())),
    }
}

/// Refuses a file that is there, unless it may be overwritten: before anything is done for it.
pub fn is_free(path: &Path, overwrite: bool) -> Result<(), Failure> {
    if !overwrite && path.exists() { Err(is_there(path)) } else { Ok(()) }
}

fn is_there(path: &Path) -> Failure {
    Failure::invalid(format!("there is a file `{}` already", path.display()))
        .next("name another with `-o FILE`, or add `--overwrite`")
}

/// Opens a snapshot to be planned from. What is no file, such as a pipe, is read into memory.
pub fn snapshot_text(path: &Path) -> Result<Text, Failure> {
    let is_long = |it: std::fs::Metadata| it.is_file() && it.len() > HELD;
    if std::fs::metadata(path).is_ok_and(is_long) {
        let file = File::open(path)
            .map_err(|error| cannot_read("snapshot", path, error).next(NEXT_SNAPSHOT))?;
        return Ok(Text::File(Mutex::new(file)));
    }
    Ok(Text::Held(read("snapshot", path, NEXT_SNAPSHOT)?))
}

fn read(what: &str, path: &Path, next: &str) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(what, path, error).next(next))?;
    if bytes.is_empty() {
        let name = path.display();
        return Err(Failure::invalid(format!("the {what} `{name}` is empty")).next(next));
    }
    Ok(bytes)
}

fn cannot_read(what: &str, path: &Path, error: io::Error) -> Failure {
    let name = path.display();
    match error.kind() {
        ErrorKind::NotFound => Failure::invalid(format!("there is no {what} `{name}`")),
        ErrorKind::IsADirectory => Failure::invalid(format!("the {what} `{name}` is a directory")),
        _ => Failure::invalid(format!("cannot read the {what} `{name}`")).because(error),
    }
}
