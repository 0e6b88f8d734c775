//! The format of the policy file, as tables: every key, what stands there, and what it is for.
//!
//! The keep rules are core's own table. The reader, the JSON Schema and the keys that errors
//! propose all walk these.

use ecr_sweep_core::policy::{
    FieldSpec, Form, KEEP, Kind, Least, OnExceed, Sizes, StorageClass, Word,
};

const ACCOUNTS: Kind = Kind::List(&Kind::Account);
const UNITS: Kind = Kind::List(&Kind::Unit);
const REGIONS: Kind = Kind::List(&Kind::Region);
const RULES: &str =
    "at least one rule, such as `- { match: { name: [\"dev/*\"] }, keep: { pushed_within: 14d } }`";
const KEEP_MISSING: &str = "at least one keep rule, such as `keep: { pushed_within: 90d }`";
const FILES_EXPECTED: &str = "a list of `path` and `max_age`";
const PATH: &str = "a path or an `s3://` address";
const REASON: &str = "why it is safe not to look";
const OFF_EXPECTED: &str = "`reason`, with `source`, `accounts`, `regions` or `clusters`";

/// The whole file.
pub(super) const POLICY: Form = Form::new(&[
    FieldSpec::new("schema_version", Kind::Version, "The version of the policy's format.")
        .required_as("`schema_version: 1`"),
    FieldSpec::new(
        "scope",
        Kind::Form(&SCOPE),
        "What may be swept, and everybody who may pull from it. Offline only `off` applies.",
    ),
    FieldSpec::new(
        "usage",
        Kind::Form(&USAGE),
        "How usage is read. Offline only `aliases` applies.",
    ),
    FieldSpec::new("minimum_age", Kind::Age, "No image pushed within this is deleted.")
        .default_to("7d"),
    FieldSpec::new(
        "minimum_idle",
        Kind::Age,
        "No image pulled or restored within this is deleted.",
    )
    .default_to("30d"),
    FieldSpec::new(
        "repositories",
        Kind::List(&Kind::Form(&RULE)),
        "The rules, in order: the first that matches a repository decides. A repository that none matches is never touched.",
    )
    .required()
    .expecting(RULES),
    FieldSpec::new(
        "limits",
        Kind::Form(&RUN_LIMITS),
        "The most that a whole run may delete, and what stops it while it does.",
    ),
    FieldSpec::new("plan_max_age", Kind::Age, "A stored plan older than this is not deleted.")
        .default_to("24h"),
    FieldSpec::new(
        "evidence_max_age",
        Kind::Age,
        "Usage older than this is scanned again before the next batch.",
    )
    .default_to("60m"),
    FieldSpec::new(
        "vault",
        Kind::Form(&VAULT),
        "How the vault keeps the images of rules with `undo_for`.",
    ),
    FieldSpec::new(
        "prices",
        Kind::Form(&PRICES),
        "What storage costs, where it is not what AWS asks everybody for.",
    ),
    FieldSpec::new(
        "notify",
        Kind::Form(&OWNERS),
        "Who is told of a repository because it is theirs. Offline it does not apply.",
    ),
    FieldSpec::new(
        "sizes",
        Kind::Word(Sizes::WORDS),
        "How bytes are counted that deleting frees: `exact` counts each layer once, and reads every manifest for it.",
    )
    .default_to("at_most"),
])
.called("What ecr-sweep may sweep, who may pull, and what is kept. Rules only keep: what no rule keeps, nothing uses and no kept image needs is deleted.")
.expecting("the settings of a policy");

const SCOPE: Form = Form::new(&[
    FieldSpec::new(
        "registries",
        Kind::Form(&REGISTRIES),
        "What may be swept. Default: this account, the session's Region.",
    ),
    FieldSpec::new(
        "consumers",
        Kind::Form(&CONSUMERS),
        "Who may pull. Default: this account, in all its enabled Regions.",
    ),
    FieldSpec::new(
        "role",
        Kind::Role,
        "The name of the role that is assumed in other accounts to read. `EcrSweepDelete` is assumed there to delete.",
    ),
    FieldSpec::new(
        "off",
        Kind::List(&Kind::Form(&OFF)),
        "Places and sources that are not looked at, each with a reason. Everything that an entry names has to fit.",
    )
    .expecting("a list of what is not looked at"),
]);

