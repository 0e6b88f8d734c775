//! Numbers as people read them. Documents carry them raw.

use std::fmt;

pub use ecr_sweep_core::Bytes;
use ecr_sweep_core::wording::plural;
use jiff::Timestamp;

/// A count, in groups of three digits: `12,345`.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u64);

/// So many of something: `1 image`, `12,345 images`.
pub fn counted(count: u64, one: &str) -> String {
    format!("{} {}", Count(count), plural(count, one))
}

/// A time to the second, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub Timestamp);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::new();
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(Count(count).to_string(), text);
        }
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "image"), "1 image");
        assert_eq!(counted(1_234, "repository"), "1,234 repositories");
    }

    #[test]
    fn times_end_at_the_second() {
        let time = Time("2026-11-20T00:00:07.987654321Z".parse().unwrap());
        assert_eq!(time.to_string(), "2026-11-20T00:00:07Z");
    }
}
