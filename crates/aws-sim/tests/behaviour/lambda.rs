//! AWS Lambda.

use serde_json::{Value, json};

use crate::world::{ACCOUNT, HOST, REGION, Refusal, World, column, digest, organization};

const FUNCTIONS: &str = "/2015-03-31/functions";

fn with(functions: Vec<Value>) -> World {
    let lambda = json!({ "account": ACCOUNT, "region": REGION, "functions": functions });
    let images = json!([
        { "digest": digest(1), "tags": ["v1"] },
        { "digest": digest(2), "tags": ["v2"] },
    ]);
    World::seeded(organization(images, json!({ "lambda": [lambda] })))
}

fn version(name: &str, version: &str, image: u32) -> Value {
    json!({
        "Configuration": { "FunctionName": name, "Version": version },
        "Code": {
            "ImageUri": format!("{HOST}/dev/app:v1"),
            "ResolvedImageUri": format!("{HOST}/dev/app@{}", digest(image)),
        },
    })
}

fn get(world: &World, path: &str) -> Result<Value, Refusal> {
    world.rest("GET", &format!("{FUNCTIONS}{path}"), Value::Null)
}

fn all(world: &World, path: &str, member: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut marker = String::new();
    loop {
        let page = get(world, &format!("{path}Marker={marker}")).unwrap();
        rows.extend(page[member].as_array().unwrap().clone());
        match page["NextMarker"].as_str() {
            None => return rows,
            Some(next) => next.clone_into(&mut marker),
        }
    }
}

#[test]
fn functions_are_listed_50_a_page_however_many_are_asked_for() {
    let world = with((0..51).map(|it| version(&format!("f{it:02}"), "$LATEST", 1)).collect());
    let page = get(&world, "?MaxItems=10000").unwrap();
    assert_eq!(page["Functions"].as_array().unwrap().len(), 50);
    assert!(page["NextMarker"].is_string());
    assert_eq!(all(&world, "?", "Functions").len(), 51);
    for path in ["?MaxItems=0", "?MaxItems=10001", "?Marker=made-up", "?FunctionVersion=SOME"] {
        let refusal = get(&world, path).unwrap_err();
        assert_eq!(refusal.code, "invalidparametervalueexception", "{path}");
    }
}

fn versions() -> World {
    with(vec![
        version("f", "$LATEST", 2),
        version("f", "2", 1),
        version("f", "10", 2),
        version("g", "$LATEST", 1),
    ])
}

#[test]
fn every_version_of_every_function_is_listed_if_all_are_asked_for() {
    let world = versions();
    let arn = |name: &str| json!(format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"));
    let latest = get(&world, "").unwrap();
    assert_eq!(column(&latest["Functions"], "FunctionArn"), [arn("f"), arn("g")]);
    let all = Value::Array(all(&world, "?FunctionVersion=ALL&MaxItems=1&", "Functions"));
    let names = ["f:$LATEST", "f:2", "f:10", "g:$LATEST"].map(arn);
    assert_eq!(column(&all, "FunctionArn"), names);
    assert_eq!(column(&all, "PackageType"), vec![json!("Image"); 4]);
}

#[test]
fn versions_of_one_function_are_listed_with_latest_among_them() {
    let world = versions();
    let listed = get(&world, "/f/versions").unwrap();
    let versions = ["$LATEST", "2", "10"].map(|it| json!(it));
    assert_eq!(column(&listed["Versions"], "Version"), versions);
}

#[test]
fn a_version_shows_its_image_as_given_and_as_resolved() {
    let world = versions();
    for (path, image) in [
        ("/f", 2),
        ("/f?Qualifier=2", 1),
        ("/f:2", 1),
        ("/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af?Qualifier=$LATEST", 2),
    ] {
        let found = get(&world, path).unwrap();
        let expected = json!({
            "RepositoryType": "ECR",
            "ImageUri": format!("{HOST}/dev/app:v1"),
            "ResolvedImageUri": format!("{HOST}/dev/app@{}", digest(image)),
        });
        assert_eq!(found["Code"], expected, "{path}");
    }
}

#[test]
fn a_function_that_is_not_there_is_an_error_with_status_404() {
    let world = versions();
    for path in ["/gone", "/f?Qualifier=3", "/gone/versions", "/gone/aliases"] {
        let refusal = get(&world, path).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (404, "resourcenotfoundexception"));
    }
}

#[test]
fn a_function_without_aliases_lists_none() {
    assert_eq!(get(&versions(), "/f/aliases").unwrap(), json!({ "Aliases": [] }));
}

fn create(world: &World, image: &str) -> Result<Value, Refusal> {
    let input = json!({
        "FunctionName": "new",
        "Role": "arn:aws:iam::111122223333:role/r",
        "PackageType": "Image",
        "Code": { "ImageUri": format!("{HOST}/dev/app:{image}") },
    });
    world.rest("POST", FUNCTIONS, input)
}

#[test]
fn a_function_is_created_on_the_digest_that_its_tag_has() {
    let world = versions();
    create(&world, "v1").unwrap();
    let code = &get(&world, "/new").unwrap()["Code"];
    assert_eq!(code["ResolvedImageUri"], format!("{HOST}/dev/app@{}", digest(1)));
    assert_eq!(create(&world, "v1").unwrap_err().code, "resourceconflictexception");
    assert_eq!(create(&world, "gone").unwrap_err().code, "invalidparametervalueexception");
}

#[test]
fn a_published_version_keeps_its_image_when_the_code_changes() {
    let world = versions();
    create(&world, "v1").unwrap();
    let versions = format!("{FUNCTIONS}/new/versions");
    assert_eq!(world.rest("POST", &versions, json!({})).unwrap()["Version"], "1");
    let code = json!({ "ImageUri": format!("{HOST}/dev/app:v2") });
    world.rest("PUT", &format!("{FUNCTIONS}/new/code"), code).unwrap();
    assert_eq!(world.rest("POST", &versions, json!({})).unwrap()["Version"], "2");
    assert_eq!(
        world.rest("POST", &versions, json!({})).unwrap()["Version"],
        "2",
        "nothing changed, so nothing is published"
    );
    for (qualifier, image) in [("1", 1), ("2", 2), ("$LATEST", 2)] {
        let found = get(&world, &format!("/new?Qualifier={qualifier}")).unwrap();
        let uri = format!("{HOST}/dev/app@{}", digest(image));
        assert_eq!(found["Code"]["ResolvedImageUri"], uri, "{qualifier}");
    }
}
