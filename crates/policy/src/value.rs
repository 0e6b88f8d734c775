//! Single values: each reader takes the text as it was written.

use std::borrow::Cow;
use std::str::FromStr;

use ecr_sweep_core::policy::{Kind, Price, Share, SlackChannel, Value};
use ecr_sweep_core::{Account, Admitted, Age, Pattern, Region, RegistryPath, Source, UnitId};

use super::field::Scalar;
use super::format::names;
use super::problem::Complaint;
use super::word::{nearest, one_of, shortened};

const AGE: &str = "a whole number and one of s, m, h, d or w, such as `90d`";
const ACCOUNT: &str = "an account of 12 digits, such as `\"111122223333\"`";
const UNIT: &str = "the id of an organizational unit, such as `ou-abcd-12345678`";
const REGION: &str = "a Region's code, such as `eu-west-1`";
const COUNT: &str = "a whole number, 0 or more";
const SHARE: &str = "a percentage from 0% to 100%, such as `50%`";
pub(super) const PATTERN: &str =
    "a pattern: `*` for any run of characters, `?` for one, or `/regular expression/`";
pub(super) const REGISTRY: &str = "the host of an ECR registry, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`, alone or with a path";
const PRICE: &str = "dollars for a GB and month, such as `0.10`, at most 1000";
const ROLE: &str = "the name of a role, such as `EcrSweepRead`";
pub(super) const CHANNEL: &str =
    "the name of a channel in quotes, such as `\"#payments\"`, or its id, such as `C0123ABCD`";
const TEXT: &str = "a text";
const REASON: &str = "a reason, in words";
const ADMITTED: &str = "an account of 12 digits, `organization` or `public`";

/// What belongs where a value of this kind stands; of a list, what its items are.
pub(super) fn phrase(kind: &Kind) -> Cow<'static, str> {
    match kind {
        Kind::Age => AGE.into(),
        Kind::Count { .. } | Kind::HowMany | Kind::Version => COUNT.into(),
        Kind::CountOr { word, .. } => format!("`{word}`, or {COUNT}").into(),
        Kind::Share => SHARE.into(),
        Kind::Price => PRICE.into(),
        Kind::Text => TEXT.into(),
        Kind::Channel => CHANNEL.into(),
        Kind::Reason => REASON.into(),
        Kind::Pattern => PATTERN.into(),
        Kind::Account => ACCOUNT.into(),
        Kind::Region => REGION.into(),
        Kind::Unit => UNIT.into(),
        Kind::Admitted => ADMITTED.into(),
        Kind::Source => one_of(&Source::ALL.map(Source::as_str)).into(),
        Kind::Role => ROLE.into(),
        Kind::Word(words) => one_of(words).into(),
        Kind::Yes => "`true`".into(),
        Kind::List(kind) | Kind::OneOrMore(kind) => phrase(kind),
        Kind::TagPatterns | Kind::Aliases | Kind::Owners => "a mapping".into(),
        Kind::Form(form) => form.expected.map_or_else(|| one_of(&names(form)).into(), Into::into),
    }
}

/// The value that a text says. `expected` is what belongs there in words.
pub(super) fn scalar(kind: &Kind, text: Scalar<'_>, expected: &str) -> Result<Value, Complaint> {
    match kind {
        Kind::Age => age(text).map(Value::Age),
        Kind::Count { most } => count(text, *most).map(Value::Count),
        Kind::HowMany => count(text, u64::MAX).map(Value::Count),
        Kind::CountOr { word, most } => count_or(text, word, *most, expected),
        Kind::Share => share(text).map(Value::Share),
        Kind::Price => price(text).map(Value::Price),
        Kind::Text => self::text(text).map(Value::Text),
        Kind::Channel => channel(text).map(Value::Channel),
        Kind::Reason => reason(text).map(Value::Text),
        Kind::Role => role(text).map(Value::Text),
        Kind::Pattern => pattern(text).map(Value::Pattern),
        Kind::Account => account(text).map(Value::Account),
        Kind::Region => region(text).map(Value::Region),
        Kind::Unit => unit(text).map(Value::Unit),
        Kind::Admitted => admitted(text).map(Value::Admitted),
        Kind::Source => source(text).map(Value::Source),
        Kind::Word(words) => word(text, words).map(Value::Word),
        Kind::Yes => word(text, &["true"]).map(|_| Value::Yes),
        Kind::Version
        | Kind::List(_)
        | Kind::OneOrMore(_)
        | Kind::TagPatterns
        | Kind::Aliases
        | Kind::Owners
        | Kind::Form(_) => {
            let message = format!("`{}` is not what goes here", shortened(text.text));
            Err(Complaint::new(message, expected))
        }
    }
}

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

