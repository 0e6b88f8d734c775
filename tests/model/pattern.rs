//! Patterns: "match the whole name: `*` any run of characters (also `/`), `?` one; `/.../` a
//! regular expression over the whole name".

use ecr_sweep_core::Pattern;
use regex::Regex;

pub(super) fn matches(pattern: &Pattern, name: &str) -> bool {
    let text = pattern.as_str();
    if text.len() > 2 && text.starts_with('/') && text.ends_with('/') {
        let whole = format!("^(?:{})$", &text[1..text.len() - 1]);
        return Regex::new(&whole).is_ok_and(|regex| regex.is_match(name));
    }
    let pattern: Vec<char> = text.chars().collect();
    let name: Vec<char> = name.chars().collect();
    glob(&pattern, &name)
}

fn glob(pattern: &[char], name: &[char]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some(('*', rest)) => (0..=name.len()).any(|skipped| glob(rest, &name[skipped..])),
        Some(('?', rest)) => !name.is_empty() && glob(rest, &name[1..]),
        Some((letter, rest)) => name.first() == Some(letter) && glob(rest, &name[1..]),
    }
}
