use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Effect, Lack};
use ecr_sweep_core::{Digest, WarningCode};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{DeletionOutcome, ManifestCopy, ManifestPack, read, sha256};
use ecr_sweep_steps::{Phase, sweep};
use serde_json::json;

use crate::world::{
    DELETED, HOST, KEPT, World, changing_calls, error, id, meanwhile, old, organization, small,
};

fn reason(outcome: &DeletionOutcome) -> &str {
    match outcome {
        DeletionOutcome::Skipped { reason } | DeletionOutcome::Failed { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sweep_deletes_exactly_the_plan() {
    let world = World::start(small()).await;
    let summary = world.sweep("r1").await;
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    assert_eq!(world.images("prod/api"), world.digests(&[21]));
    assert_eq!((summary.ending, summary.dry_run), (Ending::Done, false));
    assert_eq!((summary.totals.outcomes.deleted, summary.totals.outcomes.failed), (6, 0));
    // 4 is an index: its size is that of its largest part.
    let images = DELETED.iter().filter(|number| **number != 4);
    let bytes: u64 = images.map(|number| u64::from(1000 + number)).sum();
    assert_eq!(summary.totals.outcomes.deleted_bytes, bytes);
    // One call a wave: roots, then the children and the signature.
    assert_eq!(
        changing_calls(&world.simulator.counts()),
        [("ecr:BatchDeleteImage".to_owned(), 2)].into()
    );
}

#[tokio::test]
async fn every_deletion_has_a_receipt_and_its_manifest_is_stored() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let receipts = world.receipts("r1", "dev/app").await;
    assert!(receipts.finished);
    let receipted: BTreeSet<Digest> = receipts.receipts.iter().map(|it| it.digest).collect();
    assert_eq!(receipted, world.digests(&DELETED));
    let run = world.run("r1");
    for receipt in &receipts.receipts {
        assert_eq!(receipt.outcome, DeletionOutcome::Deleted);
        assert!(receipt.answered_at.is_some());
        let Some(ManifestCopy::Packed { key }) = &receipt.manifest else { panic!("{receipt:?}") };
        let stored = run.store.get(key).await.unwrap().unwrap();
        let pack: ManifestPack = read(&stored.bytes).unwrap();
        let mut of_it = pack.manifests.iter().filter(|it| it.digest == receipt.digest);
        assert_eq!(sha256(of_it.next().unwrap().manifest.as_bytes()), receipt.digest);
    }
}

#[tokio::test]
async fn children_go_after_their_index_and_a_signature_after_what_it_signs() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let receipts = world.receipts("r1", "dev/app").await;
    for (wave, numbers) in [(0, &[1, 2, 4][..]), (1, &[5, 6, 7])] {
        let in_wave = receipts.receipts.iter().filter(|receipt| receipt.wave == Some(wave));
        let in_wave: BTreeSet<Digest> = in_wave.map(|receipt| receipt.digest).collect();
        assert_eq!(in_wave, world.digests(numbers));
    }
}

#[tokio::test]
async fn what_is_not_confirmed_is_not_deleted() {
    let world = World::start(small()).await;
    let mut asked = 0;
    let summary = sweep(&world.environment(), &id("r1"), world.options(), async |planned| {
        asked = planned.totals.plan.delete;
        false
    })
    .await
    .unwrap();
    assert_eq!(asked, 6);
    assert_eq!(summary.ending, Ending::Refused);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    assert!(!world.watch.started.lock().unwrap().contains(&Phase::RescanUsage));
}

#[tokio::test]
async fn nobody_is_asked_where_there_is_nothing_to_delete() {
    let images = json!([{ "name": "dev/app", "images": [old(1, &["v1"])] }]);
    let world = World::start(organization(&images, &json!({}))).await;
    let summary =
        sweep(&world.environment(), &id("r1"), world.options(), async |_| panic!("asked")).await;
    assert_eq!(summary.unwrap().ending, Ending::Done);
}

#[tokio::test]
async fn an_image_whose_tag_moved_since_it_was_planned_is_kept_and_so_is_its_signature() {
    let world = World::start(small()).await;
    let somebody = world.somebody();
    let summary = sweep(&world.environment(), &id("r1"), world.options(), async |_| {
        somebody.pushes("v1").await;
        true
    })
    .await
    .unwrap();
    let moved = world.outcome("r1", 1).await;
    assert!(reason(&moved).contains("its tags changed from [v1] to []"), "{moved:?}");
    let signature = world.outcome("r1", 7).await;
    assert!(reason(&signature).contains("has to go before it"), "{signature:?}");
    assert!(world.images("dev/app").is_superset(&world.digests(&[1, 3, 7, 8])));
    assert_eq!((summary.ending, summary.totals.outcomes.skipped), (Ending::Done, 2));
}

#[tokio::test]
async fn an_image_whose_tag_moved_since_the_recheck_is_kept() {
    let world = World::start(small()).await;
    let somebody = world.somebody();
    world.when(Phase::DeleteImages, move || {
        let somebody = somebody.clone();
        meanwhile(async move { somebody.pushes("v2").await });
    });
    world.sweep("r1").await;
    let moved = world.outcome("r1", 2).await;
    assert!(reason(&moved).contains("since it was planned again"), "{moved:?}");
    assert!(world.images("dev/app").contains(&world.digest(2)));
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Deleted);
}

