//! Layers: uploaded, pulled, and what is left of them when their images go.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::{Digest, sha256};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{Refusal, World, assert_refused, organization, send_to};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// The smallest part that is not the last, in bytes.
const PART: usize = 5 * 1024 * 1024;

fn repository() -> World {
    World::images(json!([]))
}

/// With layers that go with their last image.
fn forgetful() -> World {
    World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        layers_outlive_images: Some(SignedDuration::ZERO),
        ..SimulatorOptions::default()
    })
}

fn start_upload(world: &World) -> Value {
    world.app("InitiateLayerUpload", json!({})).unwrap()["uploadId"].clone()
}

fn upload(world: &World, id: &Value, first: usize, bytes: &[u8]) -> Result<Value, Refusal> {
    let input = json!({
        "uploadId": id,
        "partFirstByte": first,
        "partLastByte": first + bytes.len() - 1,
        "layerPartBlob": BASE64_STANDARD.encode(bytes),
    });
    world.app("UploadLayerPart", input)
}

fn complete(world: &World, id: &Value, digest: Digest) -> Result<Value, Refusal> {
    world.app("CompleteLayerUpload", json!({ "uploadId": id, "layerDigests": [digest] }))
}

fn push_layer(world: &World, content: &str) -> Digest {
    let (id, digest) = (start_upload(world), sha256(content.as_bytes()));
    upload(world, &id, 0, content.as_bytes()).unwrap();
    complete(world, &id, digest).unwrap();
    digest
}

fn manifest(layers: &[Digest]) -> String {
    let layers: Vec<Value> = layers
        .iter()
        .map(|digest| json!({ "mediaType": "application/x", "digest": digest, "size": 4 }))
        .collect();
    let config = json!({ "mediaType": CONFIG, "digest": sha256(b"{}"), "size": 2 });
    json!({ "schemaVersion": 2, "mediaType": OCI, "config": config, "layers": layers }).to_string()
}

fn put(world: &World, manifest: &str) -> Result<Value, Refusal> {
    world.app("PutImage", json!({ "imageManifest": manifest }))
}

fn delete(world: &World, manifest: &str) {
    let ids = json!([{ "imageDigest": sha256(manifest.as_bytes()) }]);
    let answer = world.app("BatchDeleteImage", json!({ "imageIds": ids })).unwrap();
    assert_eq!(answer["failures"], json!([]));
}

fn availability(world: &World, layer: Digest) -> Value {
    let input = json!({ "layerDigests": [layer] });
    world.app("BatchCheckLayerAvailability", input).unwrap()["layers"][0].clone()
}

fn url(world: &World, layer: Digest) -> Result<Value, Refusal> {
    world.app("GetDownloadUrlForLayer", json!({ "layerDigest": layer }))
}

fn download(world: &World, layer: Digest) -> String {
    let answer = url(world, layer).unwrap();
    let url = answer["downloadUrl"].as_str().unwrap();
    let path = url.strip_prefix(&format!("http://{}", world.address())).unwrap();
    let response = send_to(world.address(), "GET", path, &[], "").unwrap();
    assert_eq!(response.status, 200);
    response.body
}

#[test]
fn a_layer_is_there_once_its_parts_were_uploaded() {
    let world = repository();
    let bytes = vec![b'x'; PART + 5];
    let layer = sha256(&bytes);
    assert_eq!(availability(&world, layer)["layerAvailability"], "UNAVAILABLE");
    let id = start_upload(&world);
    assert_eq!(upload(&world, &id, 0, &bytes[..PART]).unwrap()["lastByteReceived"], PART - 1);
    upload(&world, &id, PART, &bytes[PART..]).unwrap();
    assert_eq!(complete(&world, &id, layer).unwrap()["layerDigest"], json!(layer));
    let there = availability(&world, layer);
    assert_eq!(there["layerAvailability"], "AVAILABLE");
    assert_eq!(there["layerSize"], json!(bytes.len()));
}

#[test]
fn layers_that_are_not_what_they_should_be_are_refused() {
    let world = repository();
    let layer = sha256(b"bytes");
    let id = start_upload(&world);
    assert_refused(upload(&world, &id, 3, b"bytes"), "InvalidLayerPartException");
    upload(&world, &id, 0, b"other").unwrap();
    assert_refused(complete(&world, &id, layer), "InvalidLayerException");
    assert_refused(complete(&world, &id, layer), "UploadNotFoundException");
    let id = start_upload(&world);
    assert_refused(complete(&world, &id, layer), "EmptyUploadException");
    push_layer(&world, "bytes");
    let id = start_upload(&world);
    upload(&world, &id, 0, b"bytes").unwrap();
    assert_refused(complete(&world, &id, layer), "LayerAlreadyExistsException");
}

