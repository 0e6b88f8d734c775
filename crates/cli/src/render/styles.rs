//! The colours of everything that people read. The streams drop them where they do not belong.

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What is kept.
pub const KEEP: Style = AnsiColor::Green.on_default().bold();
/// What is deleted.
pub const DELETE: Style = AnsiColor::Red.on_default().bold();
/// What is blocked.
pub const BLOCKED: Style = AnsiColor::Yellow.on_default().bold();
/// Codes that documents spell the same way.
pub const CODE: Style = AnsiColor::Cyan.on_default();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// The word before an error.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word before a warning.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The word before something that is worth knowing.
pub const NOTE: Style = Style::new().bold();
/// The word before the next step.
pub const NEXT: Style = AnsiColor::Cyan.on_default().bold();

/// The help.
pub const HELP: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(Style::new());