fn age(scalar: Scalar<'_>) -> Result<Age, Complaint> {
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

fn share(scalar: Scalar<'_>) -> Result<Share, Complaint> {
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

fn price(scalar: Scalar<'_>) -> Result<Price, Complaint> {
    parse(scalar, "a price", PRICE, |text| {
        let number = text.trim().trim_start_matches('$').trim_start().replace(',', ".");
        Some(number.trim_end_matches(|it: char| !it.is_ascii_digit()).to_owned())
    })
}

fn account(scalar: Scalar<'_>) -> Result<Account, Complaint> {
    parse(scalar, "an AWS account id", ACCOUNT, |text| {
        let digits: String = text.chars().filter(|digit| !"- _".contains(*digit)).collect();
        // Other tools read an account as a number, and lose the zeros in front.
        Some(format!("{digits:0>12}"))
    })
}

fn admitted(scalar: Scalar<'_>) -> Result<Admitted, Complaint> {
    Admitted::try_from(scalar.text.to_owned()).map_err(|_| {
        let message = format!("`{}` is none whose usage could be off", shortened(scalar.text));
        Complaint::new(message, ADMITTED).suggest(nearest(scalar.text, ["organization", "public"]))
    })
}

/// A name is in small letters, and a person is no channel.
pub(super) fn channel(scalar: Scalar<'_>) -> Result<SlackChannel, Complaint> {
    parse(scalar, "a channel of Slack", CHANNEL, |text| {
        let text = text.trim();
        if text.starts_with('@') {
            return None;
        }
        let name = text.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        Some(format!("#{name}"))
    })
}

/// A role's name, with its path in front if it has one. Its account is not a part of it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
fn role(scalar: Scalar<'_>) -> Result<Box<str>, Complaint> {
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

fn region(scalar: Scalar<'_>) -> Result<Region, Complaint> {
    parse(scalar, "an AWS Region", REGION, |text| {
        let text = text.trim().to_lowercase().replace(['_', ' '], "-");
        // `eu-west-1a` is a zone of a Region.
        let text = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let (words, number) = text.split_at(text.find(|letter: char| letter.is_ascii_digit())?);
        Some(format!("{}-{number}", words.trim_end_matches('-')))
    })
}

/// Its ARN ends with it.
fn unit(scalar: Scalar<'_>) -> Result<UnitId, Complaint> {
    parse(scalar, "an organizational unit", UNIT, |text| {
        text.trim().to_lowercase().rsplit('/').next().map(str::to_owned)
    })
}

fn source(scalar: Scalar<'_>) -> Result<Source, Complaint> {
    let known = Source::ALL.map(Source::as_str);
    parse(scalar, "a usage source", &one_of(&known), |text| nearest(text, known).map(str::to_owned))
}

pub(super) fn registry_path(scalar: Scalar<'_>) -> Result<RegistryPath, Complaint> {
    parse(scalar, "the host of an ECR registry", REGISTRY, |text| {
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        Some(host.trim_end_matches('/').to_owned())
    })
}

pub(super) fn pattern(scalar: Scalar<'_>) -> Result<Pattern, Complaint> {
    scalar.text.parse().map_err(|problem| Complaint::new(shortened(&format!("{problem}")), PATTERN))
}

fn text(scalar: Scalar<'_>) -> Result<Box<str>, Complaint> {
    match scalar.text.trim() {
        "" => Err(Complaint::new("an empty text says nothing", TEXT)),
        text => Ok(text.into()),
    }
}

/// A text that is no mere placeholder.
fn reason(scalar: Scalar<'_>) -> Result<Box<str>, Complaint> {
    let is_dot = |letter: char| letter == '.' || letter == '…' || letter.is_whitespace();
    let text = text(scalar)?;
    if text.chars().all(is_dot) {
        let message = format!("`{}` is no reason", shortened(&text));
        return Err(Complaint::new(message, REASON));
    }
    Ok(text)
}

/// A number without quotes. Leading zeros are refused: some YAML readers take them for octal.
pub(super) fn count(scalar: Scalar<'_>, most: u64) -> Result<u64, Complaint> {
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
                Ok(number) if number <= most => return Ok(number),
                _ => format!("`{shown}` is too large"),
            }
        };
    Err(Complaint::new(message, COUNT))
}

/// A number, or the word for none.
fn count_or(
    scalar: Scalar<'_>,
    word: &'static str,
    most: u64,
    expected: &str,
) -> Result<Value, Complaint> {
    if scalar.text == word {
        return Ok(Value::Word(word));
    }
    count(scalar, most).map(Value::Count).map_err(|complaint| {
        let suggestion = nearest(scalar.text, [word]).map(str::to_owned);
        let suggestion = suggestion.or(complaint.suggestion);
        Complaint { expected: expected.to_owned(), suggestion, message: complaint.message }
    })
}

/// One of a few words.
fn word(scalar: Scalar<'_>, words: &'static [&'static str]) -> Result<&'static str, Complaint> {
    words.iter().find(|word| **word == scalar.text).copied().ok_or_else(|| {
        let message = format!("`{}` is none of the words that go here", shortened(scalar.text));
        Complaint::new(message, one_of(words)).suggest(nearest(scalar.text, words.iter().copied()))
    })
}