const REGISTRIES: Form = Form::new(&[
    FieldSpec::new("organization", Kind::Yes, "Every active account of the organization."),
    FieldSpec::new(
        "units",
        UNITS,
        "Every active account of these organizational units, and of the units in them.",
    ),
    FieldSpec::new("accounts", ACCOUNTS, "The accounts. Default: this one."),
    FieldSpec::new(
        "except",
        ACCOUNTS,
        "Accounts of the organization or the units that are not swept.",
    ),
    FieldSpec::new("regions", REGIONS, "The Regions. Default: the session's."),
])
.expecting("`accounts` and `regions`, or one of them");

const CONSUMERS: Form = Form::new(&[
    FieldSpec::new("organization", Kind::Yes, "Every account of the organization."),
    FieldSpec::new(
        "units",
        UNITS,
        "Every account of these organizational units, and of the units in them.",
    ),
    FieldSpec::new(
        "accounts",
        ACCOUNTS,
        "The accounts, besides this one and those of the registries.",
    ),
    FieldSpec::new("regions", REGIONS, "The Regions. Default: all that each account has enabled."),
])
.called("These accounts and Regions.")
.or_short("everybody", Kind::Word(&["organization"]))
.meaning("Every account of the organization, in every enabled Region.")
.expecting("`organization`, or `accounts` and `regions`");

const OFF: Form = Form::new(&[
    FieldSpec::new("source", Kind::Source, "The source. Default: every one.")
        .expecting("a usage source"),
    FieldSpec::new(
        "accounts",
        Kind::List(&Kind::Admitted),
        "The accounts, or `organization` or `public`: whom a resource policy admits. Default: all.",
    ),
    FieldSpec::new("regions", REGIONS, "The Regions. Default: all."),
    FieldSpec::new("clusters", Kind::List(&Kind::Text), "The Kubernetes clusters. Default: all."),
    FieldSpec::new("reason", Kind::Reason, "Why it is safe not to look there.")
        .required()
        .expecting(REASON),
    FieldSpec::new(
        "even_if_used",
        Kind::Yes,
        "Do not even look whether something is there. Default: its lists are read, and what they show makes the source failed.",
    ),
])
.called("A place or source that is not looked at.")
.expecting(OFF_EXPECTED)
.with_least(Least {
    of: &["source", "accounts", "regions", "clusters"],
    message: "this would turn everything off: it names no source and no place",
    expected: Some(OFF_EXPECTED),
    is_one_alone: false,
});

const USAGE: Form = Form::new(&[
    FieldSpec::new("ecs", Kind::Form(&ECS), "Amazon ECS."),
    FieldSpec::new("files", Kind::List(&Kind::Form(&FILES)), "Usage files that others write.")
        .expecting(FILES_EXPECTED),
    FieldSpec::new(
        "aliases",
        Kind::Aliases,
        "Hosts, or hosts with a path, that stand for a registry (mirrors and proxies), each with the ECR host, or host and path, that it stands for.",
    ),
]);

const ECS: Form = Form::new(&[FieldSpec::new(
    "task_definition_revisions",
    Kind::CountOr { word: "all", most: u32::MAX as u64 },
    "How many ACTIVE revisions of each task-definition family count as usage, besides all that anything names.",
)
.default_to("all")
.expecting("`all`, or how many of each family")]);

const FILES: Form = Form::new(&[
    FieldSpec::new("path", Kind::Text, "A local path or an `s3://` address, with `*`.")
        .required()
        .expecting(PATH),
    FieldSpec::new("max_age", Kind::Age, "A file older than this counts as missing.").required(),
    FieldSpec::new(
        "retired",
        Kind::List(&Kind::Text),
        "Files, by their names or whole paths, that nobody writes any more: they are passed over, and not missed. Default: none.",
    ),
])
.called("Usage files.")
.expecting(FILES_EXPECTED);

