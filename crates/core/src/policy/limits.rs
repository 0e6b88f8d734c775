//! What may be deleted at most.

use std::fmt;
use std::str::FromStr;

use super::words;

/// The most that may be deleted, and what happens beyond it. Equal to a limit is allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of all images.
    pub share: Option<Share>,
    /// How many.
    pub images: Option<u64>,
    /// What happens beyond either.
    pub on_exceed: OnExceed,
}

impl Limits {
    /// How many of `images` may be deleted.
    #[must_use]
    pub fn allowed_of(&self, images: u64) -> u64 {
        let by_share = self.share.map_or(u64::MAX, |share| share.of(images));
        by_share.min(self.images.unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.share, self.images) {
            (Some(share), Some(images)) => write!(f, "{share} and {images} images"),
            (Some(share), None) => share.fmt(f),
            (None, Some(images)) => write!(f, "{images} images"),
            (None, None) => f.write_str("no limit"),
        }
    }
}

words! {
    /// What happens when more would be deleted than a limit allows.
    pub enum OnExceed {
        Block "block" "Nothing is deleted.",
        OldestFirst "oldest_first" "The oldest are deleted, up to the limit.",
    } or Block
}

/// A share between 0% and 100%, exact to a hundredth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    hundredths: u16,
}

/// A text that is not a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a share: expected a percentage from 0% to 100%, such as `50%`")]
pub struct NotAShare(String);

impl Share {
    /// The whole images in this share of `images`, rounded down.
    #[must_use]
    pub fn of(self, images: u64) -> u64 {
        let part = u128::from(images) * u128::from(self.hundredths) / 10_000;
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let read = || {
            let number = text.strip_suffix('%')?;
            let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
            let digits = |text: &str| {
                !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit())
            };
            if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
                return None;
            }
            let tens = if fraction.len() == 1 { 10 } else { 1 };
            let hundredths =
                whole.parse::<u32>().ok()? * 100 + fraction.parse::<u32>().ok()? * tens;
            u16::try_from(hundredths).ok().filter(|hundredths| *hundredths <= 10_000)
        };
        read().map(|hundredths| Self { hundredths }).ok_or_else(|| NotAShare(text.to_owned()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.hundredths / 100, self.hundredths % 100);
        match fraction {
            0 => write!(f, "{whole}%"),
            tens if tens % 10 == 0 => write!(f, "{whole}.{}%", tens / 10),
            fraction => write!(f, "{whole}.{fraction:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_rounded_down() {
        for (text, of_seven, shown) in [
            ("50%", 3, "50%"),
            ("0%", 0, "0%"),
            ("100%", 7, "100%"),
            ("33.3%", 2, "33.3%"),
            ("14.29%", 1, "14.29%"),
        ] {
            let share: Share = text.parse().unwrap();
            assert_eq!((share.of(7), share.to_string().as_str()), (of_seven, shown));
        }
        for text in [
            "", "%", "50", "101%", "-1%", "0.5", "1.234%", "100.01%", " 5%", "+5%", "5.+1%", ".5%",
            "5.%", "0000%",
        ] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn equal_to_the_limit_is_allowed() {
        let limits = Limits { share: "50%".parse().ok(), images: Some(4), ..Limits::default() };
        assert_eq!(limits.allowed_of(6), 3);
        assert_eq!(limits.allowed_of(100), 4);
        assert_eq!(Limits::default().allowed_of(5), u64::MAX);
    }
}
