//! The keep rules of a repository rule, in their short and long forms.

use ecr_sweep_core::Pattern;
use ecr_sweep_core::policy::{
    BehindDeployed, BehindTags, Keep, Newest, OfImages, Per, PushedWithin, ReleaseLine, Releases,
};

use super::field::{Field, Fields};
use super::keys::{self, Level};
use super::problem::Complaint;
use super::value::{AGE, COUNT, PATTERN, TEXT, age, count, pattern, text, word};
use super::word::one_of;

const NEWEST: &str = "how many, or `count` with `of` and `per`";
const PUSHED_WITHIN: &str = "a duration such as `90d`, or `tag` and `default`";
const RELEASES: &str = "`newest`, and `per`";
const BEHIND_TAGS: &str = "`tags`, and `within`, `newest` or both";

pub(super) fn keep(field: Field<'_, '_>) -> Option<Keep> {
    let fields = field.fields(&keys::KEEP, &one_of(keys::KEEP.keys))?;
    if fields.is_empty() {
        let message = "nothing would be kept: there is no keep rule";
        fields.own().refuse_name(Complaint::new(message, one_of(keys::KEEP.keys)));
    }
    let yes = word(&[("true", true)]);
    Some(Keep {
        pushed_within: fields.get("pushed_within").and_then(pushed_within),
        pulled_within: fields.scalar("pulled_within", AGE, age),
        newest: fields.get("newest").and_then(|field| newest(field, &keys::NEWEST)),
        spare: fields.get("spare").and_then(|field| newest(field, &keys::SPARE)),
        tags: fields.list("tags", PATTERN, pattern),
        tagged: fields.scalar("tagged", "`true`", yes).unwrap_or_default(),
        releases: fields.get("releases").and_then(releases),
        behind_tags: fields.get("behind_tags").and_then(behind_tags),
        behind_deployed: fields.get("behind_deployed").and_then(behind_deployed),
    })
}

fn pushed_within(field: Field<'_, '_>) -> Option<PushedWithin> {
    if !field.is_mapping() {
        return field.scalar(PUSHED_WITHIN, age).map(PushedWithin::Age);
    }
    let fields = field.fields(&keys::PUSHED_WITHIN, PUSHED_WITHIN)?;
    let tag = fields.require("tag", "the name of a tag of the repository");
    let default = fields.require("default", AGE);
    Some(PushedWithin::RepositoryTag {
        tag: tag?.scalar(TEXT, text)?,
        default: default?.scalar(AGE, age)?,
    })
}

fn newest(field: Field<'_, '_>, level: &Level) -> Option<Newest> {
    if !field.is_mapping() {
        let number = field.scalar(NEWEST, count)?;
        warn_of_none(&field, number);
        return Some(Newest::tagged(number));
    }
    let fields = field.fields(level, NEWEST)?;
    let of = word(&[
        ("tagged", OfImages::Tagged),
        ("untagged", OfImages::Untagged),
        ("any", OfImages::Any),
    ]);
    let per = word(&[("repository", Per::Repository), ("kind", Per::Kind)]);
    let of = fields.scalar("of", "`tagged`, `untagged` or `any`", of).unwrap_or_default();
    let per = fields.scalar("per", "`repository` or `kind`", per).unwrap_or_default();
    Some(Newest { count: required_count(&fields, "count")?, of, per })
}

fn releases(field: Field<'_, '_>) -> Option<Releases> {
    let fields = field.fields(&keys::RELEASES, RELEASES)?;
    let per = word(&[
        ("major", ReleaseLine::Major),
        ("minor", ReleaseLine::Minor),
        ("all", ReleaseLine::All),
    ]);
    let per = fields.scalar("per", "`major`, `minor` or `all`", per).unwrap_or_default();
    Some(Releases { newest: required_count(&fields, "newest")?, per })
}

fn behind_tags(field: Field<'_, '_>) -> Option<BehindTags> {
    let fields = field.fields(&keys::BEHIND_TAGS, BEHIND_TAGS)?;
    fields.require("tags", "the tags of the images to count from");
    Some(BehindTags {
        tags: fields.list::<_, Vec<Pattern>>("tags", PATTERN, pattern),
        within: fields.scalar("within", AGE, age),
        newest: fields.scalar("newest", COUNT, count).unwrap_or_default(),
    })
}

fn behind_deployed(field: Field<'_, '_>) -> Option<BehindDeployed> {
    let fields = field.fields(&keys::BEHIND_DEPLOYED, "`revisions`")?;
    let revisions = fields.require("revisions", COUNT)?.scalar(COUNT, count)?;
    Some(BehindDeployed { revisions })
}

fn required_count(fields: &Fields<'_, '_>, name: &str) -> Option<u64> {
    let field = fields.require(name, COUNT)?;
    let number = field.scalar(COUNT, count)?;
    warn_of_none(&field, number);
    Some(number)
}

fn warn_of_none(field: &Field<'_, '_>, number: u64) {
    if number == 0 {
        field.warn("the 0 newest are none: this rule keeps nothing".to_owned());
    }
}
