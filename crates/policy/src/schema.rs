//! The JSON Schema of the policy, with a description of each key for editors.
//!
//! It follows from the tables of the format. By hand are only what the kinds of values look like,
//! and what no table says.

use ecr_sweep_core::Source;
use ecr_sweep_core::policy::{FieldSpec, Form, KEEP, Kind, Presence, Short};
use serde_json::{Map, Value, json};

use super::POLICY_VERSION;
use super::format::POLICY;

/// The JSON Schema of the policy file.
#[must_use]
pub fn policy() -> Value {
    let mut schema = mapping(&POLICY, POLICY.doc);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Policy".into();
    schema["$defs"] = definitions();
    what_off_has_together(&mut schema["properties"]["scope"]["properties"]["off"]["items"]);
    let scope = &mut schema["properties"]["scope"]["properties"];
    let of_the_organization = json!({ "not": { "required": ["organization"] } });
    scope["registries"]["dependentSchemas"] = json!({
        "except": { "anyOf": [{ "required": ["organization"] }, { "required": ["units"] }] },
        "units": of_the_organization
    });
    for consumers in scope["consumers"]["anyOf"].as_array_mut().into_iter().flatten() {
        if consumers["type"] == "object" {
            consumers["dependentSchemas"] = json!({ "units": of_the_organization });
        }
    }
    schema
}

/// Clusters are those of a source that has them, and whom a resource policy admits stands alone.
fn what_off_has_together(off: &mut Value) {
    let with: Vec<Source> =
        Source::ALL.into_iter().filter(|source| source.facts().has_clusters).collect();
    off["dependentSchemas"] = json!({
        "clusters": { "required": ["source"], "properties": { "source": { "enum": with } } }
    });
    off["if"] = json!({
        "required": ["accounts"],
        "properties": { "accounts": { "contains": { "enum": ["organization", "public"] } } }
    });
    off["then"] = json!({ "properties": { "source": false, "regions": false } });
}

fn definitions() -> Value {
    json!({
        "duration": {
            "type": "string",
            "pattern": "^[0-9]+[smhdw]$",
            "examples": ["90d", "24h", "60m", "2w"]
        },
        "count": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
        "account": {
            "description": "A 12-digit AWS account id. Quotes keep zeros in front.",
            "anyOf": [
                { "type": "string", "pattern": "^[0-9]{12}$" },
                { "type": "integer", "minimum": 0, "maximum": 999_999_999_999_u64 }
            ]
        },
        "region": {
            "description": "An AWS Region's code.",
            "type": "string",
            "pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$",
            "examples": ["eu-west-1"]
        },
        "unit": {
            "description": "The id of an organizational unit.",
            "type": "string",
            "pattern": "^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$",
            "examples": ["ou-abcd-12345678"]
        },
        "pattern": {
            "description": "Over the whole name: `*` any run of characters (also `/`), `?` any one; `/.../` a regular expression.",
            "type": ["string", "number", "boolean"],
            "minLength": 1,
            "not": { "const": "//" }
        },
        "channel": {
            "description": "A channel of Slack: its name behind a `#`, or its id.",
            "type": "string",
            "pattern": "^(#[^#@\\sA-Z.,:;!?/]{1,80}|[CG][A-Z0-9]{7,15})$",
            "examples": ["#payments", "C0123ABCD"]
        },
        "text": { "type": ["string", "number", "boolean"], "pattern": "\\S" },
        "accounts": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/account" } },
        "regions": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/region" } },
        "patterns": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/pattern" } },
        "clause": mapping(&KEEP, KEEP.doc)
    })
}

/// A mapping with these keys and no others.
fn mapping(form: &Form, description: &str) -> Value {
    let required: Vec<&str> =
        form.fields.iter().filter(|field| field.is_required()).map(|field| field.name).collect();
    let properties: Map<String, Value> =
        form.fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let mut schema = json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties
    });
    if let Some(least) = form.least {
        let of = if least.is_one_alone { "oneOf" } else { "anyOf" };
        schema[of] = least.of.iter().map(|key| json!({ "required": [key] })).collect();
    }
    schema
}

pub(super) fn property(field: &FieldSpec) -> Value {
    let mut schema = kind(&field.kind);
    schema["description"] = field.doc.into();
    if let Presence::Default(default) = field.presence {
        schema["default"] = match (field.kind, default.parse::<u64>()) {
            (Kind::Count { .. } | Kind::HowMany, Ok(number)) => number.into(),
            _ => default.into(),
        };
    }
    schema
}

fn kind(of: &Kind) -> Value {
    match *of {
        Kind::Version => json!({ "const": POLICY_VERSION }),
        Kind::Age => defined("duration"),
        Kind::Count { most: u64::MAX } | Kind::HowMany => defined("count"),
        Kind::Count { most } => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::CountOr { word, most } => {
            json!({ "anyOf": [{ "const": word }, kind(&Kind::Count { most })] })
        }
        Kind::Share => json!({
            "type": "string",
            "pattern": "^(100(\\.0{1,2})?|0?[0-9]{1,2}(\\.[0-9]{1,2})?)%$",
            "examples": ["50%"]
        }),
        Kind::Price => json!({
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 1000 },
                { "type": "string", "pattern": "^[0-9]{1,4}(\\.[0-9]{1,6})?$" }
            ],
            "examples": [0.1]
        }),
        Kind::Text => defined("text"),
        Kind::Channel => defined("channel"),
        Kind::Owners => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": defined("channel")
        }),
        Kind::Reason => {
            json!({ "type": ["string", "number", "boolean"], "pattern": "[^.…\\s]" })
        }
        Kind::Pattern => defined("pattern"),
        Kind::Account => defined("account"),
        Kind::Region => defined("region"),
        Kind::Unit => defined("unit"),
        Kind::Admitted => {
            json!({ "anyOf": [defined("account"), { "enum": ["organization", "public"] }] })
        }
        Kind::Source => json!({ "enum": Source::ALL.map(Source::as_str) }),
        Kind::Role => json!({
            "type": ["string", "number", "boolean"],
            "pattern": "^[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+)*$",
            "examples": ["EcrSweepRead"]
        }),
        Kind::Word([word]) => json!({ "const": word }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Yes => json!({ "const": true }),
        Kind::List(item) => list(item),
        Kind::OneOrMore(item) => json!({ "anyOf": [kind(item), list(item)] }),
        Kind::TagPatterns => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": defined("pattern")
        }),
        Kind::Aliases => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[^/@ ]+(/[^/@: ]+)*$" },
            "additionalProperties": {
                "type": "string",
                "pattern": "^[0-9]{12}\\.dkr[.-]ecr(-fips)?\\.[A-Za-z0-9-]+\\.[A-Za-z.-]+(/[a-z0-9._-]+)*$"
            }
        }),
        Kind::Form(&Form { defined_as: Some(name), .. }) => defined(name),
        Kind::Form(form) => match form.short {
            Some(short) => json!({ "anyOf": [short_form(&short), mapping(form, form.doc)] }),
            None => mapping(form, form.doc),
        },
    }
}

fn short_form(short: &Short) -> Value {
    let mut schema = kind(&short.kind);
    if !short.doc.is_empty() {
        schema["description"] = short.doc.into();
    }
    schema
}

fn list(item: &Kind) -> Value {
    match item {
        Kind::Account => defined("accounts"),
        Kind::Region => defined("regions"),
        Kind::Pattern => defined("patterns"),
        item => json!({ "type": "array", "minItems": 1, "items": kind(item) }),
    }
}

fn defined(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}
