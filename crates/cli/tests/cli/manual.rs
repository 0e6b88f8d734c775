//! The manual and what shells complete: made of the command line itself.

use crate::command::{ecr_sweep, ended};

/// The commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = ended(ecr_sweep(&std::env::temp_dir(), &["-h"])).stdout;
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let name = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    listed.lines().map(name).collect()
}

#[test]
fn the_manual_has_a_page_for_every_command_and_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let written = ended(ecr_sweep(folder.path(), &["man", "-o", "share/man1"]));
        assert_eq!(written.code, Some(0), "{}", written.stderr);
    }
    let pages = folder.path().join("share/man1");
    assert!(commands().len() > 20);
    for command in commands() {
        let page = std::fs::read_to_string(pages.join(format!("ecr-sweep-{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let refused = ended(ecr_sweep(folder.path(), &["man", "-o", "file/man1"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("next: name a folder"), "{}", refused.stderr);
}

#[test]
fn every_shell_is_told_of_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = ended(ecr_sweep(&std::env::temp_dir(), &["completions", shell]));
        assert_eq!(script.code, Some(0), "{}", script.stderr);
        for command in commands() {
            assert!(script.stdout.contains(&command), "{shell}: {command}");
        }
    }
}
