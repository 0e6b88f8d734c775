//! Policies.

use std::ops::Range;

use ecr_sweep_policy::{Use, read as read_policy};

use super::{Target, files};

pub(super) const TARGET: Target = Target { name: "policy", read, seeds };

fn read(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let [offline, live] = [Use::Offline, Use::Live].map(|use_of| {
        let read = read_policy("policy.yaml", &text, use_of);
        match &read {
            Ok(file) => {
                file.warnings.iter().for_each(|warning| stands_in(&text, &warning.span));
            }
            Err(errors) => {
                assert!(!errors.errors.is_empty() && !errors.to_string().is_empty());
                errors.errors.iter().for_each(|error| stands_in(&text, &error.span));
            }
        }
        read.is_ok()
    });
    assert!(offline || !live, "a policy that is good for a live account is good offline");
    offline
}

#[track_caller]
fn stands_in(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is not a part of the text");
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = files("policy.yaml");
    seeds.extend(files("minimal-policy.yaml"));
    seeds
}
