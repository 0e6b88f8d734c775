//! Lists of objects, in the order of their keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Bound;

use jiff::Timestamp;

use super::{bucket_and_key, check, no_such_bucket, not_implemented};
use crate::paging::Binding;
use crate::state::Object;
use crate::wire::{Answer, ApiError, Call, Outcome, XML, escape};

/// The most rows of a page.
const MOST: usize = 1_000;

/// The parameters that are honoured.
const PARAMETERS: [&str; 5] =
    ["list-type", "prefix", "delimiter", "max-keys", "continuation-token"];

/// A row of a list.
enum Row<'a> {
    Object(&'a str, &'a Object),
    /// What several keys have in common up to the delimiter.
    CommonPrefix(&'a str),
}

impl<'a> Row<'a> {
    const fn name(&self) -> &'a str {
        match self {
            Self::Object(key, _) => key,
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(super) fn list_objects(call: &Call<'_>) -> Outcome {
    if form_urlencoded::parse(call.query.as_bytes()).any(|(name, _)| !PARAMETERS.contains(&&*name))
    {
        return Err(not_implemented());
    }
    let parameter = |name| call.parameter(name).unwrap_or_default();
    if parameter("list-type") != "2" {
        return Err(invalid("Invalid List Type"));
    }
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let asked = call.parameter("max-keys").map(|text| text.parse::<u32>());
    let asked = asked
        .transpose()
        .map_err(|_| invalid("Provided max-keys not an integer or within integer range"))?;
    let size = asked.map_or(MOST, |asked| usize::try_from(asked).unwrap_or(MOST).min(MOST));
    let size = call.rows_of(size);

    let buckets = call.state.buckets();
    check(call, &buckets)?;
    let (name, _) = bucket_and_key(call);
    let objects = &buckets.get(name).ok_or_else(no_such_bucket)?.objects;
    let binding = Binding::new(&["ListObjectsV2", name, &prefix, &delimiter]);
    let token = call.parameter("continuation-token");
    let after = token.as_deref().map(|token| {
        let position = binding.position(token);
        position.ok_or_else(|| invalid("The continuation token provided is incorrect"))
    });
    let after = after.transpose()?;
    let mut rows = rows(objects, &prefix, &delimiter, after.as_deref());
    let page: Vec<Row<'_>> = rows.by_ref().take(size).collect();
    // A page of no rows at all is asked for to see whether the bucket answers.
    let last = page.last().filter(|_| rows.next().is_some());
    let next = last.map(|last| binding.token(last.name()));

    let mut body = format!(
        "{XML}<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><Prefix>{}</Prefix><MaxKeys>{size}</MaxKeys><KeyCount>{}</KeyCount>\
         <IsTruncated>{}</IsTruncated>",
        escape(name),
        escape(&prefix),
        page.len(),
        next.is_some(),
    );
    if !delimiter.is_empty() {
        element(&mut body, "Delimiter", &delimiter);
    }
    if let Some(token) = token {
        element(&mut body, "ContinuationToken", &token);
    }
    if let Some(next) = next {
        element(&mut body, "NextContinuationToken", &next);
    }
    for row in &page {
        write(&mut body, row);
    }
    body.push_str("</ListBucketResult>");
    Ok(Answer::xml(body))
}

/// The rows after a name, each once.
fn rows<'a>(
    objects: &'a BTreeMap<String, Object>,
    prefix: &'a str,
    delimiter: &'a str,
    after: Option<&'a str>,
) -> impl Iterator<Item = Row<'a>> {
    let start = after.map_or(prefix, |after| after.max(prefix));
    let mut last = after;
    objects
        .range::<str, _>((Bound::Included(start), Bound::Unbounded))
        .take_while(move |(key, _)| key.starts_with(prefix))
        .filter_map(move |(key, object)| {
            let row = match key[prefix.len()..].find(delimiter) {
                Some(at) if !delimiter.is_empty() => {
                    Row::CommonPrefix(&key[..prefix.len() + at + delimiter.len()])
                }
                _ => Row::Object(key, object),
            };
            let is_new = last.is_none_or(|last| row.name() > last);
            last = Some(row.name());
            is_new.then_some(row)
        })
}

fn write(body: &mut String, row: &Row<'_>) {
    match row {
        Row::CommonPrefix(prefix) => {
            body.push_str("<CommonPrefixes>");
            element(body, "Prefix", prefix);
            body.push_str("</CommonPrefixes>");
        }
        Row::Object(key, object) => {
            body.push_str("<Contents>");
            element(body, "Key", key);
            element(body, "LastModified", &iso(object.written_at));
            element(body, "ETag", &object.etag);
            element(body, "Size", &object.bytes.len().to_string());
            element(body, "StorageClass", "STANDARD");
            body.push_str("</Contents>");
        }
    }
}

fn element(body: &mut String, name: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ok = write!(body, "<{name}>{}</{name}>", escape(text));
}

fn iso(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn invalid(message: &str) -> ApiError {
    ApiError::new("InvalidArgument", message)
}
