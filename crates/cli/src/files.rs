//! Reads the files that commands are given.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::Path;
use std::sync::Mutex;

use ecr_sweep_policy::{self as policy, MAX_POLICY_BYTES, PolicyFile, Use};
use ecr_sweep_protocol::{ExitCode, Snapshot, snapshot};

use crate::diagnostics;
use crate::failure::Failure;
use crate::offline::Text;

/// A longer snapshot is not read into memory to be planned from.
const HELD: u64 = 64 << 20;

/// The most that a text may have.
const MOST_OF_A_TEXT: u64 = MAX_POLICY_BYTES as u64;

/// The most that a snapshot may have that is no file: a device has no end, nor may a pipe have one.
const MOST_OF_A_PIPE: u64 = 1 << 30;

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

/// Reads a text of at most 1 MiB.
pub fn text(what: &str, path: &Path, next: &str) -> Result<String, Failure> {
    utf8(&format!("the {what} `{}`", path.display()), read(what, path, MOST_OF_A_TEXT, next)?, next)
}

/// Reads a text of at most 1 MiB from standard input.
pub fn standard_input(next: &str) -> Result<String, Failure> {
    const NAME: &str = "standard input";
    let read = within(NAME, MOST_OF_A_TEXT, io::stdin().lock(), next);
    let cannot = |error| Failure::invalid("cannot read standard input").because(error).next(next);
    utf8(NAME, read.map_err(cannot)??, next)
}

fn utf8(name: &str, bytes: Vec<u8>, next: &str) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        Failure::invalid(format!("{name} is not UTF-8 text")).because(error.utf8_error()).next(next)
    })
}

/// Reads a snapshot.
pub fn snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let bytes = read_snapshot(path)?;
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
    Ok(Text::Held(read_snapshot(path)?))
}

fn read_snapshot(path: &Path) -> Result<Vec<u8>, Failure> {
    let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
    let most = if is_file { u64::MAX } else { MOST_OF_A_PIPE };
    read("snapshot", path, most, NEXT_SNAPSHOT)
}

fn read(what: &str, path: &Path, most: u64, next: &str) -> Result<Vec<u8>, Failure> {
    let name = format!("the {what} `{}`", path.display());
    let read = File::open(path).and_then(|file| within(&name, most, file, next));
    let bytes = read.map_err(|error| cannot_read(what, path, error).next(next))??;
    if bytes.is_empty() {
        return Err(Failure::invalid(format!("{name} is empty")).next(next));
    }
    Ok(bytes)
}

/// All that there is, or a failure where that is more.
fn within(
    name: &str,
    most: u64,
    from: impl Read,
    next: &str,
) -> io::Result<Result<Vec<u8>, Failure>> {
    let mut bytes = Vec::new();
    if from.take(most.saturating_add(1)).read_to_end(&mut bytes)? as u64 <= most {
        return Ok(Ok(bytes));
    }
    let message = format!("{name} has more than {most} bytes");
    Ok(Err(Failure::invalid(message).next(next)))
}

fn cannot_read(what: &str, path: &Path, error: io::Error) -> Failure {
    let name = path.display();
    match error.kind() {
        ErrorKind::NotFound => Failure::invalid(format!("there is no {what} `{name}`")),
        ErrorKind::IsADirectory => Failure::invalid(format!("the {what} `{name}` is a directory")),
        _ => Failure::invalid(format!("cannot read the {what} `{name}`")).because(error),
    }
}
