//! Bars: how much goes and how much stays, beside one another.

use maud::{Markup, html};

/// A bar of what goes and what stays, as a part of the largest.
pub(crate) fn bar(goes: u64, stays: u64, largest: u64) -> Markup {
    let width = |part: u64| if largest == 0 { 0.0 } else { 100.0 * part as f64 / largest as f64 };
    let (goes, stays) = (width(goes), width(stays));
    let shown = |width: f64| format!("{width:.2}");
    html! {
        svg.bar viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.g width=(shown(goes)) height="1" {}
            rect.h x=(shown(goes)) width=(shown(stays)) height="1" {}
        }
    }
}

/// What the colours of bars say.
pub(crate) fn key(goes: &str) -> Markup {
    html! { ul.key { li.g { (goes) } li.h { "stays" } } }
}
