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
        for path in matching(&path)? {
            files.extend(read(&path).map_err(|source| failed(&path, source))?);
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

/// A file; none where there is none, or a folder.
fn read(path: &Path) -> io::Result<Option<FoundFile>> {
    let metadata = match fs::metadata(path) {
        Err(error) if is_absent(&error) => return Ok(None),
        metadata => metadata?,
    };
    if metadata.is_dir() {
        return Ok(None);
    }
    let written_at = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
    let name = path.display().to_string().into();
    Ok(Some(FoundFile { name, bytes: fs::read(path)?, written_at }))
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
        let long = find(at(&"x".repeat(300))).await.unwrap_err().to_string();
        assert!(long.ends_with("` cannot be read"), "{long}");
    }
}
