//! The JSON Schema of the policy, with a description of each key for editors.
//!
//! Written by hand, as the reader takes short and long forms that no type has. A test holds that
//! both know the same keys and judge a corpus of policies alike.

use ecr_sweep_core::Source;
use serde_json::{Value, json};

/// The JSON Schema of the policy file.
#[must_use]
pub fn policy() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy",
        "description": "What ecr-sweep may sweep, who may pull, and what is kept. Rules only keep: what no rule keeps, nothing uses and no kept image needs is deleted.",
        "type": "object",
        "additionalProperties": false,
        "required": ["schema_version", "repositories"],
        "properties": {
            "schema_version": { "const": 1, "description": "The version of the policy's format." },
            "scope": scope(),
            "usage": usage(),
            "minimum_age": duration("No image pushed within this is deleted.", Some("7d")),
            "minimum_idle": duration("No image pulled or restored within this is deleted.", Some("30d")),
            "repositories": {
                "description": "The rules, in order: the first that matches a repository decides. A repository that none matches is never touched.",
                "type": "array",
                "minItems": 1,
                "items": rule()
            },
            "limits": limits("The most that a whole run may delete."),
            "plan_max_age": duration("A stored plan older than this is not deleted.", Some("24h")),
            "evidence_max_age": duration("Usage older than this is scanned again before the next batch.", Some("60m"))
        },
        "$defs": definitions()
    })
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
        "pattern": {
            "description": "Over the whole name: `*` any run of characters (also `/`), `?` any one; `/.../` a regular expression.",
            "type": ["string", "number", "boolean"],
            "minLength": 1,
            "not": { "const": "//" }
        },
        "text": { "type": ["string", "number", "boolean"], "pattern": "\\S" },
        "accounts": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/account" } },
        "regions": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/region" } },
        "patterns": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/pattern" } }
    })
}

fn duration(description: &str, default: Option<&str>) -> Value {
    let mut schema = reference("duration", description);
    if let Some(default) = default {
        schema["default"] = default.into();
    }
    schema
}

fn reference(definition: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}"), "description": description })
}

/// A mapping with these keys and no others.
fn object(description: &str, required: &[&str], properties: &Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties
    })
}

fn scope() -> Value {
    object(
        "What may be swept, and everybody who may pull from it. Offline only `off` applies.",
        &[],
        &json!({
            "registries": object("What may be swept. Default: this account, the session's Region.", &[], &json!({
                "accounts": reference("accounts", "The accounts. Default: this one."),
                "regions": reference("regions", "The Regions. Default: the session's.")
            })),
            "consumers": {
                "description": "Who may pull. Default: this account, in all its enabled Regions.",
                "anyOf": [
                    { "const": "organization", "description": "Every account of the organization, in every enabled Region." },
                    object("These accounts and Regions.", &[], &json!({
                        "accounts": reference("accounts", "The accounts, besides this one and those of the registries."),
                        "regions": reference("regions", "The Regions. Default: all that each account has enabled.")
                    }))
                ]
            },
            "role": {
                "description": "The name of the role that is assumed in other accounts to read. `EcrSweepDelete` is assumed there to delete.",
                "type": ["string", "number", "boolean"],
                "pattern": "^[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+)*$",
                "examples": ["EcrSweepRead"]
            },
            "off": {
                "description": "Places and sources that are not looked at, each with a reason. Everything that an entry names has to fit.",
                "type": "array",
                "minItems": 1,
                "items": off()
            }
        }),
    )
}

fn off() -> Value {
    let mut off = object(
        "A place or source that is not looked at.",
        &["reason"],
        &json!({
            "source": {
                "description": "The source. Default: every one.",
                "enum": Source::ALL.map(Source::as_str)
            },
            "accounts": {
                "description": "The accounts, or `organization` or `public`: whom a resource policy admits. Default: all.",
                "type": "array",
                "minItems": 1,
                "items": { "anyOf": [{ "$ref": "#/$defs/account" }, { "enum": ["organization", "public"] }] }
            },
            "regions": reference("regions", "The Regions. Default: all."),
            "clusters": {
                "description": "The Kubernetes clusters. Default: all.",
                "type": "array",
                "minItems": 1,
                "items": { "$ref": "#/$defs/text" }
            },
            "reason": reference("text", "Why it is safe not to look there.")
        }),
    );
    off["anyOf"] = ["source", "accounts", "regions", "clusters"]
        .map(|key| json!({ "required": [key] }))
        .into();
    off["dependentSchemas"] = json!({
        "clusters": { "required": ["source"], "properties": { "source": { "const": "kubernetes" } } }
    });
    off["if"] = json!({
        "required": ["accounts"],
        "properties": { "accounts": { "contains": { "enum": ["organization", "public"] } } }
    });
    off["then"] = json!({ "properties": { "source": false, "regions": false } });
    off
}

