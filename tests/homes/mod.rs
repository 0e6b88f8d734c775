//! A rule has one home, and so has a source: nothing else names them, but for what is listed here,
//! with its reason.

#[cfg(feature = "live")]
mod doctor;
#[cfg(feature = "live")]
mod permissions;
mod rules;
mod sources;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(feature = "live")]
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value == "1")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files under these folders that have one of the spellings in their code, sorted. Tests are no
/// part of it, nor are the files and folders that are left out.
fn naming(folders: &[&str], left_out: &[&str], spellings: &[String]) -> Vec<String> {
    let mut files = Vec::new();
    for folder in folders {
        add_files(Path::new(folder), left_out, &mut files);
    }
    assert!(files.len() > 200, "{}", files.len());
    let mut naming: Vec<String> = files
        .into_iter()
        .map(|file| file.to_str().expect("a path of ours").to_owned())
        .filter(|file| {
            let text = text(file);
            let text = without_tests(&text);
            spellings.iter().any(|spelling| text.contains(spelling))
        })
        .collect();
    naming.sort();
    naming
}

fn add_files(folder: &Path, left_out: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root().join(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name();
        let path = folder.join(&name);
        let is_code = ["rs", "ts", "json"].iter().any(|it| path.extension() == Some(it.as_ref()));
        let is_test = ["tests", "tests.rs", "node_modules"].iter().any(|it| name == *it);
        if is_test || left_out.iter().any(|it| name == *it) {
            continue;
        }
        if root().join(&path).is_dir() {
            add_files(&path, left_out, files);
        } else if is_code {
            files.push(path);
        }
    }
}

/// The text without the tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// The paths that a section of CONTRIBUTING names. All of them are there.
fn paths_in_contributing(title: &str) -> Vec<String> {
    let page = text("CONTRIBUTING.md");
    let section = page.split(&format!("## {title}\n")).nth(1).expect("the section is there");
    let section = section.split("\n## ").next().expect("it has an end");
    let quoted = section.split('`').skip(1).step_by(2);
    let paths: Vec<String> = quoted
        .filter(|text| text.contains('/') && !text.contains(['<', ' ', ':']))
        .map(ToOwned::to_owned)
        .collect();
    for path in &paths {
        assert!(root().join(path).exists(), "{path}");
    }
    paths
}
