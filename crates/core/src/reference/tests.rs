use super::*;

fn aliases() -> Aliases {
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com".parse().unwrap();
    Aliases::from([("registry.example.com:5000".into(), host)])
}

fn with_paths() -> Aliases {
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let target = |path: &str| format!("{host}{path}").parse().unwrap();
    Aliases::from([
        ("docker.io".into(), target("/docker-hub")),
        ("docker.io/library".into(), target("/official")),
        ("Mirror.example.com".into(), target("")),
        ("mirror.example.com/quay".into(), target("/quay.io")),
        ("mirror.example.com/quay/team".into(), target("/team")),
    ])
}

#[test]
fn a_name_lies_below_the_alias_with_the_longest_path() {
    let named = |text: &str| match Reference::parse(text, &with_paths()) {
        Ok(Reference::Ecr(image)) => image.to_string().replace("111122223333/eu-west-1/", ""),
        Ok(Reference::Elsewhere { .. }) => "elsewhere".to_owned(),
        Err(_) => "unreadable".to_owned(),
    };
    let digest = format!("sha256:{}", "0".repeat(64));
    for (text, expected) in [
        ("mirror.example.com/app:v1", "app:v1"),
        ("MIRROR.EXAMPLE.COM/app", "app:latest"),
        ("//mirror.example.com/app:v1", "app:v1"),
        ("mirror.example.com/quay/app:v1", "quay.io/app:v1"),
        ("mirror.example.com/quayside/app:v1", "quayside/app:v1"),
        ("mirror.example.com/quay:v1", "quay:v1"),
        ("mirror.example.com/quay/team/app:v1", "team/app:v1"),
        ("mirror.example.com/quay/teams/app", "quay.io/teams/app:latest"),
        ("nginx", "official/nginx:latest"),
        ("nginx:1.27", "official/nginx:1.27"),
        ("docker.io/nginx:1.27", "official/nginx:1.27"),
        ("index.docker.io/library/nginx:1.27", "official/nginx:1.27"),
        ("https://registry-1.docker.io/library/nginx", "official/nginx:latest"),
        ("team/app:v1", "docker-hub/team/app:v1"),
        ("docker.io/team/app:v1", "docker-hub/team/app:v1"),
        ("Docker.IO/team/app:v1", "docker-hub/team/app:v1"),
        ("localhost/app", "elsewhere"),
        ("localhost:5000/app", "elsewhere"),
        ("quay.io/team/app", "elsewhere"),
        (&digest, "elsewhere"),
        ("docker.io/Team/app", "unreadable"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/nginx:1", "nginx:1"),
    ] {
        assert_eq!(named(text), expected, "{text}");
    }
    let by_digest = format!("nginx@{digest}");
    assert_eq!(named(&by_digest), format!("official/nginx@{digest}"));
}

#[test]
fn where_names_need_a_host_a_short_one_is_not_docker_hub_s() {
    let elsewhere = Ok(Reference::Elsewhere { digest: None });
    for text in ["nginx", "team/app:v1", "111122223333/eu-west-1/app"] {
        assert_eq!(Reference::parse_with_host(text, &with_paths()), elsewhere, "{text}");
    }
    let text = "mirror.example.com/app";
    assert_eq!(
        Reference::parse_with_host(text, &with_paths()),
        Reference::parse(text, &with_paths())
    );
}

#[test]
fn an_alias_is_a_host_or_a_host_and_a_path() {
    for text in ["docker.io", "localhost:5000", "docker.io/library", "a.example/b/c"] {
        assert_eq!(check_alias(text), Ok(()), "{text}");
    }
    for text in
        ["", "/a", "a.example/", "a.example//b", "https://a.example", "a/b:v1", "a b", "a@b"]
    {
        assert_eq!(check_alias(text), Err(NotAnAlias::Malformed), "{text}");
    }
    for text in [
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/proxy",
    ] {
        assert_eq!(check_alias(text), Err(NotAnAlias::OfEcr), "{text}");
    }
    assert!(is_same_alias("index.docker.io/library", "Docker.io/library"));
    assert!(!is_same_alias("docker.io/library", "docker.io"));
}

#[test]
fn a_registry_s_path_reads_as_it_is_written() {
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    for text in [host.to_owned(), format!("{host}/docker-hub"), format!("{host}/a/b")] {
        let path: RegistryPath = text.parse().unwrap();
        assert_eq!(format!("{path} {path:?}"), format!("{text} {text}"));
    }
    for text in ["docker.io".to_owned(), format!("{host}/"), format!("{host}/App")] {
        assert!(text.parse::<RegistryPath>().unwrap_err().to_string().contains(&text));
    }
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

#[test]
fn a_mirror_with_however_long_a_path_is_read() {
    let far = format!("mirror.example.com/{}app:v1", "a/".repeat(1 << 20));
    assert!(matches!(Reference::parse(&far, &Aliases::new()), Ok(Reference::Elsewhere { .. })));
}