fn usage() -> Value {
    object(
        "How usage is read. Offline only `aliases` applies.",
        &[],
        &json!({
            "ecs": object("Amazon ECS.", &[], &json!({
                "task_definition_revisions": {
                    "description": "How many ACTIVE revisions of each task-definition family count as usage, besides all that anything names.",
                    "anyOf": [{ "const": "all" }, { "type": "integer", "minimum": 0, "maximum": u32::MAX }],
                    "default": "all"
                }
            })),
            "files": {
                "description": "Usage files that others write.",
                "type": "array",
                "minItems": 1,
                "items": object("Usage files.", &["path", "max_age"], &json!({
                    "path": reference("text", "A local path or an `s3://` address, with `*`."),
                    "max_age": duration("A file older than this counts as missing.", None)
                }))
            },
            "aliases": {
                "description": "Hosts that stand for a registry (mirrors and proxies), each with the ECR host that it stands for.",
                "type": "object",
                "propertyNames": { "pattern": "^[^/@ ]+$" },
                "additionalProperties": {
                    "type": "string",
                    "pattern": "^[0-9]{12}\\.dkr[.-]ecr(-fips)?\\.[A-Za-z0-9-]+\\.[A-Za-z.-]+$"
                }
            }
        }),
    )
}

fn rule() -> Value {
    object(
        "What holds for the repositories that a match takes.",
        &["keep"],
        &json!({
            "match": object("The repositories: any of the names, and all of the tags. Default: all.", &[], &json!({
                "name": {
                    "description": "Patterns over the repository's name. Default: all.",
                    "anyOf": [{ "$ref": "#/$defs/pattern" }, { "$ref": "#/$defs/patterns" }]
                },
                "tags": {
                    "description": "Tags of the repository, each with a pattern over its value.",
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": { "$ref": "#/$defs/pattern" }
                }
            })),
            "keep": keep(),
            "limits": limits("The most that one run may delete in one repository."),
            "grace": duration("Only what a run at least this long ago planned to delete, and this one too, is deleted.", None),
            "action": {
                "description": "What happens to what is not kept.",
                "anyOf": [
                    { "const": "delete" },
                    object("It is archived first.", &["archive_for"], &json!({
                        "archive_for": duration("How long it stays archived until it is deleted.", None)
                    }))
                ],
                "default": "delete"
            },
            "notify": object("Who hears of deletions here.", &["slack"], &json!({
                "slack": {
                    "description": "Slack channels.",
                    "type": "array",
                    "minItems": 1,
                    "items": { "$ref": "#/$defs/text" }
                }
            }))
        }),
    )
}

fn keep() -> Value {
    let mut keep = object(
        "The keep rules: an image that any of them keeps is kept. At least one.",
        &[],
        &json!({
            "pushed_within": {
                "description": "Keeps images pushed at most so long ago.",
                "anyOf": [
                    { "$ref": "#/$defs/duration" },
                    object("Whole days, read from a tag of the repository.", &["tag", "default"], &json!({
                        "tag": reference("text", "The tag's key. A value that is no number keeps everything."),
                        "default": duration("Where the repository has no such tag.", None)
                    }))
                ]
            },
            "pulled_within": duration("Keeps images pulled at most so long ago.", None),
            "newest": newest("Keeps the newest images, whatever else keeps them."),
            "spare": newest("Keeps the newest images among those that nothing else keeps."),
            "tags": reference("patterns", "Keeps images any of whose tags matches."),
            "tagged": { "const": true, "description": "Keeps every tagged image." },
            "releases": object("Keeps the newest semantic versions of each line.", &["newest"], &json!({
                "newest": reference("count", "How many of each line."),
                "per": {
                    "description": "`major`: of each x; `minor`: of each x.y; `all`: of all.",
                    "enum": ["major", "minor", "all"],
                    "default": "all"
                }
            })),
            "behind_tags": object("Keeps what is newer than the oldest image with one of the tags, and some of what is older.", &["tags"], &json!({
                "tags": reference("patterns", "The tags of the images to count from."),
                "within": duration("Keeps what was pushed at most so long before that image.", None),
                "newest": { "$ref": "#/$defs/count", "description": "Keeps at least so many images pushed before that image.", "default": 0 }
            })),
            "behind_deployed": object("Keeps everything pushed since the oldest image of the last revisions of the task definitions that use the repository.", &["revisions"], &json!({
                "revisions": {
                    "description": "How many revisions before the highest.",
                    "type": "integer",
                    "minimum": 0,
                    "maximum": u32::MAX
                }
            }))
        }),
    );
    keep["minProperties"] = 1.into();
    keep
}

fn newest(description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [
            { "$ref": "#/$defs/count" },
            object("The long form.", &["count"], &json!({
                "count": reference("count", "How many."),
                "of": {
                    "description": "Of which images.",
                    "enum": ["tagged", "untagged", "any"],
                    "default": "tagged"
                },
                "per": {
                    "description": "What is counted apart: nothing, or images and indexes.",
                    "enum": ["repository", "kind"],
                    "default": "repository"
                }
            }))
        ]
    })
}

fn limits(description: &str) -> Value {
    let mut limits = object(
        description,
        &[],
        &json!({
            "share": {
                "description": "Of all images. Equal to it is allowed.",
                "type": "string",
                "pattern": "^(100(\\.0{1,2})?|0?[0-9]{1,2}(\\.[0-9]{1,2})?)%$",
                "examples": ["50%"]
            },
            "images": reference("count", "How many. Equal to it is allowed."),
            "on_exceed": {
                "description": "Beyond a limit: nothing is deleted, or the oldest up to it.",
                "enum": ["block", "oldest_first"],
                "default": "block"
            }
        }),
    );
    limits["anyOf"] = json!([{ "required": ["share"] }, { "required": ["images"] }]);
    limits
}
