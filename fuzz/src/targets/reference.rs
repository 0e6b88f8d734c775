//! References: the texts by which resources name images.

use std::collections::BTreeMap;

use ecr_sweep_core::{Aliases, Reference, is_repository_name, is_tag};

use super::{Target, root};

pub(super) const TARGET: Target = Target { name: "reference", read, seeds };

fn read(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com".parse().unwrap();
    let aliases: Aliases = BTreeMap::from([("registry.example.com".into(), host)]);
    match Reference::parse(&text, &aliases) {
        Ok(Reference::Ecr(image)) => {
            assert!(is_repository_name(&image.repository), "{image}");
            assert!(image.tag.as_deref().is_none_or(is_tag), "{image}");
            assert!(image.tag.is_some() || image.digest.is_some(), "{image}");
            let (account, region) = (&image.registry.account, &image.registry.region);
            let tag = image.tag.as_ref().map_or_else(String::new, |tag| format!(":{tag}"));
            let digest = image.digest.map_or_else(String::new, |digest| format!("@{digest}"));
            let again = format!(
                "{account}.dkr.ecr.{region}.amazonaws.com/{}{tag}{digest}",
                image.repository
            );
            assert_eq!(Reference::parse(&again, &aliases), Ok(Reference::Ecr(image)), "{again}");
            true
        }
        Ok(Reference::Elsewhere { digest }) => {
            assert!(digest.is_none_or(|digest| text.ends_with(&digest.to_string())));
            false
        }
        Err(problem) => {
            assert!(problem.to_string().contains(&*text));
            false
        }
    }
}

/// The references of the golden list, one an input.
fn seeds() -> Vec<Vec<u8>> {
    let golden = std::fs::read(root().join("crates/core/src/reference/golden.txt")).unwrap();
    let words = golden.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.map(<[u8]>::to_vec).collect()
}
