//! How the registries grew, run by run.

use ecr_sweep_core::Bytes;
use ecr_sweep_protocol::report::PastRun;
use maud::{Markup, html};

use crate::bars::key;
use crate::list::plain;
use crate::quantities::{at_most, minute, number};
use crate::text::code;

/// A column a run, with the same in a table. Nothing where there is but one.
pub(crate) fn growth(past: &[PastRun]) -> Markup {
    if past.len() < 2 {
        return html! {};
    }
    let bytes =
        |run: &PastRun| run.totals.plan.keep_bytes.saturating_add(run.totals.plan.delete_bytes);
    let largest = past.iter().map(bytes).max().unwrap_or(0);
    let (first, last) = (bytes(&past[0]), bytes(&past[past.len() - 1]));
    let change = if last >= first {
        format!("{} more", Bytes(last - first))
    } else {
        format!("{} less", Bytes(first - last))
    };
    let height = |part: u64| if largest == 0 { 0.0 } else { 100.0 * part as f64 / largest as f64 };
    let shown = |value: f64| format!("{value:.2}");
    html! {
        section aria-labelledby="growth" {
            h2 id="growth" { "Growth" }
            p { "Before what goes, there are " strong { (change) } " than "
                (minute(past[0].started_at)) ". A run counts where it planned all that its policy took." }
            (key("goes"))
            svg.growth viewBox=(format!("0 0 {} 100", 10 * past.len())) preserveAspectRatio="none"
                aria-hidden="true" focusable="false" {
                @for (place, run) in past.iter().enumerate() {
                    @let stays = height(run.totals.plan.keep_bytes);
                    @let goes = height(run.totals.plan.delete_bytes);
                    rect.h x=(10 * place + 1) width="8" y=(shown(100.0 - stays)) height=(shown(stays)) {}
                    rect.g x=(10 * place + 1) width="8" y=(shown(100.0 - stays - goes)) height=(shown(goes)) {}
                }
            }
            details {
                summary { "The same in numbers" }
                (plain(
                    "Runs in numbers",
                    &[("Run", "name"), ("When", "d"), ("Repositories", "n"), ("Images", "n"),
                      ("Stays", "n"), ("Goes", "n")],
                    &html! { @for run in past { tr {
                        td.name { (code(&run.run)) }
                        td.d { (minute(run.started_at)) }
                        td.n { (number(run.totals.repositories)) }
                        td.n { (number(run.totals.plan.images)) }
                        td.n { (at_most(run.totals.plan.keep_bytes)) }
                        td.n { (at_most(run.totals.plan.delete_bytes)) }
                    } } },
                ))
            }
        }
    }
}
