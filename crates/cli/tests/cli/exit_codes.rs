//! The exit codes and the page that tells them.

use ecr_sweep_protocol::ExitCode;

#[test]
fn the_page_has_a_row_for_every_exit_code() {
    let page = include_str!("../../../../docs/exit-codes.md");
    let rows: Vec<(u8, &str)> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            Some((cells.next()?.parse().ok()?, cells.next()?))
        })
        .collect();
    assert_eq!(rows, ExitCode::ALL.map(|(code, meaning)| (code.number(), meaning)));
}
