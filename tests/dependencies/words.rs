//! What the lower crates say is read in a terminal, a notice and a log: it names no command, no
//! option and no page. The shells have the words for their readers.

use std::path::{Path, PathBuf};

/// What only the command may say.
const WORDS_OF_THE_COMMAND: [&str; 6] =
    ["`--", "`ecr-sweep ", "`aws ", "aws sso", "--profile", "\"docs/"];

const LOWER: [&str; 5] = ["core", "policy", "protocol", "aws", "steps"];

fn sources(crate_name: &str) -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    files_in(&crates.join(crate_name).join("src"))
}

/// Every file in a folder and its folders, sorted.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 5, "{files:?}");
    files
}

/// What a file says to the compiler: neither its comments nor its tests.
pub fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let (code, _) = text.split_once("#[cfg(test)]\nmod tests").unwrap_or((&text, ""));
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    code.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n")
}

fn is_of_tests(path: &Path) -> bool {
    path.components().any(|part| {
        ["tests", "tests.rs", "testing.rs"].iter().any(|name| part.as_os_str() == *name)
    })
}

#[test]
fn the_lower_crates_name_no_command_no_option_and_no_page() {
    for path in LOWER.iter().flat_map(|name| sources(name)).filter(|path| !is_of_tests(path)) {
        let code = code(&path);
        for word in WORDS_OF_THE_COMMAND {
            assert!(!code.contains(word), "{} says `{word}`", path.display());
        }
    }
}

/// What the decision is made of. Who has these in hand could decide.
const DECISION: [&str; 8] = [
    "RepositoryFacts",
    "UsageIndex",
    "Evidence",
    "Remembered",
    "PlannedSince",
    "Verdicts",
    "deletion_waves",
    "run_limit",
];

#[test]
fn the_command_has_nothing_to_decide_with() {
    for path in sources("cli").into_iter().filter(|path| !is_of_tests(path)) {
        let code = code(&path);
        let mut words = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let named = words.find(|word| DECISION.contains(word));
        assert_eq!(named, None, "{}", path.display());
    }
}
