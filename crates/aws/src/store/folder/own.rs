//! What is the owner's alone: who can write a run store can delete.
//!
//! Nothing is followed, waited for or emptied that is not a file or folder of the caller's own that
//! nobody else can write. What is made is the caller's alone, whatever the umask says.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Something in the place of a document that is not the caller's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotOwn {
    /// Not a file or folder.
    #[error("it is no file, but a link, a pipe or a device")]
    Kind,
    /// Of another user.
    #[cfg(unix)]
    #[error("it belongs to somebody else")]
    Owner,
    /// Open to other users.
    #[cfg(unix)]
    #[error("others can write it")]
    Writable,
}

impl From<NotOwn> for io::Error {
    fn from(problem: NotOwn) -> Self {
        Self::new(ErrorKind::PermissionDenied, problem)
    }
}

/// What is in a file. None: there is none. A document in place of a folder on the way is the
/// absence of what would be in the folder.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(mut file) = open(path, OpenOptions::new().read(true))? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether a file is there. What is no file of the caller's own is an error.
pub(super) fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => check_file(&found).map(|()| true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a file that is there, without changing it.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Option<File>> {
    if !is_there(path)? {
        return Ok(None);
    }
    match unfollowed(options).open(path) {
        Ok(file) => {
            // It may be another one by now.
            check_file(&file.metadata()?)?;
            Ok(Some(file))
        }
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file of the store's own, or makes it.
pub(super) fn open_or_make(path: &Path) -> io::Result<File> {
    if let Some(file) = open(path, OpenOptions::new().read(true).write(true))? {
        return Ok(file);
    }
    match unfollowed(OpenOptions::new().read(true).write(true).create_new(true)).open(path) {
        Ok(file) => {
            keep_file(&file)?;
            Ok(file)
        }
        // Somebody else made it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let made = open(path, OpenOptions::new().read(true).write(true))?;
            made.ok_or_else(|| io::Error::from(ErrorKind::NotFound))
        }
        Err(error) => Err(error),
    }
}

/// Makes a file the owner's alone.
pub(super) fn keep_file(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Makes one folder, which is the owner's alone. It may be there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether there is a folder, and the caller's alone. The root may be a link to one.
pub(super) fn check_folder(path: &Path, is_root: bool) -> io::Result<bool> {
    let found = if is_root { fs::metadata(path) } else { fs::symlink_metadata(path) };
    match found {
        Ok(found) if found.is_dir() => check_owner(&found).map(|()| true),
        Ok(found) if found.is_file() => Ok(false),
        Ok(_) => Err(NotOwn::Kind.into()),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a file or folder is the caller's own.
fn check_file(found: &Metadata) -> io::Result<()> {
    if found.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    if !found.is_file() {
        return Err(NotOwn::Kind.into());
    }
    check_owner(found)
}

#[cfg(unix)]
fn check_owner(found: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(NotOwn::Owner.into());
    }
    if found.mode() & 0o022 != 0 {
        return Err(NotOwn::Writable.into());
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Does not follow a link, nor wait for who is at the other end of a pipe.
fn unfollowed(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
}

/// Whether an error says that nothing is there.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
