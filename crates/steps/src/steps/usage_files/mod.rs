//! Usage files: what others saw, and a run did not. They are read once for all places, anew each time
//! that usage is put together, and what cannot be relied on makes the source `files` fail.

mod accept;
mod merge;

use std::collections::BTreeSet;

use ecr_sweep_aws::usage_files::find_files;
use ecr_sweep_core::policy::UsageFiles;
use ecr_sweep_core::wording::{First, with_causes};
use ecr_sweep_core::{CoverageRow, CoverageStatus, Remedy, Source, Usage, sha256};
use ecr_sweep_protocol::ScannedSource;
use ecr_sweep_protocol::documents::{NamedByFile, SeenUsageFiles, V1, keys};

use crate::{Reading, StepError};
use accept::{Accepted, accept};

/// How many of the reasons are told for which files cannot be used.
const TOLD: usize = 5;

/// What all usage files say together.
#[derive(Debug, Default)]
pub(crate) struct HandedIn {
    /// Whether each of them could be used. None where the policy names none.
    row: Option<CoverageRow>,
    scanned: Vec<FromFile>,
    usage: Vec<Usage>,
    /// The hashes of what they say, one behind the other.
    pub(crate) hashes: Vec<u8>,
}

/// What a file says of one source in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FromFile {
    file: Box<str>,
    scanned: ScannedSource,
}

/// A file that cannot be used, and why.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    file: Box<str>,
    problem: String,
}

/// Reads every usage file that the policy names, and remembers what it names. What is wrong with one
/// of them is no error: the source was not seen whole then.
pub(crate) async fn read_usage_files(reading: &Reading) -> Result<HandedIn, StepError> {
    let (handed_in, seen) = look_at_usage_files(reading).await?;
    remember(reading, seen).await?;
    Ok(handed_in)
}

/// What the files of a path name.
type SeenPath = (Box<str>, NamedByFile);

/// The same, and remembers nothing: what the files of each path name is given back.
pub(crate) async fn look_at_usage_files(
    reading: &Reading,
) -> Result<(HandedIn, Vec<SeenPath>), StepError> {
    let paths = &reading.policy.usage.files;
    if paths.is_empty() {
        return Ok((HandedIn::default(), Vec::new()));
    }
    let home = reading.sessions.home().clone();
    let row = |status, reason| CoverageRow {
        account: home.account.clone(),
        region: home.region.clone(),
        cluster: None,
        source: Source::Files,
        status,
        reason,
        probed: None,
        remedies: Vec::new(),
    };
    if let Some(reason) = reading.policy.scope.off_reason(&home.clone().into(), Source::Files) {
        let off = row(CoverageStatus::Off, Some(reason.into()));
        return Ok((HandedIn { row: Some(off), ..HandedIn::default() }, Vec::new()));
    }
    let before = reading.find(&keys::SEEN_USAGE_FILES).await?;
    let before = before.map(|seen| seen.paths).unwrap_or_default();
    let (mut handed_in, mut refused, mut seen) = (HandedIn::default(), Vec::new(), Vec::new());
    for of_path in paths {
        let named_before = before.get(&of_path.path);
        let (found, problems) = read_path(reading, of_path, named_before, &mut handed_in).await;
        if problems.is_empty() && named_before != Some(&found) {
            seen.push((of_path.path.clone(), found));
        }
        refused.extend(problems);
    }
    handed_in.row = Some(if refused.is_empty() {
        row(CoverageStatus::Complete, None)
    } else {
        let told = First::of(TOLD, &refused).map(|it| format!("`{}`: {}", it.file, it.problem));
        let files = refused.iter().map(|it| it.file.clone()).collect::<BTreeSet<_>>();
        let remedies = files.into_iter().map(|file| Remedy::HandIn { file }).collect();
        let reason = Some(told.joined("; ").into());
        CoverageRow { remedies, ..row(CoverageStatus::Failed, reason) }
    });
    Ok((handed_in, seen))
}

/// Reads the files of one path. Gives what each of them names, and what is wrong.
async fn read_path(
    reading: &Reading,
    of_path: &UsageFiles,
    before: Option<&NamedByFile>,
    handed_in: &mut HandedIn,
) -> (NamedByFile, Vec<Refused>) {
    let path = &of_path.path;
    let refused = |file: &str, problem: String| Refused { file: file.into(), problem };
    let files = match find_files(&reading.sessions, path).await {
        Ok(files) => files,
        Err(error) => return (NamedByFile::new(), vec![refused(path, with_causes(&error))]),
    };
    let (mut found, mut problems) = (NamedByFile::new(), Vec::new());
    if files.is_empty() && !is_retired(of_path, path) {
        problems.push(refused(path, "there is no such file".to_owned()));
    }
    let home = reading.sessions.home();
    for file in files.iter().filter(|file| !is_retired(of_path, &file.name)) {
        let before = before.and_then(|before| before.get(&file.name));
        match accept(file, of_path.max_age, before, home, reading.now()) {
            Ok(Accepted { scanned, usage, named }) => {
                found.insert(file.name.clone(), named);
                handed_in.scanned.extend(scanned);
                handed_in.usage.extend(usage);
                handed_in.hashes.extend(sha256(&file.bytes).to_string().into_bytes());
            }
            Err(problem) => problems.push(refused(&file.name, problem)),
        }
    }
    let is_there = |name: &str| files.iter().any(|file| *file.name == *name);
    let gone = before.into_iter().flatten().map(|(name, _)| &**name);
    let gone = gone.filter(|name| !is_there(name) && !is_retired(of_path, name));
    problems.extend(gone.map(|name| refused(name, "it was there before, and is gone".to_owned())));
    (found, problems)
}

/// Whether the policy says that nobody writes a file any more: by its name, or by where it is.
fn is_retired(of_path: &UsageFiles, file: &str) -> bool {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    of_path.retired.iter().any(|retired| **retired == *file || **retired == *name)
}

/// Remembers what the files of these paths name.
async fn remember(reading: &Reading, seen: Vec<SeenPath>) -> Result<(), StepError> {
    if seen.is_empty() {
        return Ok(());
    }
    let with = |document: Option<SeenUsageFiles>| {
        let mut paths = document.map(|it| it.paths).unwrap_or_default();
        paths.extend(seen.iter().cloned());
        Ok(SeenUsageFiles { schema_version: V1, paths })
    };
    reading.update(&keys::SEEN_USAGE_FILES, with).await.map(drop)
}
