//! The steps and the driver, over a simulator and a run store in a folder.

mod dry_run;
mod evidence;
mod failures;
mod locking;
mod recording;
mod sweeping;
mod world;
