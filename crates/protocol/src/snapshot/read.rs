//! Reading a snapshot.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::error::Category;

use super::Snapshot;
use super::error::{SnapshotError, SnapshotProblem};
use super::validate::validate;

/// The version of the snapshot's format.
pub const SNAPSHOT_VERSION: u32 = 1;

/// Reads a snapshot and checks that it can be true. `name` is what errors call the file.
pub fn read(name: &str, bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Checking the whole text once is faster than each string in it.
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str::<Snapshot>(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    let problem = match read {
        Ok(snapshot) if snapshot.schema_version != SNAPSHOT_VERSION => {
            version(&snapshot.schema_version.into())
        }
        Ok(snapshot) => match validate(&snapshot) {
            contradictions if contradictions.is_empty() => return Ok(snapshot),
            contradictions => SnapshotProblem::Contradictions(contradictions),
        },
        // Telling where costs several times the reading, so only a bad file pays for it.
        Err(error) => diagnose(bytes, &error),
    };
    Err(SnapshotError { name: name.to_owned(), problem })
}

/// What tells one kind of document from another.
#[derive(Deserialize)]
struct Outline {
    schema_version: Option<Value>,
    registries: Option<IgnoredAny>,
    plans: Option<IgnoredAny>,
    repositories: Option<IgnoredAny>,
    #[serde(rename = "$schema")]
    schema: Option<IgnoredAny>,
}

fn diagnose(bytes: &[u8], error: &serde_json::Error) -> SnapshotProblem {
    if let Some(problem) = no_object(bytes) {
        return problem;
    }
    let outline = match serde_json::from_slice::<Outline>(bytes) {
        Ok(outline) => outline,
        Err(error) => return no_outline(bytes, &error),
    };
    if let Some(found) = &outline.schema_version
        && found.as_u64() != Some(SNAPSHOT_VERSION.into())
    {
        return version(found);
    }
    if outline.registries.is_none() {
        let another = |found, next| SnapshotProblem::Another { found, next };
        if outline.plans.is_some() {
            return another("a plan", "name the snapshot that it was made from");
        }
        if outline.repositories.is_some() {
            return another("a policy", "name it as the policy");
        }
        if outline.schema.is_some() {
            return another("a JSON Schema", "name the snapshot itself");
        }
    }
    field(bytes).unwrap_or_else(|| syntax(error))
}

/// The problem of a file that does not even begin as a JSON object.
fn no_object(bytes: &[u8]) -> Option<SnapshotProblem> {
    let text = bytes.trim_ascii();
    let another = |found, next| Some(SnapshotProblem::Another { found, next });
    match text {
        [] => Some(SnapshotProblem::Empty),
        [b'{', ..] => None,
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            another("compressed", "unpack it first")
        }
        [b'[', ..] => another("a JSON list", "a snapshot is one JSON object"),
        [b'<', ..] => another("HTML or XML", "record a snapshot"),
        _ if looks_like_yaml(text) => {
            another("YAML", "a policy is named as such, and a snapshot is JSON")
        }
        _ => another("no JSON", "record a snapshot"),
    }
}

/// Whether a line begins as a setting of a policy.
fn looks_like_yaml(text: &[u8]) -> bool {
    let is_comment = |line: &&[u8]| line.is_empty() || line.starts_with(b"#") || *line == b"---";
    let first = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|l| !is_comment(l));
    let key = first.and_then(|line| line.split(|byte| *byte == b':').next()).unwrap_or(b"");
    first.is_some_and(|line| line.contains(&b':'))
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn no_outline(bytes: &[u8], error: &serde_json::Error) -> SnapshotProblem {
    match error.classify() {
        Category::Eof => SnapshotProblem::CutShort { line: error.line() },
        Category::Syntax | Category::Io => syntax(error),
        Category::Data => field(bytes).unwrap_or_else(|| syntax(error)),
    }
}

fn syntax(error: &serde_json::Error) -> SnapshotProblem {
    SnapshotProblem::Syntax {
        line: error.line(),
        column: error.column(),
        problem: without_position(error),
    }
}

fn version(found: &Value) -> SnapshotProblem {
    let is_newer = found.as_u64().is_some_and(|found| found > u64::from(SNAPSHOT_VERSION));
    let next = if is_newer {
        "a newer ecr-sweep wrote it: use that one, or record the snapshot again"
    } else {
        "record the snapshot again"
    };
    SnapshotProblem::Version { found: found.to_string(), next }
}

/// The first field that is wrong. None where none is: then the JSON goes on behind its end.
fn field(bytes: &[u8]) -> Option<SnapshotProblem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let error = serde_path_to_error::deserialize::<_, Snapshot>(&mut json).err()?;
    let path = match error.path().to_string() {
        path if path == "." => "the snapshot".to_owned(),
        path => path,
    };
    let error = error.into_inner();
    Some(SnapshotProblem::Field {
        path,
        line: error.line(),
        column: error.column(),
        problem: without_position(&error),
    })
}

/// The message without the position that `serde_json` puts behind it.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).unwrap_or(&message).to_owned()
}
