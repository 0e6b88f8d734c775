//! Files in a bucket.

use futures::{StreamExt, TryStreamExt, stream};

use super::{FoundFile, UsageFilesError, fits};
use crate::store::{S3Location, S3Store};
use crate::{AwsError, Sessions};

/// How many objects are read at once: each may be large.
const AT_ONCE: usize = 4;

pub(super) async fn find(
    sessions: &Sessions,
    path: &str,
    address: &str,
) -> Result<Vec<FoundFile>, UsageFilesError> {
    let (bucket, key) = address.split_once('/').unwrap_or((address, ""));
    let location = S3Location::new(bucket, "")
        .map_err(|source| UsageFilesError::NoBucket { path: path.into(), source })?;
    let store = S3Store::new(sessions, location);
    let Some((before, _)) = key.split_once('*') else {
        let file = read(&store, bucket, key).await?;
        return Ok(file.into_iter().collect());
    };
    let failed = |source| failed(path, source);
    let keys = store.objects(before).await.map_err(failed)?;
    stream::iter(keys.into_iter().filter(|it| fits_key(key, it)))
        .map(async |key| {
            let file = read(&store, bucket, &key).await?;
            file.ok_or_else(|| UsageFilesError::Vanished { name: name(bucket, &key) })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// The address of an object.
fn name(bucket: &str, key: &str) -> Box<str> {
    format!("s3://{bucket}/{key}").into()
}

/// An object; none where there is none.
async fn read(
    store: &S3Store,
    bucket: &str,
    key: &str,
) -> Result<Option<FoundFile>, UsageFilesError> {
    let name = name(bucket, key);
    let read = store.read_with_time(key).await.map_err(|source| failed(&name, source))?;
    Ok(read.map(|(bytes, written_at)| FoundFile { name, bytes, written_at }))
}

/// Part by part: a `*` stands for no `/`.
fn fits_key(pattern: &str, key: &str) -> bool {
    let (parts, names) = (pattern.split('/'), key.split('/'));
    parts.clone().count() == names.clone().count()
        && parts.zip(names).all(|(part, name)| fits(part, name))
}

fn failed(name: &str, source: AwsError) -> UsageFilesError {
    UsageFilesError::Bucket { name: name.into(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_no_slash() {
        assert!(fits_key("usage/*.json", "usage/blue.json"));
        assert!(fits_key("*/*.json", "usage/blue.json"));
        for key in
            ["usage/old/blue.json", "usage/.json", "usage/blue.txt", "other/blue.json", "usage/"]
        {
            assert!(!fits_key("usage/*.json", key), "{key}");
        }
    }
}
