//! The exit codes and the page that tells them.

use ecr_sweep_protocol::ExitCode;

use crate::command::{ecr_sweep, ended};

const PAGE: &str = include_str!("../../../../docs/exit-codes.md");

#[test]
fn the_page_has_a_row_for_every_exit_code() {
    let rows: Vec<(u8, &str)> = PAGE
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            Some((cells.next()?.parse().ok()?, cells.next()?))
        })
        .collect();
    assert_eq!(rows, ExitCode::ALL.map(|(code, meaning)| (code.number(), meaning)));
}

#[test]
fn the_page_says_of_every_command_what_its_codes_mean() {
    let help = ended(ecr_sweep(std::path::Path::new("."), &["--help"])).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let commands: Vec<&str> =
        commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let rows = PAGE.lines().skip_while(|line| *line != "| command | 0 | others |").skip(2);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let told: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(told, commands);
    for row in &rows {
        assert!(row.len() == 3 && row[1].ends_with('.') && row[2].ends_with('.'), "{row:?}");
    }
}

#[test]
fn help_lists_every_exit_code() {
    let help = ended(ecr_sweep(std::path::Path::new("."), &["--help"])).stdout;
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    let words: Vec<&str> = codes.split_whitespace().collect();
    for (code, _) in ExitCode::ALL {
        assert!(words.contains(&&*code.number().to_string()), "{code:?}: {codes}");
    }
}
