//! Archives that are the same whenever they are made of the same files.

use std::path::Path;
use std::process::Command;

use miette::{IntoDiagnostic, WrapErr};

use crate::run::run;

/// Packs what a folder has, under a name that is also the archive's.
pub(super) fn archive(folder: &Path, name: &str, to: &Path) -> miette::Result<()> {
    let archive = to.join(format!("{name}.tar.gz"));
    let inside = format!("s,^\\.,{name},");
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ])
    .args(["--use-compress-program", "gzip -9 -n", "--transform", &inside])
    .arg("--file")
    .arg(&archive)
    .arg("--directory")
    .arg(folder)
    .arg(".");
    run(&mut tar, 0).wrap_err_with(|| format!("cannot pack {}", folder.display()))?;
    let bytes = std::fs::metadata(&archive).into_diagnostic()?.len();
    println!("{bytes:>10} {name}.tar.gz");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_same_files_give_the_same_archive_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let made = ["first", "second"].map(|to| {
            let (from, to) = (folder.path().join(format!("from-{to}")), folder.path().join(to));
            fs::create_dir_all(&from).unwrap();
            fs::create_dir_all(&to).unwrap();
            for name in ["b", "a"] {
                fs::write(from.join(name), name).unwrap();
            }
            archive(&from, "ours-1", &to).unwrap();
            to.join("ours-1.tar.gz")
        });
        assert_eq!(fs::read(&made[0]).unwrap(), fs::read(&made[1]).unwrap());
        let listed = Command::new("tar").arg("-tzf").arg(&made[0]).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert_eq!(listed.lines().collect::<Vec<_>>(), ["ours-1/", "ours-1/a", "ours-1/b"]);
    }
}