const RULE: Form = Form::new(&[
    FieldSpec::new(
        "match",
        Kind::Form(&MATCH),
        "The repositories: any of the names, and all of the tags. Default: all.",
    ),
    FieldSpec::new(
        "keep",
        Kind::OneOrMore(&Kind::Form(&KEEP)),
        "The keep rules, in one clause or a list of them: an image that any of them keeps is kept. At least one.",
    )
    .required_as(KEEP_MISSING),
    FieldSpec::new(
        "judge",
        Kind::List(&Kind::Text),
        "Artifact types that the rules decide over like images. What is no image is kept otherwise.",
    )
    .expecting("artifact types, such as `application/vnd.buildkit.cacheconfig.v0`"),
    FieldSpec::new(
        "limits",
        Kind::Form(&LIMITS),
        "The most that one run may delete in one repository.",
    ),
    FieldSpec::new(
        "grace",
        Kind::Age,
        "Only what a run at least this long ago planned to delete, and this one too, is deleted.",
    ),
    FieldSpec::new("action", Kind::Form(&ACTION), "What happens to what is not kept.")
        .default_to("delete"),
    FieldSpec::new(
        "undo_for",
        Kind::Age,
        "For so long a deleted image can be restored whole: its layers are copied to the vault before it goes.",
    ),
    FieldSpec::new("notify", Kind::Form(&NOTIFY), "Who hears of what happens here."),
])
.called("What holds for the repositories that a match takes.");

const MATCH: Form = Form::new(&[
    FieldSpec::new(
        "name",
        Kind::OneOrMore(&Kind::Pattern),
        "Patterns over the repository's name. Default: all.",
    ),
    FieldSpec::new(
        "tags",
        Kind::TagPatterns,
        "Tags of the repository, each with a pattern over its value.",
    ),
])
.expecting("`name`, `tags` or both");

const SHARE: FieldSpec =
    FieldSpec::new("share", Kind::Share, "Of all images. Equal to it is allowed.");
const IMAGES: FieldSpec =
    FieldSpec::new("images", Kind::Count { most: u64::MAX }, "How many. Equal to it is allowed.");
const ON_EXCEED: FieldSpec = FieldSpec::new(
    "on_exceed",
    Kind::Word(OnExceed::WORDS),
    "Beyond a limit: nothing is deleted, or the oldest up to it.",
)
.default_to("block");

const LIMITS: Form = Form::new(&[SHARE, IMAGES, ON_EXCEED])
    .expecting("`share` or `images`, and `on_exceed`")
    .with_least(Least {
        of: &["share", "images"],
        message: "these limits limit nothing",
        expected: Some("`share`, `images` or both"),
        is_one_alone: false,
    });

/// Of a whole run.
const RUN_LIMITS: Form = Form::new(&[
    SHARE,
    IMAGES,
    ON_EXCEED,
    FieldSpec::new(
        "failures",
        Kind::Count { most: 10_000 },
        "How many deletions may fail; one more stops the run before its next batch.",
    ),
    FieldSpec::new(
        "asked_again",
        Kind::Yes,
        "Stop the run before its next batch where somebody asks for an image that it has deleted, as CloudTrail tells.",
    ),
])
.expecting("`share`, `images`, `failures` or `asked_again`")
.with_least(Least {
    of: &["share", "images", "failures", "asked_again"],
    message: "these limits limit nothing",
    expected: Some("`share`, `images`, `failures` or `asked_again`"),
    is_one_alone: false,
});

const ACTION: Form = Form::new(&[FieldSpec::new(
    "archive_for",
    Kind::Age,
    "How long it stays archived until it is deleted.",
)
.required()])
.called("It is archived first.")
.or_short("at_once", Kind::Word(&["delete"]))
.expecting("`delete`, or `archive_for` with a duration");

