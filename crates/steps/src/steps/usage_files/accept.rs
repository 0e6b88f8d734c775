//! Whether a usage file can be relied on, and what it says.

use std::collections::BTreeSet;

use ecr_sweep_aws::usage_files::FoundFile;
use ecr_sweep_core::{Age, Place, Source, Usage, UsageKind};
use ecr_sweep_protocol::{ScannedSource, UsageFile, UsageFileContent, usage_file};
use jiff::Timestamp;

use super::FromFile;

/// How far the clock of who writes a file may be ahead, in seconds.
const CLOCKS_DIFFER: u64 = 300;

/// How what is remembered calls the references of a plain list.
const REFERENCES: &str = "references";

/// What a file says that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) scanned: Vec<FromFile>,
    pub(super) usage: Vec<Usage>,
    /// Of what it names images now.
    pub(super) named: BTreeSet<Box<str>>,
}

/// What a file says; or why it cannot be used, whatever else it says. What it named images of before
/// has to be named again.
pub(super) fn accept(
    file: &FoundFile,
    max_age: Age,
    before: Option<&BTreeSet<Box<str>>>,
    home: &Place,
    now: Timestamp,
) -> Result<Accepted, String> {
    let content = usage_file::read(&file.name, &file.bytes);
    let content = content.map_err(|error| error.problem.to_string())?;
    let accepted = match content {
        UsageFileContent::Scanned(content) => {
            check_time(content.taken_at, max_age, now)?;
            of_scans(file, content)
        }
        UsageFileContent::References(references) => {
            check_time(file.written_at, max_age, now)?;
            of_references(file, references, home)
        }
    };
    match before.into_iter().flatten().find(|name| !accepted.named.contains(*name)) {
        Some(name) if **name == *REFERENCES => {
            Err("it named images before, and names none now".to_owned())
        }
        Some(name) => Err(format!("it named images of {name} before, and names none of it now")),
        None => Ok(accepted),
    }
}

fn check_time(at: Timestamp, max_age: Age, now: Timestamp) -> Result<(), String> {
    if at > Age::seconds(CLOCKS_DIFFER).after(now) {
        Err(format!("it is of {at}, which is still to come"))
    } else if at < max_age.before(now) {
        Err(format!("it is of {at}, and older than {max_age}"))
    } else {
        Ok(())
    }
}

fn of_scans(file: &FoundFile, content: UsageFile) -> Accepted {
    let named = content.scanned.iter().filter(|it| it.references > 0).map(name_of).collect();
    let from_file = |scanned| FromFile { file: file.name.clone(), scanned };
    let scanned = content.scanned.into_iter().map(from_file).collect();
    let usage = content
        .usage
        .into_iter()
        .map(|usage| Usage { seen_at: Some(usage.seen_at.unwrap_or(content.taken_at)), ..usage });
    Accepted { scanned, usage: usage.collect(), named }
}

/// How what is remembered, and people, call a source in a place.
fn name_of(scanned: &ScannedSource) -> Box<str> {
    let source = scanned.platform.as_deref().unwrap_or(scanned.source.as_str());
    format!("{source} in {}", scanned.place()).into()
}