#[tokio::test]
async fn an_image_that_was_pulled_since_it_was_planned_is_kept() {
    let world = World::start(small()).await;
    let (somebody, pulled) = (world.somebody(), world.digest(2));
    sweep(&world.environment(), &id("r1"), world.options(), async |_| {
        somebody.pulls(pulled).await;
        true
    })
    .await
    .unwrap();
    let outcome = world.outcome("r1", 2).await;
    assert!(reason(&outcome).contains("recently-pulled"), "{outcome:?}");
    assert!(world.images("dev/app").contains(&pulled));
}

#[tokio::test]
async fn an_image_that_was_pulled_since_the_recheck_is_kept() {
    let world = World::start(small()).await;
    let (somebody, pulled) = (world.somebody(), world.digest(2));
    world.when(Phase::DeleteImages, move || {
        let somebody = somebody.clone();
        meanwhile(async move { somebody.pulls(pulled).await });
    });
    world.sweep("r1").await;
    let outcome = world.outcome("r1", 2).await;
    assert!(reason(&outcome).contains("it was pulled at"), "{outcome:?}");
    assert!(world.images("dev/app").contains(&pulled));
}

#[tokio::test]
async fn an_image_that_something_names_since_it_was_planned_is_kept() {
    let world = World::start(small()).await;
    let named = world.digest(2);
    sweep(&world.environment(), &id("r1"), world.options(), async |_| {
        world.register("rollback", &format!("{HOST}/dev/app@{named}")).await;
        true
    })
    .await
    .unwrap();
    let outcome = world.outcome("r1", 2).await;
    assert!(reason(&outcome).contains("used-by-ecs-task-definition"), "{outcome:?}");
    assert!(world.images("dev/app").contains(&named));
    assert!(!world.images("dev/app").contains(&world.digest(1)));
}

#[tokio::test]
async fn what_the_registry_refuses_is_reported_and_what_depends_on_it_stays() {
    let world = World::start(small()).await;
    world.fault(
        "ecr:BatchDeleteImage",
        Effect::FailImages {
            digests: vec![world.digest(4)],
            code: "KmsError".to_owned(),
            reason: "the key is disabled".to_owned(),
        },
    );
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    let outcomes = summary.totals.outcomes;
    assert_eq!((outcomes.deleted, outcomes.failed, outcomes.skipped), (3, 1, 2));
    assert_eq!(reason(&world.outcome("r1", 4).await), "the key is disabled");
    let child = world.outcome("r1", 5).await;
    assert!(reason(&child).contains("has to go before it"), "{child:?}");
    assert_eq!(world.images("dev/app"), world.digests(&[3, 4, 5, 6, 8]));
    let not_deleted = &summary.repositories[0].not_deleted;
    assert!(not_deleted.iter().any(|it| it.code.as_deref() == Some("KmsError") && it.images == 1));
}

#[tokio::test]
async fn a_repository_that_is_removed_meanwhile_is_a_warning() {
    for phase in [Phase::RescanUsage, Phase::DeleteImages] {
        let world = World::start(small()).await;
        let somebody = world.somebody();
        world.when(phase, move || {
            let somebody = somebody.clone();
            meanwhile(async move { somebody.removes_the_repository().await });
        });
        let summary = world.sweep("r1").await;
        assert_eq!((summary.ending, summary.totals.outcomes.already_gone), (Ending::Done, 6));
        let warned = summary.warnings.iter().any(|it| it.code == WarningCode::RepositoryGone);
        assert_eq!(warned, phase == Phase::RescanUsage);
    }
}

