//! The steps and the driver, over a simulator and a run store in a folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod accounts;
mod answers;
mod archive;
mod archiving;
mod backtesting;
mod bookkeeping;
mod braking;
mod campaigns;
mod clusters;
mod dry_run;
mod elsewhere;
mod evidence;
mod failures;
mod foreign;
mod functions;
mod grace;
mod injecting;
mod interrupting;
mod limiting;
mod locking;
mod manifests;
mod off;
mod owners;
mod phases;
mod pulls;
mod rechecking;
mod recording;
mod remains;
mod reporting;
mod restoring;
mod returning;
mod runs;
mod settings;
mod settling;
mod sizes;
mod source;
mod stopping;
mod sweeping;
mod unread;
mod usage_files;
mod used;
mod vault_bucket;
mod vaulting;
mod world;
