//! Durations as ecrm reads them: numbers with units, in a row.
//! <https://github.com/k1LoW/duration>

use ecr_sweep_core::Age;
use ecr_sweep_policy::reading::{Complaint, Field};

const EXPECTED: &str = "a duration of seconds, minutes, hours, days or weeks, such as `30days`";

/// More than this, in seconds, nobody means.
const MOST: f64 = 86_400.0 * 999_999.0;

/// The age that a duration says: a part of a second more counts as a whole one.
pub(crate) fn age(field: &Field<'_, '_>) -> Option<Age> {
    field.scalar(EXPECTED, |scalar| {
        seconds(scalar.text)
            .map(Age::seconds)
            .ok_or_else(|| Complaint::new(format!("`{}` is not a duration", scalar.text), EXPECTED))
    })
}

fn seconds(text: &str) -> Option<u64> {
    let text: String = text.chars().filter(|letter| *letter != ' ').collect();
    let mut rest = text.as_str();
    let mut sum = 0.0;
    while !rest.is_empty() {
        let is_of_number = |letter: char| letter.is_ascii_digit() || letter == '.';
        let (number, after) = rest.split_at(rest.find(|it| !is_of_number(it))?);
        let (unit, after) = after.split_at(after.find(is_of_number).unwrap_or(after.len()));
        sum += number.parse::<f64>().ok()? * seconds_of(unit)?;
        rest = after;
    }
    let sum: f64 = sum;
    // Bounds make the cast exact: a whole number, not negative, and small.
    (sum > 0.0 && sum <= MOST).then(|| format!("{:.0}", sum.ceil()).parse().ok()).flatten()
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        for (text, expected) in [
            ("90days", Some(90 * 86_400)),
            ("30 days", Some(30 * 86_400)),
            ("30d", Some(30 * 86_400)),
            ("1week 1d", Some(8 * 86_400)),
            ("1.5h", Some(5_400)),
            ("0.1s", Some(1)),
            ("90", None),
            ("days", None),
            ("1month", None),
            ("-1d", None),
            ("0d", None),
            ("9999999999999999999999d", None),
            ("1..5d", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
