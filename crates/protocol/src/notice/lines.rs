//! Lines in pieces that fit.

/// Puts lines together, in pieces of so much at most. Only a line that is too long for a piece of its
/// own goes on in the next ones.
///
/// `size` measures a character; `\n` between lines counts as one, too.
pub(super) fn in_pieces(text: &str, most: usize, size: impl Fn(char) -> usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut used = 0;
    let between = size('\n');
    for line in text.split('\n') {
        let long: usize = line.chars().map(&size).sum();
        match pieces.last_mut() {
            Some(piece) if used + between + long <= most => {
                piece.push('\n');
                piece.push_str(line);
                used += between + long;
            }
            _ if long <= most => {
                pieces.push(line.to_owned());
                used = long;
            }
            _ => {
                pieces.push(String::new());
                used = 0;
                for character in line.chars() {
                    if used + size(character) > most {
                        pieces.push(String::new());
                        used = 0;
                    }
                    used += size(character);
                    if let Some(piece) = pieces.last_mut() {
                        piece.push(character);
                    }
                }
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_go_together_as_far_as_they_fit() {
        let one = |_: char| 1;
        assert_eq!(in_pieces("ab\nc\ndef", 4, one), ["ab\nc", "def"]);
        assert_eq!(in_pieces("abcde\nf", 2, one), ["ab", "cd", "e", "f"]);
        assert_eq!(in_pieces("", 4, one), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_lost_or_cut_and_every_piece_fits(
            lines in prop::collection::vec("[a-z&<é]{0,12}", 0..40),
            most in 60_usize..200,
        ) {
            let text = lines.join("\n");
            let size = |it: char| if it == '&' { 5 } else { it.len_utf8() };
            let pieces = in_pieces(&text, most, size);
            prop_assert!(pieces.iter().all(|it| it.chars().map(size).sum::<usize>() <= most));
            prop_assert_eq!(pieces.join("\n"), text);
        }
    }
}
