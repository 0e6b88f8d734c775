//! References inside of texts that are more than one: scripts, templates, documents in a field.

use super::{Aliases, Reference};

/// Every reference in a text that names an image of a private registry, or one of the rest of the
/// world by its digest: as it is spelled there, in the order of the text.
///
/// What only looks like one, and what is put together from parts when it is used, is none.
#[must_use]
pub fn mentioned<'t>(text: &'t str, aliases: &Aliases) -> Vec<&'t str> {
    let mut found = Vec::new();
    for word in text.split(|character| !is_of_reference(character)) {
        if !word.contains('/') && !word.contains("sha256:") {
            continue;
        }
        let word = from_account(word);
        let trimmed = word.trim_end_matches(['.', ':', '/', '@', '-', '_']);
        let spellings = [word, trimmed];
        let spellings = if word == trimmed { &spellings[..1] } else { &spellings[..] };
        found.extend(spellings.iter().filter(|it| is_of_use(it, aliases)));
    }
    found
}

/// Whether a text consists of the characters of references, and is no longer than they are.
#[must_use]
pub fn is_like_reference(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && text.chars().all(is_of_reference)
}

const fn is_of_reference(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '/' | ':' | '@')
}

/// The word from the account of an ECR host, whatever is written before it without a space.
fn from_account(word: &str) -> &str {
    let host = word.find(".dkr.ecr").or_else(|| word.find(".dkr-ecr"));
    let Some(start) = host.and_then(|at| at.checked_sub(12)) else { return word };
    let is_account = |text: &str| text.bytes().take(12).all(|byte| byte.is_ascii_digit());
    word.get(start..).filter(|rest| is_account(rest)).unwrap_or(word)
}

fn is_of_use(word: &str, aliases: &Aliases) -> bool {
    match Reference::parse_with_host(word, aliases) {
        Ok(Reference::Ecr(_)) => true,
        Ok(Reference::Elsewhere { digest }) => digest.is_some(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1";
    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn found(text: &str) -> Vec<&str> {
        mentioned(text, &Aliases::new())
    }

    #[test]
    fn a_reference_is_found_wherever_it_stands() {
        for text in [
            APP.to_owned(),
            format!("  {APP}\n"),
            format!("docker run --rm {APP} /bin/true"),
            format!("--image={APP}"),
            format!("image:{APP}"),
            format!(r#"{{"spec":{{"containers":[{{"image":"{APP}"}}]}}}}"#),
            format!(r#"{{\"image\":\"{APP}\"}}"#),
            format!("kind: Pod\nspec:\n  containers:\n    - image: {APP}\n      name: app"),
            format!("[{APP}, nginx:1]"),
            format!("FROM {APP} AS base"),
        ] {
            assert_eq!(found(&text), [APP], "{text}");
        }
        assert_eq!(found(&format!("{APP},{APP}@{DIGEST}")), [APP, &format!("{APP}@{DIGEST}")]);
        assert_eq!(found(&format!("docker://{APP}")), [APP]);
    }

    #[test]
    fn the_end_of_a_sentence_is_no_part_of_a_tag() {
        assert_eq!(found(&format!("we run {APP}.")), [&format!("{APP}."), APP]);
        assert_eq!(found(&format!("{APP}: old")), [APP]);
    }

    #[test]
    fn an_image_of_the_rest_of_the_world_is_found_by_its_digest_alone() {
        let by_digest = format!("quay.io/team/app@{DIGEST}");
        assert_eq!(found(&format!("use {by_digest} or quay.io/team/app:v1")), [&by_digest]);
        assert_eq!(found(DIGEST), [DIGEST]);
    }

    #[test]
    fn what_names_no_image_is_no_reference() {
        for text in [
            "",
            "hunter2/hunter3",
            "nginx:1.27",
            "/bin/sh -c 'exit 1'",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app:v1",
            "sha256:0123",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn an_alias_is_a_host_only_where_one_stands() {
        let target = "111122223333.dkr.ecr.eu-west-1.amazonaws.com".parse().unwrap();
        let hub = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/hub".parse().unwrap();
        let aliases =
            Aliases::from([("registry.example.com".into(), target), ("docker.io".into(), hub)]);
        let text = "run registry.example.com/app:v1 and team/app or a password";
        assert_eq!(mentioned(text, &aliases), ["registry.example.com/app:v1"]);
    }

    #[test]
    fn what_reads_like_a_reference_has_no_spaces_and_is_short() {
        assert!(is_like_reference(APP) && is_like_reference("nginx"));
        for text in ["", "a b", "x=y", "naïve", &"x".repeat(1025)] {
            assert!(!is_like_reference(text), "{text}");
        }
    }
}
