//! Texts from outside, as a page shows them.

use std::fmt::Display;

use ecr_sweep_core::wording::in_a_line;
use maud::{Markup, Render, html};

/// A text from outside in a page: what cannot be read is shown as an escape, so that it neither ends a
/// line nor turns the direction of what is around it. The template escapes what HTML would read.
pub(crate) struct Told<T>(pub(crate) T);

impl<T: Display> Render for Told<T> {
    fn render_to(&self, page: &mut String) {
        (*in_a_line(&self.0.to_string())).render_to(page);
    }
}

/// A name or a digest.
pub(crate) fn code(text: impl Display) -> Markup {
    html! { code { (Told(text)) } }
}

/// A text of ecr-sweep that names things in backticks.
pub(crate) fn prose(text: &str) -> Markup {
    let parts = text.split('`').enumerate();
    html! {
        @for (number, part) in parts {
            @if number % 2 == 1 { (code(part)) } @else { (Told(part)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup_or_turns_the_line() {
        let hostile = "</script><b onx=\"'&\u{202e}\u{0}\n";
        let shown =
            html! { p title=(Told(hostile)) { (Told(hostile)) (code(hostile)) } }.into_string();
        assert!(!shown.contains("<b") && !shown.contains("</script"), "{shown}");
        assert!(!shown.contains(['\u{202e}', '\u{0}', '\n']), "{shown}");
        assert!(shown.contains("\\u{202e}\\u{0}\\n"), "{shown}");
        assert!(shown.contains("&lt;/script&gt;") && !shown.contains("&amp;lt;"), "{shown}");
    }

    #[test]
    fn what_stands_in_backticks_is_code() {
        assert_eq!(prose("add `a < b` to it").into_string(), "add <code>a &lt; b</code> to it");
        assert_eq!(prose("a ` b").into_string(), "a <code> b</code>");
    }
}
