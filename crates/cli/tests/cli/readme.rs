//! The README shows what the command says.

use std::path::Path;

use crate::command::{ecr_sweep, ended};

#[test]
fn the_readme_shows_what_the_command_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut sessions = 0;
    for block in readme.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let Some((command, shown)) = block.split_once('\n') else { continue };
        let Some(arguments) = command.strip_prefix("$ ecr-sweep ") else { continue };
        if !arguments.contains("--snapshot") {
            continue;
        }
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let said = ended(ecr_sweep(&root, &arguments));
        assert_eq!(said.stdout.trim_end(), shown.trim_end(), "{command}: {}", said.stderr);
        sessions += 1;
    }
    assert_eq!(sessions, 2, "the README lost its sessions");
}
