//! Single values: each reader takes the text as it was written.

use std::str::FromStr;

use ecr_sweep_core::policy::Share;
use ecr_sweep_core::{Account, Admitted, Age, Pattern, Region, RegistryHost, Source};

use super::field::Scalar;
use super::problem::Complaint;
use super::word::{nearest, one_of, shortened};

pub(super) const AGE: &str = "a whole number and one of s, m, h, d or w, such as `90d`";
pub(super) const ACCOUNT: &str = "an account of 12 digits, such as `\"111122223333\"`";
pub(super) const REGION: &str = "a Region's code, such as `eu-west-1`";
pub(super) const COUNT: &str = "a whole number, 0 or more";
pub(super) const SHARE: &str = "a percentage from 0% to 100%, such as `50%`";
pub(super) const PATTERN: &str =
    "a pattern: `*` for any run of characters, `?` for one, or `/regular expression/`";
pub(super) const HOST: &str =
    "the host of an ECR registry, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`";
pub(super) const ROLE: &str = "the name of a role, such as `EcrSweepRead`";
pub(super) const TEXT: &str = "a text";
const ADMITTED: &str = "an account of 12 digits, `organization` or `public`";

fn parse<T: FromStr>(
    scalar: Scalar<'_>,
    what: &str,
    expected: &str,
    suggest: impl FnOnce(&str) -> Option<String>,
) -> Result<T, Complaint> {
    scalar.text.parse().map_err(|_| {
        let message = format!("`{}` is not {what}", shortened(scalar.text));
        let suggestion = if scalar.text.len() > 64 { None } else { suggest(scalar.text) };
        Complaint::new(message, expected)
            .suggest(suggestion.filter(|suggestion| suggestion.parse::<T>().is_ok()))
    })
}

pub(super) fn age(scalar: Scalar<'_>) -> Result<Age, Complaint> {
    parse(scalar, "a duration", AGE, |text| {
        let text = text.trim().to_lowercase();
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let letter = match unit.trim().trim_end_matches('s') {
            "" => {
                if unit.contains('s') {
                    "s"
                } else {
                    "d"
                }
            }
            "sec" | "second" => "s",
            "min" | "minute" => "m",
            "h" | "hr" | "hour" => "h",
            "d" | "day" => "d",
            "w" | "wk" | "week" => "w",
            _ => return None,
        };
        Some(format!("{number}{letter}"))
    })
}

pub(super) fn share(scalar: Scalar<'_>) -> Result<Share, Complaint> {
    parse(scalar, "a share", SHARE, |text| {
        let number = text.trim().trim_end_matches('%').trim_end();
        match number.strip_prefix("0.") {
            Some(tenths) if tenths.len() == 1 => Some(format!("{tenths}0%")),
            Some(hundredths) if hundredths.len() == 2 => {
                Some(format!("{}%", hundredths.trim_start_matches('0')))
            }
            _ => Some(format!("{number}%")),
        }
    })
}

pub(super) fn account(scalar: Scalar<'_>) -> Result<Account, Complaint> {
    parse(scalar, "an AWS account id", ACCOUNT, |text| {
        let digits: String = text.chars().filter(|digit| !"- _".contains(*digit)).collect();
        // Other tools read an account as a number, and lose the zeros in front.
        Some(format!("{digits:0>12}"))
    })
}

pub(super) fn admitted(scalar: Scalar<'_>) -> Result<Admitted, Complaint> {
    Admitted::try_from(scalar.text.to_owned()).map_err(|_| {
        let message = format!("`{}` is none whose usage could be off", shortened(scalar.text));
        Complaint::new(message, ADMITTED).suggest(nearest(scalar.text, &["organization", "public"]))
    })
}

/// A role's name, with its path in front if it has one. Its account is not a part of it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub(super) fn role(scalar: Scalar<'_>) -> Result<Box<str>, Complaint> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(is_letter);
    if scalar.text.split('/').all(is_name) {
        return Ok(scalar.text.into());
    }
    let message = format!("`{}` is not the name of a role", shortened(scalar.text));
    let name = scalar.text.rsplit_once(":role/").map_or("", |(_, name)| name);
    let suggestion = name.split('/').all(is_name).then(|| name.to_owned());
    Err(Complaint::new(message, ROLE).suggest(suggestion))
}

pub(super) fn region(scalar: Scalar<'_>) -> Result<Region, Complaint> {
    parse(scalar, "an AWS Region", REGION, |text| {
        let text = text.trim().to_lowercase().replace(['_', ' '], "-");
        // `eu-west-1a` is a zone of a Region.
        let text = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let (words, number) = text.split_at(text.find(|letter: char| letter.is_ascii_digit())?);
        Some(format!("{}-{number}", words.trim_end_matches('-')))
    })
}

pub(super) fn source(scalar: Scalar<'_>) -> Result<Source, Complaint> {
    let known = Source::ALL.map(Source::as_str);
    parse(scalar, "a usage source", &one_of(&known), |text| {
        nearest(text, &known).map(str::to_owned)
    })
}

pub(super) fn registry_host(scalar: Scalar<'_>) -> Result<RegistryHost, Complaint> {
    parse(scalar, "the host of an ECR registry", HOST, |text| {
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        Some(host.trim_end_matches('/').to_owned())
    })
}

pub(super) fn pattern(scalar: Scalar<'_>) -> Result<Pattern, Complaint> {
    scalar.text.parse().map_err(|problem| Complaint::new(shortened(&format!("{problem}")), PATTERN))
}

pub(super) fn text(scalar: Scalar<'_>) -> Result<Box<str>, Complaint> {
    match scalar.text.trim() {
        "" => Err(Complaint::new("an empty text says nothing", TEXT)),
        text => Ok(text.into()),
    }
}

/// A number without quotes. Leading zeros are refused: some YAML readers take them for octal.
pub(super) fn count<T: FromStr>(scalar: Scalar<'_>) -> Result<T, Complaint> {
    let text = scalar.text;
    let shown = shortened(text);
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text.trim_start_matches('0');
    let plain = if plain.is_empty() { "0" } else { plain };
    let message =
        if !is_digits && text.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok()) {
            format!("`{shown}` is negative")
        } else if !is_digits {
            format!("`{shown}` is not a whole number")
        } else if !scalar.plain {
            let complaint = Complaint::new(format!("`\"{shown}\"` is a text"), COUNT);
            return Err(complaint.suggest(Some(plain)));
        } else if plain != text {
            let complaint = Complaint::new(format!("`{shown}` begins with a zero"), COUNT);
            return Err(complaint.suggest(Some(plain)));
        } else {
            match text.parse() {
                Ok(number) => return Ok(number),
                Err(_) => format!("`{shown}` is too large"),
            }
        };
    Err(Complaint::new(message, COUNT))
}

/// One of a few words.
pub(super) fn word<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl Fn(Scalar<'_>) -> Result<T, Complaint> {
    move |scalar| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        words.iter().find(|(word, _)| *word == scalar.text).map(|(_, value)| *value).ok_or_else(
            || {
                let message =
                    format!("`{}` is none of the words that go here", shortened(scalar.text));
                Complaint::new(message, one_of(&known)).suggest(nearest(scalar.text, &known))
            },
        )
    }
}
