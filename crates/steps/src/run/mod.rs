//! What every step has: the run that is opened, its documents, its lock, and who watches.

mod asked_again;
pub(crate) mod attempt;
mod brake;
mod clock;
pub(crate) mod computing;
pub(crate) mod documents;
pub(crate) mod environment;
pub(crate) mod heard;
pub(crate) mod lock;
mod opened;
mod progress;
pub(crate) mod receipts;
pub(crate) mod role;
pub(crate) mod stop;
mod unlock;

pub use attempt::{Attempt, find_attempt};
pub use clock::{Clock, SystemClock};
pub use documents::find_document;
pub use environment::{Environment, Reading};
pub use lock::HeldLock;
pub use opened::{Purpose, Run, RunOptions};
pub use progress::{Phase, Progress, Unwatched};
pub use receipts::find_receipts;
pub use stop::{StopMeets, ask_to_stop};
pub use unlock::{take_lock_away, unlock};
