//! Whatever the original keeps, the policy that is made of its file keeps: over random files and
//! random repositories, held against naive models of what the originals document.
//!
//! What an image consists of is pushed with it, as tools do: the platforms of an index right before
//! it, a signature right after. One thing is not held: a part of an image that goes there, or a
//! signature of one that is gone, that stays for no other reason than that it has a place in a count.
//! Here, parts take nobody's place, and go with their image; `docs/coming-from.md` says so.
//! `ECR_SWEEP_CASES=10000` draws more.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod ecrm;
mod lifecycle;
mod world;

use proptest::test_runner::Config;

fn cases() -> Config {
    let cases = std::env::var("ECR_SWEEP_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { failure_persistence: None, ..Config::with_cases(cases.unwrap_or(300)) }
}
