//! What deleting frees in fact, where that is asked for: the layers of every image of the repository are read once, ever.
//!
//! Reading a manifest counts as a pull, of those that this is about, too: what nobody needs. So no more than one is read as
//! long as it is not shown that who reads is left out of pull times; what that one read has left is taken out as always.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>

mod known;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ecr_sweep_aws::registry::{IDS_A_CALL, Manifest, ManifestFailure};
use ecr_sweep_core::wording::{in_a_line, plural};
use ecr_sweep_core::{
    Deletion, Digest, Image, ImageStatus, KnownLayers, Layer, MediaType, RepositoryId, Warning,
    WarningCode, sha256,
};
use ecr_sweep_protocol::documents::StoredPlan;
use ecr_sweep_protocol::manifest_parts::parts;
use futures::try_join;
use jiff::{SignedDuration, Timestamp};

use self::known::StoredLayers;
use crate::run::computing::computing;
use crate::run::role::reader_arn;
use crate::steps::reads::ReadLedger;
use crate::{Reading, StepError};

/// So many manifests are read at a time at most: they are in memory.
const WINDOW: usize = 20 * IDS_A_CALL;

/// So many are read one by one at most until it shows whether reading counts.
const PROBES: usize = 10;

/// A pull time that is older than this changes with the next pull: ECR refreshes it within a day.
const REFRESHED: SignedDuration = SignedDuration::from_hours(48);

/// Tells in a plan what its deletions free, each layer counted once, as far as layers are to be had; and why not all are.
pub(super) async fn tell(
    reading: &Reading,
    repository: &RepositoryId,
    images: &[Image],
    plan: &mut StoredPlan,
) -> Result<(), StepError> {
    if plan.plan.summary.deleted() == 0 {
        return Ok(());
    }
    let (known, why) = read_layers(reading, repository, images).await?;
    let goes: BTreeSet<Digest> = plan
        .plan
        .delete
        .iter()
        .filter(|deletion| !deletion.archive)
        .map(|Deletion { digest, .. }| *digest)
        .collect();
    let freed = known.freed(images, |image| goes.contains(&image.digest));
    plan.plan.summary.freed = Some(freed);
    if !freed.is_exact() {
        let (count, why) = (freed.unread, why.unwrap_or_else(|| "nobody has read them".to_owned()));
        let detail = format!(
            "{repository}: what is freed is the most that it can be: the layers of {count} {} are not known: {why}",
            plural(count, "image")
        );
        plan.warnings.push(Warning { code: WarningCode::SizesAtMost, detail: detail.into() });
        plan.warnings.sort();
    }
    Ok(())
}

/// The layers of the images of a repository, and why those of some are not known.
async fn read_layers(
    reading: &Reading,
    repository: &RepositoryId,
    images: &[Image],
) -> Result<(KnownLayers, Option<String>), StepError> {
    let there: BTreeSet<Digest> =
        images.iter().filter(|image| !image.is_index()).map(|image| image.digest).collect();
    let mut stored = StoredLayers::open(reading, repository, there).await?;
    let unknown =
        || images.iter().filter(|image| !image.is_index() && !stored.known.has(image.digest));
    let mut why = unknown().find_map(never_read);
    let mut to_read: Vec<(Option<Timestamp>, Digest)> = unknown()
        .filter(|image| never_read(image).is_none())
        .map(|image| (image.pulled_at, image.digest))
        .collect();
    if to_read.is_empty() {
        return Ok((stored.known, why));
    }
    let mut ledger = ReadLedger::open(reading, repository).await?;
    ledger.forget_all_but(images);
    // Whose pull is longest ago tells best whether reading counts as one. Where a read of ours has counted, it is asked again
    // with the same image, whose pull time is our own already.
    to_read.sort_unstable();
    let long_ago = earlier(reading.now(), REFRESHED);
    let mut probe = to_read[0];
    if let Some((at, digest)) = ledger.last_counted() {
        if at > long_ago {
            return Ok((stored.known, Some(not_excluded(reading, repository))));
        }
        let again = images.iter().find(|it| it.digest == digest && never_read(it).is_none());
        probe = again.map_or(probe, |image| (image.pulled_at, image.digest));
    }
    to_read.retain(|it| *it != probe);
    let mut is_excluded = false;
    let mut left: VecDeque<_> = std::iter::once(probe).chain(to_read).collect();
    let mut done = 0;
    while let Some((pulled_at, _)) = left.front() {
        if !is_excluded && (done == PROBES || pulled_at.is_some_and(|at| at >= long_ago)) {
            let cannot_tell =
                || "whether reading counts as pulling there cannot be told".to_owned();
            return Ok((stored.known, Some(why.unwrap_or_else(cannot_tell))));
        }
        if done > 0 && reading.deadline.has_passed() {
            // More than the indexes that were read before can be, and more with each window.
            let steps = images.len() + stored.known.iter().count();
            return Err(StepError::OutOfTime { steps: steps as u64 });
        }
        let most = if is_excluded { WINDOW } else { 1 };
        let window: Vec<_> = left.drain(..most.min(left.len())).collect();
        let read = read_window(reading, repository, &mut ledger, &window, is_excluded).await?;
        is_excluded |= !read.layers.is_empty() && !read.counts;
        for (image, layers) in read.layers {
            stored.known.add(image, layers);
        }
        stored.remember().await?;
        why = read.why.or(why);
        if read.counts {
            return Ok((stored.known, Some(not_excluded(reading, repository))));
        }
        if read.has_failed {
            break;
        }
        done += window.len();
    }
    Ok((stored.known, why))
}

