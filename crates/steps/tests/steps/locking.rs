use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{Lock, LockWork, RunSummary, Stage, V1, keys, write};
use ecr_sweep_protocol::{ExitCode, documents};
use ecr_sweep_steps::{
    HeldLock, Phase, Run, StepError, find_deleted, restore, take_lock_away, unlock,
};
use jiff::SignedDuration;

use crate::world::{World, changing_calls, id, now, small, token};

#[tokio::test]
async fn a_held_lock_refuses_the_run_and_says_who_holds_it() {
    let world = World::start(small()).await;
    HeldLock::take(&world.environment(), &id("other")).await.unwrap();
    let refused = world.try_sweep("r1").await.unwrap_err();
    assert_eq!((refused.name(), refused.exit_code()), (ErrorName::Conflict, ExitCode::Refused));
    let text = refused.in_full();
    for part in ["`other`", "arn:aws:iam::111122223333:root", "2026-11-20T00:15:00Z", "lock.json"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    let counts = world.simulator.counts();
    assert!(counts.keys().all(|call| !call.starts_with("ecr:")), "it need not plan: {counts:?}");
}

#[tokio::test]
async fn a_token_grows_even_if_the_document_is_removed() {
    let world = World::start(small()).await;
    let environment = world.environment();
    let first = HeldLock::take(&environment, &id("r1")).await.unwrap();
    std::fs::remove_file(world.path(&keys::LOCK)).unwrap();
    world.clock.advance(SignedDuration::from_millis(1));
    let second = HeldLock::take(&environment, &id("r1")).await.unwrap();
    assert!(second.token() > first.token());
    assert!(first.renew(&environment).await.is_err());
    second.renew(&environment).await.unwrap();
}

#[tokio::test]
async fn two_holders_of_the_same_run_and_token_are_told_apart() {
    let world = World::start(small()).await;
    let environment = world.environment();
    let first = HeldLock::take(&environment, &id("r1")).await.unwrap();
    std::fs::remove_file(world.path(&keys::LOCK)).unwrap();
    let second = HeldLock::take(&environment, &id("r1")).await.unwrap();
    assert_eq!(second.token(), first.token(), "no time has passed");
    assert!(first.renew(&environment).await.is_err());
    second.renew(&environment).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_unlocked_is_free_and_stops_who_had_it() {
    let world = World::start(small()).await;
    let environment = world.environment();
    let unlocked = async |run: &str| unlock(&*environment.store, &id(run), now()).await;
    assert_eq!(unlocked("r1").await.unwrap(), None, "there is no lock");
    let held = HeldLock::take(&environment, &id("r1")).await.unwrap();
    let refused = unlocked("other").await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Conflict);
    assert!(refused.to_string().contains("`r1`"), "{refused}");
    held.renew(&environment).await.unwrap();
    assert_eq!(unlocked("r1").await.unwrap().unwrap().run, id("r1"));
    let lost = held.renew(&environment).await.unwrap_err();
    assert!(lost.to_string().contains("it was unlocked at"), "{lost}");
    assert_eq!(unlocked("r1").await.unwrap(), None);
    assert_eq!(world.sweep("r2").await.ending, Ending::Done);
}

#[tokio::test]
async fn nothing_is_deleted_by_a_lock_that_cannot_be_read_until_it_is_taken_away() {
    let world = World::start(small()).await;
    let environment = world.environment();
    let first = HeldLock::take(&environment, &id("first")).await.unwrap();
    std::fs::create_dir_all(world.path("sweeps/first")).unwrap();
    std::fs::write(world.path("sweeps/first/request.json"), "{}").unwrap();
    let text = std::fs::read_to_string(world.path(&keys::LOCK)).unwrap();
    std::fs::write(world.path(&keys::LOCK), &text[..text.len() / 2]).unwrap();
    let refused = world.try_sweep("r1").await.unwrap_err();
    assert!(matches!(refused, StepError::DamagedLock { .. }), "{refused:?}");
    assert!(refused.in_full().contains("unlock it"), "{}", refused.in_full());
    assert!(first.renew(&environment).await.is_err());
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    // What would go is told all the same.
    let planned = world.dry_run("r2").await;
    let told = planned.warnings.iter().any(|it| it.detail.contains("lock.json"));
    assert!(told, "{:?}", planned.warnings);
    let damaged = unlock(&*environment.store, &id("r1"), now()).await.unwrap_err();
    assert!(matches!(damaged, StepError::DamagedLock { .. }), "{damaged:?}");
    world.clock.advance(SignedDuration::from_millis(1));
    let away = take_lock_away(&*environment.store, &id("r2"), environment.now()).await.unwrap();
    assert_eq!(away.unwrap(), [id("first"), id("r2")].into(), "the damaged one still names it");
    let lost = first.renew(&environment).await.unwrap_err();
    assert!(matches!(lost, StepError::Conflict { .. }), "{lost:?}");
    let again = take_lock_away(&*environment.store, &id("r2"), environment.now()).await.unwrap();
    assert_eq!(again, None, "it can be read by now");
    assert_eq!(world.sweep("r3").await.ending, Ending::Done);
    let lock = world.run("r3").read(&keys::LOCK).await.unwrap();
    assert!(lock.token > first.token());
}

#[tokio::test]
async fn a_lock_that_is_damaged_while_images_go_stops_the_rest_and_hides_nothing() {
    let world = World::start(small()).await;
    let path = world.path(&keys::LOCK);
    world.after_each(Phase::DeleteImages, move || std::fs::write(&path, "{").unwrap());
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 1, "of two");
    let summary = std::fs::read(world.path("sweeps/r1/summary.json")).unwrap();
    let summary: RunSummary = documents::read(&summary).unwrap();
    assert_eq!(
        (summary.ending, summary.totals.outcomes.deleted),
        (Ending::Partial, 3),
        "{stopped}"
    );
}

