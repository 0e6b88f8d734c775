//! The report of a run: what it has stored in, pages and tables out.
//!
//! No I/O, no clock, no network: whoever has the documents hands them in, one repository after the
//! other, and writes what comes out where it likes. A [`Survey`] takes from each repository what the
//! whole report tells; [`repository_pages`] makes its page, [`index_page`] the first one. The same as a
//! table are [`image_rows`], and for a ticket or a wiki in [`markdown`].
//!
//! A page is one file: nothing in it asks a network for anything, and without its script it can be read
//! all the same. Every text from outside goes through [`text`], and is escaped by the templates.

mod bars;
mod fate;
mod growth;
mod index;
mod list;
mod markdown;
mod page;
mod quantities;
mod record;
mod repository;
mod rows;
mod survey;
mod table;
mod text;

#[cfg(test)]
mod testing;

pub use index::index_page;
pub use markdown::markdown;
pub use page::{INDEX, failed_page, page_name};
pub use record::RepositoryRecord;
pub use repository::repository_pages;
pub use survey::Survey;
pub use table::{image_rows, image_table_head};

/// A page, in bytes, is no longer than this, however many images a repository has.
pub const LONGEST_PAGE: usize = 5_000_000;