#[test]
fn only_the_last_part_may_be_small_and_none_too_large() {
    let world = repository();
    let id = start_upload(&world);
    let refused = upload(&world, &id, 0, &vec![0; 2 * PART + 1]);
    assert_refused(refused, "InvalidLayerPartException");
    upload(&world, &id, 0, b"small ").unwrap();
    upload(&world, &id, 6, b"parts").unwrap();
    let refused = complete(&world, &id, sha256(b"small parts"));
    assert_refused(refused, "LayerPartTooSmallException");
}

#[test]
fn what_no_digest_is_is_a_failure_of_its_own() {
    let world = repository();
    let input = json!({ "layerDigests": ["sha256:12"] });
    let answer = world.app("BatchCheckLayerAvailability", input).unwrap();
    assert_eq!(answer["layers"], json!([]));
    assert_eq!(answer["failures"][0]["failureCode"], "InvalidLayerDigest");
    let refused = world.app("BatchCheckLayerAvailability", json!({ "layerDigests": [] }));
    assert_refused(refused, "InvalidParameterException");
}

#[test]
fn a_layer_of_an_image_is_pulled_as_it_was_uploaded() {
    let world = repository();
    let layer = push_layer(&world, "four");
    assert_refused(url(&world, layer), "LayerInaccessibleException");
    put(&world, &manifest(&[layer])).unwrap();
    assert_eq!(download(&world, layer), "four");
    assert_refused(url(&world, sha256(b"another")), "LayersNotFoundException");
    assert_eq!(world.simulator.count("ecr:GetLayer"), 1);
}

#[test]
fn a_seeded_image_has_blobs_of_the_digests_that_its_manifest_says() {
    let image = json!({ "digest": sha256(b"image"), "size_bytes": 1234 });
    let world = World::images(json!([image]));
    let ids = json!([{ "imageDigest": sha256(b"image") }]);
    let answer = world.app("BatchGetImage", json!({ "imageIds": ids })).unwrap();
    let manifest: Value =
        serde_json::from_str(answer["images"][0]["imageManifest"].as_str().unwrap()).unwrap();
    for blob in [&manifest["config"], &manifest["layers"][0]] {
        let digest: Digest = blob["digest"].as_str().unwrap().parse().unwrap();
        assert_eq!(sha256(download(&world, digest).as_bytes()), digest);
    }
}

#[test]
fn layers_outlive_their_image_as_long_as_they_are_told_to() {
    for (outlives, there) in [(None, "AVAILABLE"), (Some(SignedDuration::ZERO), "UNAVAILABLE")] {
        let world = World::with(SimulatorOptions {
            snapshot: Some(organization(json!([]), json!({}))),
            layers_outlive_images: outlives,
            ..SimulatorOptions::default()
        });
        let layer = push_layer(&world, "four");
        let image = manifest(&[layer]);
        put(&world, &image).unwrap();
        delete(&world, &image);
        assert_eq!(availability(&world, layer)["layerAvailability"], there);
    }
}

#[test]
fn a_layer_stays_as_long_as_another_image_has_it() {
    let world = forgetful();
    let (one, shared) = (push_layer(&world, "one"), push_layer(&world, "shared"));
    let (first, second) = (manifest(&[one, shared]), manifest(&[shared]));
    put(&world, &first).unwrap();
    put(&world, &second).unwrap();
    delete(&world, &first);
    assert_eq!(availability(&world, shared)["layerAvailability"], "AVAILABLE");
    assert_eq!(availability(&world, one)["layerAvailability"], "UNAVAILABLE");
    delete(&world, &second);
    assert_eq!(availability(&world, shared)["layerAvailability"], "UNAVAILABLE");
}

#[test]
fn an_image_whose_layers_are_gone_needs_them_again() {
    let world = forgetful();
    let layer = push_layer(&world, "four");
    let image = manifest(&[layer]);
    put(&world, &image).unwrap();
    delete(&world, &image);
    let message = assert_refused(put(&world, &image), "LayersNotFoundException");
    assert!(message.contains(&layer.to_string()), "{message}");
    for content in ["four", "{}"] {
        push_layer(&world, content);
    }
    put(&world, &image).unwrap();
    assert_eq!(download(&world, layer), "four");
}

#[test]
fn an_upload_belongs_to_its_repository() {
    let world = repository();
    let id = start_upload(&world);
    world.ecr("CreateRepository", json!({ "repositoryName": "dev/other" })).unwrap();
    let input = json!({
        "repositoryName": "dev/other", "uploadId": id, "layerDigests": [sha256(b"bytes")],
    });
    assert_refused(world.ecr("CompleteLayerUpload", input), "UploadNotFoundException");
}
