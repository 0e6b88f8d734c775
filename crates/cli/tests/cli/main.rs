//! The command as people and scripts meet it: arguments and files in; streams and an exit code out.

mod command;
mod documents;
mod exit_codes;
mod stories;
mod streams;