/// Why the manifest of an image is never read for its size, if it is not.
fn never_read(image: &Image) -> Option<String> {
    match (&image.media_type, image.status) {
        (_, ImageStatus::Archived | ImageStatus::Activating) => {
            Some("what is archived cannot be read until it is restored".to_owned())
        }
        (MediaType::Other(text), _) => {
            Some(format!("the media type `{}` is not known", in_a_line(text)))
        }
        _ => None,
    }
}

fn not_excluded(reading: &Reading, repository: &RepositoryId) -> String {
    let role = reader_arn(reading, &repository.registry.account);
    format!(
        "reading manifests counts as pulling there, so no more are read; leave out who reads, in that account and Region: \
         `aws ecr register-pull-time-update-exclusion --principal-arn {role}`; two days after that they are read"
    )
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// What came of reading some manifests.
struct ReadWindow {
    layers: Vec<(Digest, Vec<Layer>)>,
    /// Why those of others are not known.
    why: Option<String>,
    /// Whether reading them counted as pulls.
    counts: bool,
    /// Whether the registry gave none: it is not asked for others.
    has_failed: bool,
}

async fn read_window(
    reading: &Reading,
    repository: &RepositoryId,
    ledger: &mut ReadLedger,
    window: &[(Option<Timestamp>, Digest)],
    is_excluded: bool,
) -> Result<ReadWindow, StepError> {
    let client = reading.sessions.registry(&repository.registry);
    let digests: Vec<Digest> = window.iter().map(|(_, digest)| *digest).collect();
    let look_at = async || client.images_exactly(&repository.name, &digests).await;
    // The list may be old by now: somebody's pull since must not pass for our own.
    let before = look_at().await?.found;
    let pulled_before: BTreeMap<Digest, Option<Timestamp>> =
        before.iter().map(|image| (image.digest, image.pulled_at)).collect();
    let of_others = before.into_iter().map(|image| ledger.without_own_reads(image));
    let of_others = of_others.map(|image| (image.digest, image.pulled_at)).collect();
    ledger.begin(reading, &of_others).await?;
    let rows = client.manifests(&repository.name, &digests).await;
    // Without an answer, too, they may have been read.
    let mut shown = look_at().await?.found;
    shown.retain(|image| pulled_before.get(&image.digest) != Some(&image.pulled_at));
    let counts = 2 * shown.len() > window.len();
    if is_excluded && !counts {
        // What has changed in between is somebody else's.
        shown.clear();
    }
    let has_failed = rows.is_err();
    let close = ledger.close(reading, &shown);
    let told = async {
        Ok(match rows {
            Ok(rows) => computing(move || told(rows)).await?,
            Err(error) => (Vec::new(), Some(in_a_line(&error.to_string()).into_owned())),
        })
    };
    let ((), (layers, why)) = try_join!(close, told)?;
    Ok(ReadWindow { layers, why, counts, has_failed })
}

type Told = (Vec<(Digest, Vec<Layer>)>, Option<String>);

/// The layers that these manifests name, and why others are not known.
fn told(rows: Vec<(Digest, Result<Manifest, ManifestFailure>)>) -> Told {
    let (mut layers, mut why) = (Vec::new(), None);
    for (digest, row) in rows {
        let read = row.map_err(|failure| failure.to_string()).and_then(|it| layers_of(digest, &it));
        match read {
            Ok(of_it) => layers.push((digest, of_it)),
            Err(problem) => drop(why.get_or_insert(in_a_line(&problem).into_owned())),
        }
    }
    (layers, why)
}

fn layers_of(digest: Digest, manifest: &Manifest) -> Result<Vec<Layer>, String> {
    if sha256(&manifest.bytes) != digest {
        return Err(format!("what came for {digest} is another manifest"));
    }
    let parts = parts(&manifest.media_type, &manifest.bytes).map_err(|it| it.to_string())?;
    let layers = parts.blobs.iter().map(|blob| {
        let bytes = blob.size?;
        Some(Layer { digest: blob.digest, bytes })
    });
    layers
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{digest} does not say how large its layers are"))
}