#[tokio::test]
async fn who_is_refused_is_told_what_the_lock_is_held_for() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let environment = world.environment();
    let path = world.path(&keys::LOCK);
    let read = move || documents::read::<Lock>(&std::fs::read(&path).unwrap()).unwrap();
    let held = Arc::new(Mutex::new(None));
    let seen = held.clone();
    let lock = read.clone();
    world.after_each(Phase::RestoreImages, move || *seen.lock().unwrap() = Some(lock()));
    let deleted = find_deleted(&environment, &id("r1"), |_, _| true).await.unwrap();
    let run = Run::open(&environment, &id("r1")).await.unwrap();
    restore(&run, deleted).await.unwrap();
    assert_eq!(read().work, None, "earlier versions read what is given back");
    let held = held.lock().unwrap().take().unwrap();
    assert_eq!(held.work, Some(LockWork::Restore));
    std::fs::write(world.path(&keys::LOCK), write(&held).unwrap()).unwrap();
    let refused = world.try_sweep("r2").await.unwrap_err();
    let told = "is restoring what the run `r1` has deleted";
    assert!(refused.to_string().contains(told), "{refused}");
    assert!(!refused.to_string().contains("is deleting"), "{refused}");
}

#[tokio::test]
async fn an_expired_lock_is_taken_over_with_a_higher_token_and_given_back_at_the_end() {
    let world = World::start(small()).await;
    let first = HeldLock::take(&world.environment(), &id("other")).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert!(lock.token > first.token());
    assert_eq!(lock.run.as_str(), "r1");
    assert!(lock.released_at.is_some());
}

#[tokio::test]
async fn who_was_overtaken_cannot_renew() {
    let world = World::start(small()).await;
    let first = HeldLock::take(&world.environment(), &id("first")).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(16));
    let second = HeldLock::take(&world.environment(), &id("second")).await.unwrap();
    assert!(second.token() > first.token());
    let lost = first.renew(&world.environment()).await.unwrap_err();
    assert!(matches!(lost, StepError::Conflict { .. }), "{lost:?}");
    assert!(lost.to_string().contains("`second`"), "{lost}");
    second.renew(&world.environment()).await.unwrap();
    let given_back = HeldLock::resume(id("second"), second.token());
    second.release(&world.environment()).await.unwrap();
    assert!(given_back.renew(&world.environment()).await.is_err());
}

#[tokio::test]
async fn a_run_that_loses_its_lock_stops_before_the_next_batch() {
    let world = World::start(small()).await;
    let path = world.path(&keys::LOCK);
    let somebody_elses = write(&Lock {
        schema_version: V1,
        owner: "somebody".into(),
        run: "other".parse().unwrap(),
        token: token(7),
        work: None,
        holder: None,
        taken_at: now(),
        expires_at: now(),
        released_at: None,
        stop: None,
        failures: BTreeMap::new(),
        looked_at: BTreeMap::new(),
        unsettled: [].into(),
    })
    .unwrap();
    world.when(Phase::DeleteImages, move || std::fs::write(&path, &somebody_elses).unwrap());
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert_eq!(stopped.name(), ErrorName::Conflict);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    let summary = std::fs::read(world.path("sweeps/r1/summary.json")).unwrap();
    let summary: RunSummary = documents::read(&summary).unwrap();
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Refused, 0));
    assert!(summary.stopped.unwrap().contains("lost the lock"));
}

#[tokio::test]
async fn a_lock_is_renewed_once_a_third_of_its_time_is_used() {
    let world = World::start(small()).await;
    let run = world.run("r1");
    let held = HeldLock::take(&run, &run.id).await.unwrap();
    let expires_at = async || run.read(&keys::LOCK).await.unwrap().expires_at;
    let first = expires_at().await;
    world.clock.advance(SignedDuration::from_mins(4));
    held.renew(&run).await.unwrap();
    assert_eq!(expires_at().await, first);
    world.clock.advance(SignedDuration::from_mins(2));
    held.renew(&run).await.unwrap();
    assert_eq!(expires_at().await.duration_since(first), SignedDuration::from_mins(6));
}

fn read_sources(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push((path.clone(), std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// Above the adapters: who plans, explains or records cannot name it.
#[test]
fn what_deletes_is_had_from_a_held_lock_alone() {
    let steps = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in [steps.join("src"), steps.join("../cli/src"), steps.join("../../functions")] {
        read_sources(&folder, &mut sources);
    }
    let names = |text: &str| text.contains("RegistryDeleter") || text.contains("registry_deleter");
    let naming: Vec<&PathBuf> =
        sources.iter().filter(|(_, text)| names(text)).map(|(path, _)| path).collect();
    assert_eq!(naming, [&steps.join("src/run/lock.rs")]);
}

#[tokio::test]
async fn who_does_not_get_the_lock_of_a_run_writes_nothing_of_it() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let environment = world.environment();
    let lock = HeldLock::take(&environment, &id("r1")).await.unwrap();
    let summary = || std::fs::read(world.path(&keys::summary(&id("r1"), Stage::Plan))).unwrap();
    let before = summary();
    let refused = world.sweep_planned("r1").await.unwrap_err();
    assert_eq!(refused.exit_code(), ExitCode::Refused);
    assert!(summary() == before, "the run deletes elsewhere, and is told of there");
    lock.release(&environment).await.unwrap();
    let other = HeldLock::take(&environment, &id("r2")).await.unwrap();
    world.sweep_planned("r1").await.unwrap_err();
    assert!(summary() != before, "another run deletes: this one was refused");
    other.release(&environment).await.unwrap();
    assert_eq!(world.sweep_planned("r1").await.unwrap().ending, Ending::Done);
}