const VAULT: Form = Form::new(&[
    FieldSpec::new(
        "storage_class",
        Kind::Word(StorageClass::WORDS),
        "The storage class of S3. A folder has none.",
    )
    .default_to("STANDARD"),
    FieldSpec::new(
        "bucket",
        Kind::Text,
        "The name of a bucket for the copies, of this account and Region. Default: the run store.",
    ),
    FieldSpec::new(
        "prefix",
        Kind::Text,
        "What the names of the copies start with in that bucket, before a `/`. Default: nothing.",
    ),
])
.expecting("`storage_class`, `bucket` or `prefix`");

const PRICES: Form = Form::new(&[
    FieldSpec::new("ecr", Kind::Price, "Dollars for a GB and month in ECR. Default: AWS's price."),
    FieldSpec::new(
        "regions",
        Kind::List(&Kind::Form(&REGION_PRICE)),
        "Dollars for a GB and month in ECR in some Regions, whatever `ecr` says. The first row that names a Region counts.",
    )
    .expecting("a list of `regions` and `ecr`"),
    FieldSpec::new(
        "vault",
        Kind::Price,
        "Dollars for a GB and month in the vault. Default: AWS's price of its storage class in us-east-1.",
    ),
])
.expecting("`ecr`, `regions` or `vault`");

const REGION_PRICE: Form = Form::new(&[
    FieldSpec::new("regions", REGIONS, "The Regions.").required_as("`regions: [REGION]`"),
    FieldSpec::new("ecr", Kind::Price, "Dollars for a GB and month in ECR.").required(),
])
.called("What images cost in these Regions.");

const NOTIFY: Form = Form::new(&[FieldSpec::new(
    "slack",
    Kind::List(&Kind::Channel),
    "Slack channels: names behind a `#`, or ids.",
)
.required_as("a list of channels, such as `[\"#payments\"]`")]);

const OWNERS: Form = Form::new(&[
    FieldSpec::new(
        "owner_tag",
        Kind::Text,
        "The tag of a repository whose value says whose it is.",
    )
    .required_as("the tag of repositories that says whose they are, such as `owner_tag: team`"),
    FieldSpec::new(
        "owners",
        Kind::Owners,
        "Values of that tag, each with the channel of whom it names. A value that is a channel's id needs none.",
    ),
])
.expecting("`owner_tag`, and `owners`");

/// The keys of one mapping of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Where it stands, such as `repositories[].keep`; empty for the whole file.
    pub path: String,
    /// The keys that it may have.
    pub keys: Vec<&'static str>,
}

/// Every mapping whose keys the policy names, from the outside in.
#[must_use]
pub fn levels() -> Vec<Level> {
    let mut levels = Vec::new();
    add_levels(&POLICY, "", &mut levels);
    levels
}

fn add_levels(form: &'static Form, path: &str, levels: &mut Vec<Level>) {
    levels.push(Level { path: path.to_owned(), keys: names(form) });
    let separator = if path.is_empty() { "" } else { "." };
    for field in form.fields {
        let path = format!("{path}{separator}{}", field.name);
        match field.kind {
            Kind::Form(below) | Kind::OneOrMore(&Kind::Form(below)) => {
                add_levels(below, &path, levels);
            }
            Kind::List(Kind::Form(below)) => add_levels(below, &format!("{path}[]"), levels),
            _ => {}
        }
    }
}

/// The keys of a mapping.
pub(super) fn names(form: &Form) -> Vec<&'static str> {
    form.fields.iter().map(|field| field.name).collect()
}

/// The same key one or more levels further in, as `keep.newest`.
pub(super) fn further_in(form: &Form, key: &str) -> Option<String> {
    form.fields.iter().find_map(|field| {
        let (Kind::Form(below) | Kind::OneOrMore(&Kind::Form(below))) = field.kind else {
            return None;
        };
        let is_here = below.fields.iter().any(|field| field.name == key);
        let rest = if is_here { Some(key.to_owned()) } else { further_in(below, key) };
        rest.map(|rest| format!("{}.{rest}", field.name))
    })
}
