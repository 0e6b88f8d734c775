use crate::testing::{HOST, case, digest, home, image, index, now, referrer, tagged, usage};
use crate::{
    Admitted, Coverage, CoverageDefault, Image, ImageStatus, Inspection, OrganizationFacts,
    Registry, Repository, Usage,
};

fn named(name: &str, images: Vec<Image>) -> Repository {
    Repository { name: name.into(), ..case(images).repository }
}

fn inspect(
    repositories: Vec<Repository>,
    usage: Vec<Usage>,
    default: CoverageDefault,
) -> Inspection {
    let registry = Registry {
        account: home().account,
        region: home().region,
        deletes_replicate_to: Vec::new(),
        unread: None,
        repositories,
    };
    OrganizationFacts {
        home: &home().account,
        registries: &[registry],
        cache_rules: &[],
        usage,
        coverage: &Coverage { default, except: Vec::new() },
        policy: &case([]).policy,
        now: now(),
    }
    .index()
    .inspect()
}

/// Each finding in one line: whether it is in use, its code, its repository, and how many use it.
fn found(repositories: Vec<Repository>, usage: Vec<Usage>) -> Vec<String> {
    lines(&inspect(repositories, usage, CoverageDefault::Complete))
}

fn lines(inspection: &Inspection) -> Vec<String> {
    let line = |it: &super::Finding| {
        let number = it.digest.and_then(|found| (0..=9).find(|n| digest(*n) == found));
        let image = number.map_or_else(|| it.tags.join(","), |n| n.to_string());
        format!("{} {} {}:{image} {}", it.in_use, it.code, it.repository, it.used_by.len())
    };
    inspection.findings.iter().map(line).collect()
}

#[test]
fn what_is_whole_has_no_finding() {
    let images = vec![index(1, 9, &[2]), image(2, 9), referrer(3, 9, 1), tagged(4, 9, &["v1"])];
    let uses = vec![usage("ecs-task", "HOST/app:v1")];
    assert_eq!(found(vec![named("app", images)], uses), Vec::<String>::new());
}

#[test]
fn an_index_with_missing_children_is_found_and_what_it_breaks() {
    let mut broken = index(1, 9, &[2, 3]);
    broken.tags = vec!["v1".into()];
    let repositories = || vec![named("app", vec![broken.clone(), image(2, 9)])];
    assert_eq!(found(repositories(), Vec::new()), ["no incomplete-index app:1 0"]);
    let uses = vec![usage("ecs-service", "HOST/app:v1")];
    let inspection = inspect(repositories(), uses, CoverageDefault::Complete);
    assert_eq!(lines(&inspection), ["yes incomplete-index app:1 1"]);
    let expected = format!("of the 2 images that it lists, 1 is not there: {}", digest(3));
    assert_eq!(&*inspection.findings[0].detail, expected);
}

#[test]
fn an_image_that_a_used_index_lists_is_in_use() {
    let mut outer = index(1, 9, &[2]);
    outer.tags = vec!["v1".into()];
    let archived = Image { status: ImageStatus::Archived, ..image(3, 9) };
    let images = vec![outer, index(2, 9, &[3]), archived];
    let uses = vec![usage("ecs-service", "HOST/app:v1")];
    assert_eq!(found(vec![named("app", images)], uses), ["yes unpullable-image app:3 1"]);
}

#[test]
fn what_is_named_and_not_there_is_found_once_with_all_that_name_it() {
    let by_digest = format!("HOST/app@{}", digest(7));
    let uses = vec![
        usage("ecs-task", "HOST/app:gone"),
        usage("ecs-service", "HOST/app:gone"),
        usage("ecs-task", &by_digest),
        usage("ecs-task", "HOST/none:v1"),
        usage("ecs-task", "other.example.com/app:gone"),
    ];
    let mut expected = [
        "yes missing-image app:7 1",
        "yes missing-image app:gone 2",
        "yes missing-image none:v1 1",
    ];
    expected.sort_unstable();
    let mut lines = found(vec![named("app", vec![image(1, 9)])], uses);
    lines.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn a_signature_in_a_repository_of_its_own_is_not_without_its_subject() {
    let signatures = vec![
        referrer(2, 9, 1),
        referrer(3, 9, 8),
        tagged(4, 9, &[&format!("sha256-{}.sig", digest(1).hex())]),
        tagged(5, 9, &[&format!("sha256-{}.sig", digest(9).hex())]),
        tagged(6, 9, &["v1", &format!("sha256-{}.sig", digest(9).hex())]),
        tagged(7, 9, &[&format!("sha256-{}.imgpkg", digest(7).hex())]),
    ];
    let repositories = vec![named("app", vec![image(1, 9)]), named("signatures", signatures)];
    let expected = [
        "no referrer-without-subject signatures:3 0",
        "no referrer-without-subject signatures:5 0",
    ];
    assert_eq!(found(repositories, Vec::new()), expected);
}

#[test]
fn what_is_in_use_comes_first_and_then_what_is_worst() {
    let mut broken = index(1, 9, &[9]);
    broken.tags = vec!["v1".into()];
    let unread = Image { children: None, ..index(4, 9, &[]) };
    let archived = Image { status: ImageStatus::Archived, ..image(3, 9) };
    let images = vec![referrer(2, 9, 8), archived, unread, broken];
    let uses = vec![usage("ecs-service", "HOST/app:v1"), usage("ecs-service", "HOST/app:v2")];
    let expected = [
        "yes missing-image app:v2 1",
        "yes incomplete-index app:1 1",
        "no unpullable-image app:3 0",
        "no unread-index app:4 0",
        "no referrer-without-subject app:2 0",
    ];
    assert_eq!(found(vec![named("app", images)], uses), expected);
}

#[test]
fn what_was_not_seen_may_use_it() {
    let broken = || named("app", vec![index(1, 9, &[2])]);
    let inspection = inspect(vec![broken()], Vec::new(), CoverageDefault::Failed);
    assert_eq!(lines(&inspection), ["unknown incomplete-index app:1 0"]);
    assert!(!inspection.gaps.is_empty());
    let admitted = Repository { allows: vec![Admitted::Public], ..broken() };
    assert_eq!(found(vec![admitted], Vec::new()), ["unknown incomplete-index app:1 0"]);
}

#[test]
fn a_digest_that_runs_elsewhere_does_not_make_its_copy_used() {
    let archived = Image { status: ImageStatus::Archived, ..image(1, 9) };
    let repositories = vec![named("app", vec![image(1, 9)]), named("copy", vec![archived])];
    let mut running = usage("ecs-task", &format!("{HOST}/app@{}", digest(1)));
    running.resolved = Some(digest(1));
    assert_eq!(found(repositories, vec![running]), ["no unpullable-image copy:1 0"]);
}
