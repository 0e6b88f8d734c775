//! The images of a run as a table, for a spreadsheet: RFC 4180.

use ecr_sweep_core::wording::in_a_line;

use crate::RepositoryRecord;
use crate::rows::{Row, rows};

const COLUMNS: [&str; 14] = [
    "account",
    "region",
    "repository",
    "digest",
    "tags",
    "fate",
    "reasons",
    "size_bytes",
    "pushed_at",
    "pulled_at",
    "used_at",
    "goes_at",
    "used_by",
    "detail",
];

/// The head of the table: the names of its columns.
pub fn image_table_head() -> Result<Vec<u8>, csv::Error> {
    let mut table = writer();
    table.write_record(COLUMNS)?;
    bytes(table)
}

/// The rows of one repository: one an image.
pub fn image_rows(record: &RepositoryRecord) -> Result<Vec<u8>, csv::Error> {
    let (mut table, plan) = (writer(), &record.plan.plan);
    for row in rows(record) {
        let mut cells = cells(&row);
        cells[0] = plan.account.to_string();
        cells[1] = plan.region.to_string();
        cells[2] = plan.repository.to_string();
        table.write_record(cells.iter().map(|cell| harmless(cell)))?;
    }
    bytes(table)
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

fn bytes(table: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    table.into_inner().map_err(|error| error.into_error().into())
}

fn cells(row: &Row<'_>) -> [String; COLUMNS.len()] {
    let moment = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let joined = |texts: &mut dyn Iterator<Item = &str>| texts.collect::<Vec<_>>().join(" ");
    let details = row.reasons.iter().map(|reason| &*reason.detail).chain(row.not_deleted);
    [
        String::new(),
        String::new(),
        String::new(),
        row.digest.to_string(),
        joined(&mut row.tags.iter().map(|tag| &**tag)),
        row.fate.as_str().to_owned(),
        row.codes().into_iter().collect::<Vec<_>>().join(" "),
        row.size_bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
        moment(row.pushed_at),
        moment(row.pulled_at()),
        moment(row.used_at()),
        moment(row.goes_at),
        joined(&mut row.used_by()),
        details.collect::<Vec<_>>().join("; "),
    ]
}

/// A cell that no spreadsheet reads as a formula, and that fits into a line: what would begin one has an
/// apostrophe before it.
///
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn harmless(cell: &str) -> String {
    let cell = in_a_line(cell);
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;

    fn table(record: &RepositoryRecord) -> String {
        let parts = [image_table_head().unwrap(), image_rows(record).unwrap()];
        String::from_utf8(parts.concat()).unwrap()
    }

    #[test]
    fn every_image_has_its_row() {
        let record = record("dev/app", 10);
        let text = table(&record);
        assert_eq!(text.matches("\r\n").count(), 11);
        let rows =
            csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).count();
        assert_eq!(rows, 10);
    }

    #[test]
    fn no_cell_begins_a_formula_or_ends_a_line() {
        let mut record = record("dev/app", 10);
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "a\"b,c\r\nd"] {
            record.plan.plan.keep[0].tags = vec![text.into()];
            let text = table(&record);
            for row in csv::Reader::from_reader(text.as_bytes()).into_records() {
                for cell in &row.unwrap() {
                    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
                    assert!(!cell.contains(['\n', '\r', '\t']), "{cell}");
                }
            }
        }
    }
}
