//! What is written and not known to be on the disk yet.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::own::{self, is_absent};

/// How many files are synced at once: a file system commits together what waits at the same time.
const AT_ONCE: usize = 16;

/// What is written and not known to be on the disk yet.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    paths: Mutex<Paths>,
    /// Whoever syncs holds it to the end: the next one then finds on the disk what it took. What
    /// went wrong once is not known to have gone well later, whatever the system says by then.
    failed: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Paths {
    /// Files of which the bytes may not be there.
    files: BTreeSet<PathBuf>,
    /// Folders of which a name may not be there.
    folders: BTreeSet<PathBuf>,
}

impl Unsynced {
    /// Makes a folder of a store, with all in which it is. Those that are there below the root have
    /// to be the caller's alone.
    pub(super) fn make_folder(&self, root: &Path, folder: &Path) -> io::Result<()> {
        let mut way: Vec<&Path> =
            folder.ancestors().take_while(|it| !it.as_os_str().is_empty()).collect();
        way.reverse();
        for folder in way {
            let is_ours = folder.starts_with(root);
            let is_there =
                if is_ours { own::check_folder(folder, folder == root)? } else { folder.is_dir() };
            if is_there {
                continue;
            }
            own::make_folder(folder)?;
            if is_ours && !own::check_folder(folder, folder == root)? {
                return Err(io::Error::new(ErrorKind::NotADirectory, "a file is in its place"));
            }
            let parent = folder.parent().map(Path::to_owned);
            self.paths.lock().unwrap_or_else(PoisonError::into_inner).folders.extend(parent);
        }
        Ok(())
    }

    /// Takes note of a document that has taken its place in a folder, and of its file where the
    /// bytes are not synced.
    pub(super) fn add(&self, folder: &Path, file: Option<&Path>) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.folders.insert(folder.to_owned());
        paths.files.extend(file.map(Path::to_owned));
    }

    /// Sees that everything is on the disk that was written before.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(problem) = &*failed {
            return Err(io::Error::other(format!("it failed before: {problem}")));
        }
        let taken = std::mem::take(&mut *self.paths.lock().unwrap_or_else(PoisonError::into_inner));
        let synced =
            sync_all(taken.files, sync_file).and_then(|()| sync_all(taken.folders, sync_folder));
        if let Err(error) = &synced {
            *failed = Some(error.to_string());
        }
        synced
    }
}

fn sync_all(paths: BTreeSet<PathBuf>, sync: fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let paths = Vec::from_iter(paths);
    let each = paths.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|scope| {
        let sync_some = |some: &[PathBuf]| some.iter().try_for_each(|path| sync(path));
        let syncing: Vec<_> =
            paths.chunks(each).map(|some| scope.spawn(move || sync_some(some))).collect();
        let ended = syncing.into_iter().map(|it| {
            it.join().unwrap_or_else(|_| Err(io::Error::other("a thread that synced has panicked")))
        });
        ended.collect()
    })
}

/// What was removed since needs nothing.
fn sync_file(path: &Path) -> io::Result<()> {
    match own::open(path, OpenOptions::new().write(true))? {
        Some(file) => file.sync_data(),
        None => Ok(()),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match File::open(path) {
        Ok(folder) => folder,
        Err(error) if is_absent(&error) => return Ok(()),
        // Not every system opens folders: those that do not keep names by themselves.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && cfg!(windows) => return Ok(()),
        Err(error) => return Err(error),
    };
    match folder.sync_all() {
        // Nor does every file system sync them.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_synced_is_forgotten_and_what_was_removed_needs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let unsynced = Unsynced::default();
        let deep = folder.path().join("a/b");
        unsynced.make_folder(folder.path(), &deep).unwrap();
        fs::write(deep.join("c"), "c").unwrap();
        unsynced.add(&deep, Some(&deep.join("c")));
        unsynced.add(&deep, Some(&deep.join("removed")));
        let folders = unsynced.paths.lock().unwrap().folders.clone();
        let root = folder.path().to_owned();
        assert_eq!(Vec::from_iter(folders), [root.clone(), root.join("a"), deep]);
        unsynced.sync().unwrap();
        let paths = unsynced.paths.lock().unwrap();
        assert!(paths.files.is_empty() && paths.folders.is_empty());
    }

    #[test]
    fn after_a_failure_nothing_is_known_to_be_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let unsynced = Unsynced::default();
        unsynced.add(folder.path(), Some(folder.path()));
        unsynced.sync().unwrap_err();
        assert!(unsynced.sync().unwrap_err().to_string().contains("before"));
    }
}
