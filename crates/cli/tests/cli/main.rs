//! The command as people and scripts meet it: arguments and files in; streams and an exit code out.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod action;
mod api_server;
mod archive;
mod arriving;
mod clusters;
mod command;
mod documents;
mod environment;
mod exit_codes;
mod live;
mod manual;
#[path = "../../../../tests/moto/server.rs"]
mod moto;
mod readme;
mod stories;
mod streams;
