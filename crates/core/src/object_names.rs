//! What a bucket and the objects in it can be called: the run store's, and the vault's.

use std::net::Ipv4Addr;

/// The most characters that a bucket takes as the name of an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const LONGEST_OBJECT_NAME: usize = 1024;

/// What keeps a bucket from having this name, if something does.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
#[must_use]
pub fn bucket_problem(name: &str) -> Option<&'static str> {
    let is_edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    if name.is_empty() {
        Some("this names no bucket")
    } else if !(3..=63).contains(&name.len()) {
        Some("the name of a bucket has from 3 to 63 characters")
    } else if !bytes.iter().all(|&byte| is_edge(byte) || byte == b'.' || byte == b'-') {
        Some("the name of a bucket has lower-case letters, digits, dots and hyphens alone")
    } else if ![bytes.first(), bytes.last()].into_iter().flatten().all(|&byte| is_edge(byte)) {
        Some("the name of a bucket starts and ends with a letter or a digit")
    } else if name.contains("..") || name.parse::<Ipv4Addr>().is_ok() {
        Some("the name of a bucket is no IP address, and has no two dots in a row")
    } else {
        None
    }
}

/// What keeps an object of a run store, or what its name starts with, from having this name, if something
/// does. A file of a folder has it, too, so it says less than S3 takes.
#[must_use]
pub fn object_name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > LONGEST_OBJECT_NAME {
        return Some("it has from 1 to 1024 characters");
    }
    if name.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
        return Some("it has printable ASCII characters alone, no space and no backslash");
    }
    name.split('/').find_map(|segment| {
        if segment.is_empty() {
            Some("it is relative, and no part of it is empty")
        } else if segment.starts_with('.') {
            Some("no part of it starts with a dot")
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_store() {
        for name in ["a", "plans/111122223333/eu-west-1/dev/app.json", "cache/sha256:ab"] {
            assert_eq!(object_name_problem(name), None, "{name}");
        }
        let long = "a".repeat(LONGEST_OBJECT_NAME + 1);
        for name in
            ["", "/a", "a/", "a//b", "..", "a/../b", "./a", ".lock", "a\\b", "a b", "é", &long]
        {
            assert!(object_name_problem(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_bucket_has_a_name_that_s3_takes() {
        for name in ["abc", "my.sweeps-2", "1a1"] {
            assert_eq!(bucket_problem(name), None, "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", "ab", "Sweeps", "my_sweeps", "-ab", "ab.", "a..b", "127.0.0.1", &long] {
            assert!(bucket_problem(name).is_some(), "{name}");
        }
    }
}