/// A plain list says neither what uses its images nor where: the list itself does, at home.
fn of_references(file: &FoundFile, references: Vec<Box<str>>, home: &Place) -> Accepted {
    let scanned = ScannedSource {
        account: home.account.clone(),
        region: home.region.clone(),
        cluster: None,
        source: Source::Files,
        platform: None,
        complete: true,
        reason: None,
        found: references.len() as u64,
        references: references.len() as u64,
        calls: None,
        milliseconds: None,
    };
    let named = if references.is_empty() { None } else { Some(REFERENCES.into()) };
    let usage = references.into_iter().map(|reference| Usage {
        reference,
        kind: UsageKind::from(Source::Files),
        arn: file.name.clone(),
        account: home.account.clone(),
        region: home.region.clone(),
        cluster: None,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: Some(file.written_at),
    });
    Accepted {
        scanned: vec![FromFile { file: file.name.clone(), scanned }],
        usage: usage.collect(),
        named: named.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::ScanPlace;
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn home() -> Place {
        Place { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
    }

    fn file(text: impl Into<Vec<u8>>) -> FoundFile {
        FoundFile { name: "s3://b/blue.json".into(), bytes: text.into(), written_at: now() }
    }

    fn of_cluster(taken_at: &str, references: usize) -> Value {
        let place = json!({ "account": "111122223333", "region": "eu-west-1", "cluster": "blue" });
        let mut scanned = place.clone();
        scanned["source"] = "kubernetes".into();
        scanned["complete"] = true.into();
        scanned["found"] = 7.into();
        scanned["references"] = references.into();
        let usage = (0..references).map(|number| {
            let mut usage = place.clone();
            usage["reference"] = format!("nginx:{number}").into();
            usage["source"] = "kubernetes-pod".into();
            usage["arn"] = "blue/shop/pod/web".into();
            usage
        });
        let usage: Vec<Value> = usage.collect();
        json!({ "schema_version": 1, "taken_at": taken_at, "scanned": [scanned], "usage": usage })
    }

    fn accepted(file: &FoundFile, before: &[&str]) -> Result<Accepted, String> {
        let before: BTreeSet<Box<str>> = before.iter().map(|name| (*name).into()).collect();
        accept(file, Age::days(1), Some(&before), &home(), now())
    }

    #[test]
    fn a_fresh_file_says_what_was_seen_and_when() {
        let text = of_cluster("2026-11-20T00:00:00Z", 1).to_string();
        let Accepted { scanned, usage, named } = accepted(&file(text), &[]).unwrap();
        assert_eq!(scanned[0].scanned.place().to_string(), "111122223333/eu-west-1/blue");
        assert_eq!(usage[0].seen_at, "2026-11-20T00:00:00Z".parse().ok());
        assert_eq!(named, ["kubernetes in 111122223333/eu-west-1/blue".into()].into());
    }

    #[test]
    fn a_file_is_as_old_as_it_says_and_a_list_as_old_as_its_file() {
        for (taken_at, problem) in [
            ("2026-11-19T11:59:59Z", "it is of 2026-11-19T11:59:59Z, and older than 1d"),
            ("2026-11-20T12:06:00Z", "it is of 2026-11-20T12:06:00Z, which is still to come"),
        ] {
            let text = of_cluster(taken_at, 1).to_string();
            assert_eq!(accepted(&file(text), &[]).unwrap_err(), problem);
            let list = FoundFile { written_at: taken_at.parse().unwrap(), ..file("[\"a\"]") };
            assert_eq!(accepted(&list, &[]).unwrap_err(), problem);
        }
        for taken_at in ["2026-11-19T12:00:00Z", "2026-11-20T12:04:00Z"] {
            assert!(
                accepted(&file(of_cluster(taken_at, 1).to_string()), &[]).is_ok(),
                "{taken_at}"
            );
        }
    }

    #[test]
    fn a_list_is_usage_at_home_and_completes_nothing_else() {
        let Accepted { scanned, usage, named } =
            accepted(&file("[\"nginx:1\", \"nginx:2\"]"), &[]).unwrap();
        assert_eq!((scanned[0].scanned.source, scanned[0].scanned.references), (Source::Files, 2));
        let [first, _] = usage.as_slice() else { panic!("{usage:?}") };
        assert_eq!((first.kind.as_str(), &*first.arn), ("files", "s3://b/blue.json"));
        assert_eq!(first.seen_in(), ScanPlace::from(home()));
        assert_eq!(named, [REFERENCES.into()].into());
    }

    #[test]
    fn what_named_images_before_names_them_still() {
        let blue = "kubernetes in 111122223333/eu-west-1/blue";
        let empty = file(of_cluster(NOW, 0).to_string());
        assert!(accepted(&empty, &[]).is_ok());
        let problem = accepted(&empty, &[blue]).unwrap_err();
        assert!(problem.contains("eu-west-1/blue before, and names none of it now"), "{problem}");
        assert!(accepted(&file(of_cluster(NOW, 2).to_string()), &[blue]).is_ok());
        assert!(accepted(&file("[]"), &[]).is_ok());
        let problem = accepted(&file("[]"), &[REFERENCES]).unwrap_err();
        assert_eq!(problem, "it named images before, and names none now");
    }

    #[test]
    fn what_cannot_be_read_is_not_accepted() {
        for text in ["", "{", "[1]", "{}", "null"] {
            assert!(accepted(&file(text), &[]).is_err(), "{text}");
        }
    }
}
