//! Numbers, sizes and dates, as people read them.

use ecr_sweep_core::Bytes;
use ecr_sweep_core::wording::plural;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// A number with its thousands apart: `12,408`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// So many of something: `1 image`, `12,408 images`.
pub(crate) fn count(many: u64, one: &str) -> String {
    format!("{} {}", number(many), plural(many, one))
}

/// A number in a table: the script sorts by it.
pub(crate) fn sorted_number(value: u64) -> Markup {
    html! { data value=(value) { (number(value)) } }
}

/// A size in a table: the script sorts by it.
pub(crate) fn sorted_bytes(value: u64) -> Markup {
    html! { data value=(value) { (Bytes(value)) } }
}

/// A size that may be less: layers that images share count for each of them, until it is known which.
pub(crate) fn at_most(bytes: u64) -> String {
    if bytes == 0 { Bytes(0).to_string() } else { format!("at most {}", Bytes(bytes)) }
}

/// A day, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// A moment to the minute, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How large a part of a whole is, in percent.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    format!("{:.0} %", 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (of, shown) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_408, "12,408")] {
            assert_eq!(number(of), shown);
        }
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(
            (count(1, "image"), count(2, "repository")),
            ("1 image".into(), "2 repositories".into())
        );
    }

    #[test]
    fn sizes_are_the_most_that_it_can_be_and_nothing_is_nothing() {
        assert_eq!((at_most(0), at_most(2048)), ("0 B".into(), "at most 2.0 KiB".into()));
        assert_eq!((percent(0, 0), percent(1, 3)), ("0 %".into(), "33 %".into()));
    }
}
