//! How inputs are changed.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::Dice;

/// The longest input, in bytes.
const LONGEST: usize = 1 << 16;

/// What parsers of text, JSON, YAML, numbers and times tend to trip over.
const NASTY: [&str; 40] = [
    "",
    "\0",
    "\u{feff}",
    "é",
    "\u{2028}",
    "\r\n",
    "\t",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "[",
    "{",
    "}",
    "]",
    ":",
    ",",
    "@",
    "/",
    "//",
    "://",
    "- ",
    "? ",
    "| ",
    ">-\n",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "...\n",
    "%YAML 9.9\n",
    "-1",
    "1e999",
    "18446744073709551616",
    "null",
    "9999-12-31T23:59:59.999999999Z",
    "-009999-01-01T00:00:00Z",
    "/\\w{1000}/",
];

/// The words of some inputs: what can stand where another word stands.
pub(crate) fn words(inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let words: BTreeSet<&[u8]> = inputs
        .iter()
        .flat_map(|input| input.split(|byte| !is_word(byte)))
        .filter(|word| !word.is_empty())
        .collect();
    words.into_iter().map(<[u8]>::to_vec).chain(NASTY.map(Into::into)).collect()
}

/// Changes an input in one to eight places.
pub(crate) fn change(input: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..=dice.below(8) {
        change_once(input, others, words, dice);
        input.truncate(LONGEST);
    }
}

fn change_once(input: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>], dice: &mut Dice) {
    let place = a_range(input, dice);
    match dice.below(8) {
        0 => {
            if let Some(byte) = input.get_mut(place.start) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => drop(input.drain(place)),
        2 => {
            let copy = input[place.clone()].repeat(1 + dice.below(4));
            insert(input, place.end, copy);
        }
        3 => {
            let copy = dice.one_of(words).repeat(1 << dice.below(12));
            insert(input, place.start, copy);
        }
        4 => {
            let other = dice.one_of(others);
            let part = other[a_range(other, dice)].to_vec();
            input.splice(place, part);
        }
        5 => {
            let copy = input[place].to_vec();
            let at = dice.below(input.len() + 1);
            insert(input, at, copy);
        }
        _ => {
            let word = a_word(input, place.start);
            input.splice(word, dice.one_of(words).iter().copied());
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, more: Vec<u8>) {
    input.splice(at..at, more);
}

/// A part of an input: mostly a short one.
fn a_range(input: &[u8], dice: &mut Dice) -> Range<usize> {
    let start = dice.below(input.len() + 1);
    let longest = if dice.below(4) == 0 { input.len() } else { 16 };
    start..(start + dice.below(longest + 1)).min(input.len())
}

/// The letters and digits around a place.
fn a_word(input: &[u8], at: usize) -> Range<usize> {
    let is_end = |byte: &u8| !byte.is_ascii_alphanumeric();
    let start = input[..at].iter().rposition(is_end).map_or(0, |before| before + 1);
    let length = input[at..].iter().position(is_end).unwrap_or(input.len() - at);
    start..at + length
}
