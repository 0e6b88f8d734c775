//! Where the file of a document is: no two keys have the same, and every file system takes it.
//!
//! The parts of a key are the names of folders and of a file, as they are. Two kinds of names are
//! split: those that are longer than file systems take, and those of folders that end as the name
//! of a file does, since a document may be there that has this name. Of a name that is split a
//! folder has the beginning, followed by a `~`, and what is in it the rest.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The longest name that file systems take.
const LONGEST: usize = 255;

/// How much of a longer one is split off.
const SPLIT_AT: usize = 200;

/// What the name of a folder ends with that has the beginning of a name.
const SPLIT: char = '~';

/// How the names of documents end.
const DOCUMENT: &str = ".json";

/// The file of a document.
pub(super) fn file_of(root: &Path, key: &str) -> io::Result<PathBuf> {
    let (folder, name) = key.rsplit_once('/').map_or((None, key), |(it, name)| (Some(it), name));
    let mut path = folder.map_or_else(|| Ok(root.to_owned()), |folder| folder_of(root, folder))?;
    split(&mut path, name, false)?;
    Ok(path)
}

/// The folder that has the documents of which the keys start with this and a `/`; `""` is the root.
pub(super) fn folder_of(root: &Path, folder: &str) -> io::Result<PathBuf> {
    let mut path = root.to_owned();
    if !folder.is_empty() {
        for name in folder.split('/') {
            split(&mut path, name, true)?;
        }
    }
    Ok(path)
}

/// Where an earlier version had the same, which split no names; none if it is there now.
pub(super) fn earlier(root: &Path, key: &str, now: &Path) -> Option<PathBuf> {
    let path = if key.is_empty() { root.to_owned() } else { root.join(key) };
    let is_name = |name: &str| name.len() <= LONGEST;
    (path != now && key.split('/').all(is_name)).then_some(path)
}

/// What the key is of what has this name in a folder.
pub(super) fn key_in(folder: &str, name: &str) -> String {
    match folder.strip_suffix(SPLIT) {
        _ if folder.is_empty() => name.to_owned(),
        Some(beginning) => format!("{beginning}{name}"),
        None => format!("{folder}/{name}"),
    }
}

/// Whether a folder has but the beginning of a name.
pub(super) fn is_beginning(folder: &str) -> bool {
    folder.ends_with(SPLIT)
}

fn split(path: &mut PathBuf, name: &str, is_folder: bool) -> io::Result<()> {
    let no_name = |problem| Err(io::Error::new(ErrorKind::InvalidFilename, problem));
    if name.ends_with(SPLIT) {
        return no_name("no name in a folder ends with a tilde");
    }
    let mut left = name;
    loop {
        let at = match left.len() {
            longer if longer > LONGEST => SPLIT_AT,
            length if is_folder && left.ends_with(DOCUMENT) => length - 1,
            _ => {
                path.push(left);
                return Ok(());
            }
        };
        // What starts with a dot is the store's own.
        let Some(at) = (1..=at).rev().find(|at| left.as_bytes()[*at] != b'.') else {
            return no_name("a name is of dots alone");
        };
        let (beginning, rest) = left.split_at(at);
        path.push(format!("{beginning}{SPLIT}"));
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str) -> String {
        file_of(Path::new(""), key).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_name_that_every_file_system_takes_is_as_it_is() {
        for key in ["lock.json", "sweeps/r1/plans/1/eu/team/app.json", "a/b.jsonx/c", "a/@0-0.json"]
        {
            assert_eq!(file(key), key);
        }
        let longest = "a".repeat(250);
        assert_eq!(file(&format!("plans/{longest}.json")), format!("plans/{longest}.json"));
    }

    #[test]
    fn a_folder_never_has_the_name_of_a_document() {
        assert_eq!(file("plans/app.json"), "plans/app.json");
        assert_eq!(file("plans/app.json/web.json"), "plans/app.jso~/n/web.json");
        assert_eq!(file("reads/.json/x"), "reads/.jso~/n/x");
    }

    #[test]
    fn a_name_that_is_too_long_is_split() {
        for (name, parts) in [(256, 2), (456, 3), (1_000, 5)] {
            let path = file(&format!("plans/{}.json", "a".repeat(name - 5)));
            let names: Vec<&str> = path.split('/').skip(1).collect();
            assert_eq!(names.len(), parts);
            assert!(names.iter().all(|name| name.len() <= LONGEST), "{path}");
        }
        let dot = format!("{}.{}", "a".repeat(200), "b".repeat(100));
        assert!(file(&dot).split('/').all(|name| !name.starts_with('.')));
    }

    #[test]
    fn every_file_tells_its_key() {
        let long = "a".repeat(251);
        for key in
            ["a.json/b.json/c.json", &format!("x/{long}.json"), &format!("{long}.json/{long}")]
        {
            let path = file(key);
            let (mut told, mut folder) = (String::new(), String::new());
            for name in path.split('/') {
                told = key_in(&folder, name);
                folder.clone_from(&told);
            }
            assert_eq!(told, key, "{path}");
        }
    }

    #[test]
    fn a_name_that_would_read_as_split_is_none() {
        assert!(file_of(Path::new(""), "a~").is_err());
        assert!(file_of(Path::new(""), "a~/b").is_err());
    }
}
