//! Files on a disk.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{FoundFile, UsageFilesError, fits};

pub(super) async fn find(path: PathBuf) -> Result<Vec<FoundFile>, UsageFilesError> {
    let at = path.clone();
    let found = tokio::task::spawn_blocking(move || {
        let mut files = Vec::new();
        let is_listed = path.file_name().is_some_and(|name| name.to_string_lossy().contains('*'));
        for path in matching(&path)? {
            match read(&path).map_err(|source| failed(&path, source))? {
                Read::File(file) => files.push(file),
                Read::Nothing if is_listed => return Err(vanished(&path)),
                Read::Nothing | Read::Folder => {}
            }
        }
        Ok(files)
    });
    found.await.unwrap_or_else(|error| Err(failed(&at, io::Error::other(error))))
}

/// The paths that there are, part by part.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, UsageFilesError> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern {
        let part = part.to_string_lossy();
        if !part.contains('*') {
            for path in &mut paths {
                path.push(&*part);
            }
            continue;
        }
        let mut below = Vec::new();
        for folder in paths {
            let names = names_in(&folder).map_err(|source| failed(&folder, source))?;
            below.extend(names.iter().filter(|name| fits(&part, name)).map(|it| folder.join(it)));
        }
        paths = below;
    }
    Ok(paths)
}

/// What is in a folder; nothing where there is none.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = match fs::read_dir(here) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: io::Result<fs::DirEntry>| {
        let name = entry?.file_name().into_string();
        name.map_err(|_| io::Error::new(ErrorKind::InvalidData, "the name of a file is no UTF-8"))
    };
    entries.map(name).collect()
}

/// What is under a path.
enum Read {
    File(FoundFile),
    Folder,
    /// Nothing, or a link to nothing.
    Nothing,
}

fn read(path: &Path) -> io::Result<Read> {
    let metadata = match fs::metadata(path) {
        Err(error) if is_absent(&error) => return Ok(Read::Nothing),
        metadata => metadata?,
    };
    if metadata.is_dir() {
        return Ok(Read::Folder);
    }
    let written_at = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
    let name = path.display().to_string().into();
    Ok(Read::File(FoundFile { name, bytes: fs::read(path)?, written_at }))
}

fn vanished(path: &Path) -> UsageFilesError {
    UsageFilesError::Vanished { name: path.display().to_string().into() }
}

/// Whether there is nothing, or a file where a folder would have to be.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn failed(path: &Path, source: io::Error) -> UsageFilesError {
    UsageFilesError::Disk { name: path.display().to_string().into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_files_that_fit_are_read_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/c.json")).unwrap();
        for name in ["a.json", "a.txt", ".a.json", "b/b.json"] {
            fs::write(at(name), name).unwrap();
        }
        let found = async |pattern: &str| {
            let files = find(at(pattern)).await.unwrap().into_iter();
            files.map(|file| String::from_utf8(file.bytes).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(found("*.json").await, ["a.json"]);
        assert_eq!(found("*/*.json").await, ["b/b.json"]);
        assert_eq!(found("a.txt").await, ["a.txt"]);
        for nothing in ["none.json", "none/*.json", "b", "b/c.json"] {
            assert_eq!(found(nothing).await, Vec::<String>::new(), "{nothing}");
        }
        #[cfg(unix)]
        {
            // Of a file that vanishes after it was listed nothing is left but its name.
            std::os::unix::fs::symlink(at("gone"), at("b/gone.json")).unwrap();
            assert_eq!(found("b/gone.json").await, Vec::<String>::new());
            let vanished = find(at("b/*.json")).await.unwrap_err().to_string();
            assert!(vanished.contains("b/gone.json` vanished"), "{vanished}");
        }
        let long = find(at(&"x".repeat(300))).await.unwrap_err().to_string();
        assert!(long.ends_with("` cannot be read"), "{long}");
    }
}
