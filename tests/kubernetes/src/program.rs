//! The program: built where it is not there yet.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::go;

/// What it is built from: it is built anew where this has changed.
const SOURCES: [(&str, &str); 7] = [
    ("go.mod", include_str!("../go.mod")),
    ("go.sum", include_str!("../go.sum")),
    ("main.go", include_str!("../main.go")),
    ("serve.go", include_str!("../serve.go")),
    ("credentials.go", include_str!("../credentials.go")),
    ("obey.go", include_str!("../obey.go")),
    ("list.go", include_str!("../list.go")),
];

/// The program, kept in a folder.
#[expect(clippy::must_use_candidate, reason = "it may be called to have it there")]
pub fn build(cache: &Path) -> PathBuf {
    let folder = cache.join("kubernetes");
    fs::create_dir_all(&folder).expect("the folder can be made");
    // Whoever comes second waits for it, instead of building it again.
    let lock = File::create(folder.join("lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let program = folder.join("kubernetes");
    let built = folder.join("built-from");
    let sources: String = SOURCES.map(|(_, text)| text).concat();
    if program.exists() && fs::read_to_string(&built).is_ok_and(|from| from == sources) {
        return program;
    }
    let module = folder.join("module");
    if module.exists() {
        fs::remove_dir_all(&module).expect("the old module can be removed");
    }
    fs::create_dir_all(&module).expect("the folder can be made");
    for (name, text) in SOURCES {
        fs::write(module.join(name), text).expect("the module can be written");
    }
    let building = folder.join("building");
    go::run(
        Command::new(go::command(cache))
            .args(["build", "-buildvcs=false", "-ldflags=-s -w", "-o"])
            .arg(&building)
            .arg(".")
            .current_dir(&module)
            // Nothing of the settings of whoever builds it.
            .envs([("GOTOOLCHAIN", "local"), ("GOFLAGS", ""), ("GOWORK", "off")]),
    );
    fs::rename(building, &program).expect("the program can be kept");
    fs::write(built, sources).expect("what it was built from can be kept");
    program
}
