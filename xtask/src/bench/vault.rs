//! How fast what goes is copied to the vault, beside a plain copy of the same bytes.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ecr_sweep_core::{Digest, sha256};
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};
use serde_json::{Value, json};

use super::setting::{Setting, Store, folder};
use super::simulated::{BUCKET_LATENCY, Pace};
use super::{organization, row};

/// What is swept.
#[derive(Clone, Copy)]
struct Size {
    images: u32,
    /// Of each image.
    layers: u32,
    /// Of each layer: more than what is read at once.
    bytes: usize,
}

/// The second is to show what is held of much.
const SIZES: [Size; 2] = [
    Size { images: 16, layers: 4, bytes: 8 << 20 },
    Size { images: 20, layers: 4, bytes: 128 << 20 },
];

/// What is pushed at once.
const PART: usize = 8 << 20;

const REPOSITORY: &str = "team-0/app-0";
const FILE: &str = "vault.yaml";
/// The file into which all is copied, one after the other.
const COPY: &str = "copy.bin";

/// The images are pushed right before.
const AGES: &str = "minimum_age: 0d\nminimum_idle: 0d\n";

pub(crate) fn measure() -> miette::Result<()> {
    SIZES.into_iter().try_for_each(measure_one)
}

fn measure_one(size: Size) -> miette::Result<()> {
    let Size { images, layers, bytes } = size;
    let megabytes = row::number(u64::from(images * layers) * bytes as u64) / 1e6;
    println!(
        "\nSweeps of {images} images of {layers} layers, {megabytes:.0} MB, with a vault and without one:"
    );
    row::heads();
    let mut seconds = Vec::new();
    let mut copied = 0.0;
    for (name, undo) in [("without a vault", ""), ("with a vault", ", undo_for: 30d")] {
        let snapshot = organization::of(Timestamp::now(), 1, 1, false, 0)?;
        let latency = Duration::from_millis(1);
        let pace = Pace { latency, bucket_latency: BUCKET_LATENCY, rates: &[] };
        let setting = Setting::with(&snapshot, pace, Store::Folder)?;
        let layers = push(&setting, size)?;
        copied = copy(&setting, &layers)?;
        setting.write(FILE, &policy(undo))?;
        let swept = setting.sweep(&["run", "--policy", FILE, "--yes", "--format", "json"])?;
        row::print(name, &setting, &swept);
        row::print_calls(&swept);
        seconds.push(swept.taken.seconds);
    }
    let [without, with] = seconds[..] else {
        return Err(miette!("two sweeps were to be measured"));
    };
    let vault = with - without;
    println!(
        "{:>34} {:.0} MB a second to the vault, {:.0} by a plain copy: {:.2} times as long",
        "",
        megabytes / vault,
        megabytes / copied,
        vault / copied
    );
    Ok(())
}

fn policy(undo: &str) -> String {
    let (settings, _) = organization::POLICY.split_once("repositories:").unwrap_or_default();
    format!("{settings}{AGES}repositories:\n  - {{ keep: {{ tags: [\"none\"] }}{undo} }}\n")
}

/// Pushes the images, and gives their layers.
fn push(setting: &Setting, size: Size) -> miette::Result<Vec<Digest>> {
    let mut layers = Vec::new();
    let config = upload(setting, b"{ }")?;
    for image in 0..size.images {
        let of_it = (0..size.layers)
            .map(|layer| upload(setting, &noise(image * size.layers + layer, size.bytes)))
            .collect::<miette::Result<Vec<Digest>>>()?;
        let rows: Vec<Value> = of_it.iter().map(|digest| {
            json!({ "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest, "size": size.bytes })
        }).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 3,
            },
            "layers": rows,
        });
        let put = json!({
            "repositoryName": REPOSITORY,
            "imageManifest": manifest.to_string(),
            "imageTag": format!("v{image}"),
        });
        setting.call("PutImage", &put)?;
        layers.extend(of_it);
    }
    Ok(layers)
}

fn upload(setting: &Setting, bytes: &[u8]) -> miette::Result<Digest> {
    let digest = sha256(bytes);
    let begun = setting.call("InitiateLayerUpload", &json!({ "repositoryName": REPOSITORY }))?;
    let id = &begun["uploadId"];
    for (first, part) in (0..).step_by(PART).zip(bytes.chunks(PART)) {
        let part = json!({
            "repositoryName": REPOSITORY,
            "uploadId": id,
            "partFirstByte": first,
            "partLastByte": first + part.len() - 1,
            "layerPartBlob": BASE64_STANDARD.encode(part),
        });
        setting.call("UploadLayerPart", &part)?;
    }
    let complete = json!({
        "repositoryName": REPOSITORY, "uploadId": id, "layerDigests": [digest],
    });
    setting.call("CompleteLayerUpload", &complete)?;
    Ok(digest)
}

/// Bytes that are no others'.
fn noise(number: u32, length: usize) -> Vec<u8> {
    let mut state = u64::from(number) + 1;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&(state >> 16).to_le_bytes()[..6]);
    }
    bytes.truncate(length);
    bytes
}

/// Reads each layer by its URL, writes it to a file, and gives the seconds that it took.
fn copy(setting: &Setting, layers: &[Digest]) -> miette::Result<f64> {
    let file = folder()?.join(COPY);
    let start = Instant::now();
    for digest in layers {
        let asked = json!({ "repositoryName": REPOSITORY, "layerDigest": digest });
        let answer = setting.call("GetDownloadUrlForLayer", &asked)?;
        let url = answer["downloadUrl"].as_str().ok_or_else(|| miette!("a layer has no URL"))?;
        write(setting, url, &file)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    std::fs::remove_file(&file).into_diagnostic()?;
    Ok(seconds)
}

fn write(setting: &Setting, url: &str, file: &Path) -> miette::Result<()> {
    let mut file = File::create(file).into_diagnostic()?;
    io::copy(&mut setting.open(url)?, &mut file).into_diagnostic()?;
    file.sync_all().into_diagnostic()
}
