//! Lists: tables that the script lets people search and sort, and plain ones.

use maud::{Markup, Render, html};

/// How a column is sorted at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Smallest,
    Largest,
    /// It is not sorted by.
    Never,
}

/// A column of a list.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) class: &'static str,
    pub(crate) first: First,
}

pub(crate) const fn column(title: &'static str, class: &'static str, first: First) -> Column {
    Column { title, class, first }
}

/// A list that can be searched and sorted.
pub(crate) struct List<'a> {
    /// Its name in the page.
    pub(crate) id: &'static str,
    /// What it is a list of, for who hears the page.
    pub(crate) label: &'a str,
    pub(crate) class: &'static str,
    pub(crate) columns: &'a [Column],
    /// The words of the second column that can be chosen.
    pub(crate) choices: &'a [&'static str],
}

impl List<'_> {
    /// The list of these rows.
    pub(crate) fn of(&self, rows: &impl Render) -> Markup {
        let Self { id, label, class, columns, choices } = self;
        html! {
            div.tools id=(id) hidden {
                label { "Search" input type="search" autocomplete="off" spellcheck="false"; }
                @if !choices.is_empty() {
                    label { "Show" select {
                        option value="" { "all" }
                        @for choice in *choices { option value=(choice) { (choice) } }
                    } }
                }
                output aria-live="polite" {}
            }
            div.wide role="region" tabindex="0" aria-label=(label) {
                table class=(class) data-tools=(id) {
                    thead { tr { @for column in *columns { (column.head()) } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

impl Column {
    fn head(&self) -> Markup {
        let first = (self.first == First::Largest).then_some("descending");
        let unsorted = (self.first == First::Never).then_some("");
        html! {
            th scope="col" class=(self.class) data-first=[first] data-unsorted=[unsorted] { (self.title) }
        }
    }
}

/// A table as it is.
pub(crate) fn plain(label: &str, heads: &[(&str, &str)], rows: &impl Render) -> Markup {
    html! {
        div.wide role="region" tabindex="0" aria-label=(label) {
            table {
                thead { tr { @for (title, class) in heads { th scope="col" class=(class) { (title) } } } }
                tbody { (rows) }
            }
        }
    }
}