#[tokio::test]
async fn a_plan_that_is_deleted_again_asks_for_nothing_again() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let receipts = world.receipts("r1", "dev/app").await;
    world.simulator.reset_counts();
    let again = world.sweep_planned("r1").await.unwrap();
    assert_eq!((again.ending, again.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    assert_eq!(world.receipts("r1", "dev/app").await, receipts);
}

#[tokio::test]
async fn a_second_run_finds_nothing_to_delete() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let second = world.sweep("r2").await;
    assert_eq!((second.ending, second.totals.plan.delete), (Ending::Done, 0));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn an_answer_that_never_came_is_looked_up_and_not_asked_for_again() {
    let world = World::start(small()).await;
    // The registry does it, and nobody hears of it.
    world.fault("ecr:BatchDeleteImage", Effect::DropAnswer);
    let cut_short = world.sweep("r1").await;
    assert_eq!(cut_short.ending, Ending::Partial);
    assert_eq!(cut_short.failed[0].error, ErrorName::Unavailable);
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);

    world.simulator.set_faults(Vec::new());
    let again = world.sweep_planned("r1").await.unwrap();
    assert_eq!((again.ending, again.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    let receipts = world.receipts("r1", "dev/app").await;
    let first = receipts.receipts.iter().find(|it| it.digest == world.digest(1)).unwrap();
    assert_eq!((&first.outcome, first.answered_at), (&DeletionOutcome::Deleted, None));
}

#[tokio::test]
async fn what_is_not_answered_is_gone_if_it_is_not_there_and_has_failed_if_it_is() {
    let world = World::start(small()).await;
    // The registry does it, and says nothing of it.
    world.fault("ecr:BatchDeleteImage", Effect::Lack(Lack::Member("imageIds".to_owned())));
    let gone = world.sweep("r1").await;
    assert_eq!((gone.ending, gone.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));

    let world = World::start(small()).await;
    let body = r#"{ "imageIds": [], "failures": [] }"#.to_owned();
    let nothing = Effect::Respond { status: 200, headers: BTreeMap::new(), body };
    world.fault("ecr:BatchDeleteImage", nothing);
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Partial, 0));
    assert!(summary.totals.outcomes.failed > 0);
    let outcome = world.outcome("r1", 1).await;
    assert!(matches!(&outcome, DeletionOutcome::Failed { code, .. } if &**code == "NotAnswered"));
}

#[tokio::test]
async fn a_batch_that_is_denied_fails_its_repository_alone() {
    let world = World::start(small()).await;
    world.fault("ecr:BatchDeleteImage", error("AccessDeniedException"));
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    assert_eq!(summary.failed[0].error, ErrorName::AccessDenied);
    assert!(summary.failed[0].message.contains("ecr:BatchDeleteImage"), "{:?}", summary.failed);
    assert_eq!(world.images("dev/app").len(), DELETED.len() + KEPT.len());
}

#[tokio::test]
async fn an_archived_image_is_deleted_without_a_copy_of_its_manifest() {
    let mut archived = old(1, &[]);
    archived["status"] = "ARCHIVED".into();
    let images = json!([{ "name": "dev/app", "images": [archived, old(2, &["v2"])] }]);
    let world = World::start(organization(&images, &json!({}))).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 1));
    let receipt = &world.receipts("r1", "dev/app").await.receipts[0];
    assert!(matches!(receipt.manifest, Some(ManifestCopy::Missing { .. })), "{receipt:?}");
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 0);
}

#[tokio::test]
async fn an_image_whose_manifest_cannot_be_stored_stays() {
    let world = World::start(small()).await;
    world.when(Phase::DeleteImages, {
        let (simulator, digest) = (world.simulator.clone(), world.digest(1));
        move || {
            simulator.set_faults(vec![crate::world::fault(
                "ecr:BatchGetImage",
                Effect::FailImages {
                    digests: vec![digest],
                    code: "KmsError".to_owned(),
                    reason: "the key is disabled".to_owned(),
                },
            )]);
        }
    });
    world.sweep("r1").await;
    let outcome = world.outcome("r1", 1).await;
    assert!(reason(&outcome).contains("its manifest could not be stored"), "{outcome:?}");
    assert!(world.images("dev/app").is_superset(&world.digests(&[1, 7])));
}

#[tokio::test]
async fn a_wave_goes_in_batches_of_a_hundred() {
    let images: Vec<_> = (1..=251).map(|number| old(number, &[])).collect();
    let images = json!([{ "name": "dev/app", "images": images }]);
    let world = World::start(organization(&images, &json!({}))).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 251));
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 3);
    // Two plans of one page each, and what each batch looks at.
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 2 + 3);
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 3);
}
