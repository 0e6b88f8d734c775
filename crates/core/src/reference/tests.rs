use super::*;

fn aliases() -> Aliases {
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com".parse().unwrap();
    Aliases::from([("registry.example.com:5000".into(), host)])
}

/// The golden file of hosts: a spelling, and what it names or `elsewhere` or `unreadable`.
#[test]
fn every_spelling_in_the_golden_file_names_what_it_should() {
    let golden = include_str!("golden.txt");
    let mut rows = 0;
    for line in golden.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (text, expected) = line.split_once(" => ").expect(line);
        let found = match Reference::parse(text, &aliases()) {
            Ok(Reference::Ecr(reference)) => reference.to_string(),
            Ok(Reference::Elsewhere { digest: None }) => "elsewhere".to_owned(),
            Ok(Reference::Elsewhere { digest: Some(digest) }) => format!("elsewhere@{digest}"),
            Err(_) => "unreadable".to_owned(),
        };
        assert_eq!(found, expected, "{text}");
        rows += 1;
    }
    assert!(rows > 40, "the golden file lost its rows");
}

#[test]
fn an_error_says_what_cannot_be_read() {
    let text = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:12";
    let error = Reference::parse(text, &Aliases::new()).unwrap_err().to_string();
    assert!(error.contains(text) && error.contains("not a digest"), "{error}");
}

#[test]
fn a_host_is_shown_as_it_is_written() {
    let text = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let host: RegistryHost = text.parse().unwrap();
    assert_eq!(format!("{host} {host:?}"), format!("{text} {text}"));
}
