//! Pages: how many rows, and where the next one starts.

use sha2::{Digest as _, Sha256};

use crate::wire::ApiError;

/// The number of rows of a page: `default`, or what is asked for within `1..=max`.
pub(crate) fn page_size(asked: Option<i64>, default: usize, max: usize) -> Result<usize, ApiError> {
    match asked {
        None => Ok(default),
        Some(asked) => match usize::try_from(asked) {
            Ok(size) if (1..=max).contains(&size) => Ok(size),
            _ => Err(ApiError::invalid_parameter(
                "maxResults",
                &format!("Member must have value between 1 and {max} inclusive"),
            )),
        },
    }
}

/// What ties a token to the request that it continues: a token of another operation, place or
/// filter is as bad as one that was made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding([u8; 8]);

impl Binding {
    pub(crate) fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let mut check = [0; 8];
        check.copy_from_slice(&hash.finalize()[..8]);
        Self(check)
    }

    /// An opaque token for the page after `position`.
    pub(crate) fn token(self, position: &str) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.0
            .iter()
            .chain(position.as_bytes())
            .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
            .map(char::from)
            .collect()
    }

    /// The position in a token; none if it is not one of this request's.
    pub(crate) fn position(self, token: &str) -> Option<String> {
        let digits: Option<Vec<u8>> = token
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let bytes: Vec<u8> = digits?
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            })
            .collect::<Option<_>>()?;
        String::from_utf8(bytes.strip_prefix(&self.0)?.to_vec()).ok()
    }

    /// Where a page starts: at the front, or after the token's position.
    pub(crate) fn start(self, token: Option<&str>) -> Result<Option<String>, ApiError> {
        match token {
            None => Ok(None),
            Some(token) => self.position(token).map(Some).ok_or_else(|| {
                ApiError::new("InvalidParameterException", "Invalid parameter at 'nextToken'")
            }),
        }
    }
}

/// One page of rows in the order of their names, and the token of the next page if there is one.
pub(crate) fn page_of<N: AsRef<str>, T>(
    rows: impl Iterator<Item = (N, T)>,
    size: usize,
    binding: Binding,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let after = binding.start(token)?;
    let mut rest =
        rows.skip_while(|(name, _)| after.as_deref().is_some_and(|after| name.as_ref() <= after));
    let (names, page): (Vec<N>, Vec<T>) = rest.by_ref().take(size).unzip();
    let last = names.last().filter(|_| rest.next().is_some());
    Ok((page, last.map(|last| binding.token(last.as_ref()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_its_position_back_to_its_own_request_only() {
        let binding = Binding::new(&["DescribeImages", "dev/app"]);
        let token = binding.token("sha256:é");
        assert_eq!(binding.position(&token).as_deref(), Some("sha256:é"));
        assert_eq!(Binding::new(&["DescribeImages", "dev/ap", "p"]).position(&token), None);
    }

    #[test]
    fn a_text_that_is_no_token_has_no_position() {
        let binding = Binding::new(&["DescribeImages"]);
        let token = binding.token("a");
        for text in ["", "0", "zz", &token[1..], &token[..4], "é"] {
            assert_eq!(binding.position(text), None, "{text}");
        }
    }

    #[test]
    fn a_page_ends_where_it_is_full_and_the_next_begins_behind_it() {
        let binding = Binding::new(&["ListClusters"]);
        let rows = || ["a", "b", "c"].into_iter().map(|name| (name, name));
        let (page, token) = page_of(rows(), 2, binding, None).unwrap();
        assert_eq!(page, ["a", "b"]);
        let (page, token) = page_of(rows(), 2, binding, token.as_deref()).unwrap();
        assert_eq!((page, token), (vec!["c"], None));
    }
}
