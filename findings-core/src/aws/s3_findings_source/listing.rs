//! Lists the objects of a source.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::ObjectStorageClass;

use super::{READ, failure};
use crate::aws::s3_store::error::{S3Call, single_attempt};
use crate::patience::Patience;
use crate::{ErrorKind, Result, Setting};

/// The largest number of objects of one source.
const MAX_OBJECTS: usize = 100_000;

/// An object as it was listed.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) bytes: u64,
    pub(super) etag: Option<String>,
    /// Seconds since 1970.
    pub(super) modified_at: Option<i64>,
    /// Whether it has to be restored before it can be read.
    pub(super) is_archived: bool,
}

/// Returns the object `prefix`, or, if there is none, all objects under `prefix` as a folder, sorted by key.
pub(super) async fn objects(client: &Client, bucket: &str, prefix: &str) -> Result<Vec<Object>> {
    let location = format!("s3://{bucket}/{prefix}");
    if !prefix.is_empty() && !prefix.ends_with('/') {
        // a key is listed before all that begin with it
        let first = page(client, bucket, prefix, None, 1).await?;
        if let Some(object) = first.contents().first().and_then(object).filter(|object| object.key == prefix) {
            return Ok(vec![object]);
        }
    }
    let folder = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
    let (mut objects, mut token) = (Vec::new(), None);
    loop {
        let page = page(client, bucket, &folder, token.as_deref(), 1_000).await?;
        objects.extend(page.contents().iter().filter_map(object).filter(|object| is_data(&object.key, &folder)));
        if objects.len() > MAX_OBJECTS {
            let message = "it has more than 100,000 objects; join them, or name a part of them";
            return Err(failure(ErrorKind::InvalidInput, &location, message));
        }
        match page.next_continuation_token {
            Some(next) if token.as_ref() == Some(&next) => {
                let message = "the list of objects does not end; the same page came twice";
                return Err(failure(ErrorKind::Inconsistent, &location, message));
            }
            Some(next) => token = Some(next),
            None => break,
        }
    }
    if objects.is_empty() {
        return Err(failure(ErrorKind::NotFound, &location, "there is no object of this name or under it"));
    }
    Ok(objects)
}

/// Returns whether an object is data, and not a mark of a folder or a note of a tool.
fn is_data(key: &str, folder: &str) -> bool {
    let name = key.strip_prefix(folder).unwrap_or(key);
    !name.is_empty() && !name.ends_with('/') && !name.split('/').any(|part| part.starts_with(['.', '_']))
}

fn object(listed: &aws_sdk_s3::types::Object) -> Option<Object> {
    let is_archived =
        matches!(listed.storage_class(), Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive));
    Some(Object {
        key: listed.key()?.to_owned(),
        bytes: listed.size().unwrap_or(0).try_into().unwrap_or(0),
        etag: listed.e_tag().map(str::to_owned),
        modified_at: listed.last_modified().map(aws_smithy_types::DateTime::secs),
        is_archived,
    })
}

async fn page(
    client: &Client,
    bucket: &str,
    prefix: &str,
    token: Option<&str>,
    objects: i32,
) -> Result<ListObjectsV2Output> {
    let call = S3Call {
        operation: READ,
        name: "S3 ListObjectsV2",
        location: format!("s3://{bucket}/{prefix}"),
        setting: Setting::Source,
        missing: "there is no such bucket",
        denied: "the credentials need s3:ListBucket on the bucket",
    };
    let list = || async {
        let list = client.list_objects_v2().bucket(bucket).prefix(prefix).max_keys(objects);
        let list = list.set_continuation_token(token.map(str::to_owned));
        let answer = list.customize().config_override(single_attempt(0)).send().await;
        answer.map_err(|error| call.failure(error, client.config().region()))
    };
    Patience::default().repeat(list).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_tools_and_marks_of_folders_are_no_data() {
        for (key, want) in [
            ("a/1.json", true),
            ("a/2026/11/29/delivery-1", true),
            ("a/", false),
            ("a/b/", false),
            ("a/_SUCCESS", false),
            ("a/_temporary/1.json", false),
            ("a/.keep", false),
        ] {
            assert_eq!(is_data(key, "a/"), want, "{key}");
        }
        assert!(is_data("_private/1.json", "_private/"), "the prefix itself may begin with an underscore");
    }
}
