//! `docs/doctor.md` has every finding of the doctor and every part, and no other.

use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};

use super::page;

#[test]
fn the_page_has_every_finding_with_how_bad_it_is_and_why() {
    let page = page("doctor.md");
    let rows: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with("| code |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = DoctorCode::ALL
        .iter()
        .map(|it| format!("| `{it}` | {} | {} |", it.severity(), it.sentence()))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_page_has_every_part() {
    let page = page("doctor.md");
    for part in DoctorPart::ALL {
        let row = format!("| `{part}` | {} |", part.sentence());
        assert!(page.contains(&row), "{row}");
    }
}
