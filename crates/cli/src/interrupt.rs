//! Signals: the first one asks a run to stop, a second one ends it at once.

use std::process;
use std::sync::atomic::AtomicBool;

use ecr_sweep_aws::Stop;
use ecr_sweep_protocol::ExitCode;
use tokio::sync::watch;

use crate::diagnostics;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Somebody's wish to stop, which signals tell.
pub const STOP: Stop = Stop::new(&ASKED);

/// Hears of the first signal.
pub type Heard = watch::Receiver<bool>;

/// Listens, on the runtime that it is called on: Ctrl-C, that somebody ends the process, that the
/// terminal is closed.
pub fn listen() -> std::io::Result<Heard> {
    let (tell, heard) = watch::channel(false);
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        STOP.ask();
        diagnostics::note(
            "stopping: what is under way is done first, and nothing else is begun; once more ends at once",
        );
        tell.send_replace(true);
        signals.next().await;
        diagnostics::note(
            "ended at once: what was asked for without an answer is looked up by the next run",
        );
        process::exit(ExitCode::Interrupted.number().into());
    });
    Ok(heard)
}

/// Ends once the first signal came.
pub async fn first(heard: &mut Heard) {
    // Nobody tells once the runtime has ended.
    if heard.wait_for(|is_heard| *is_heard).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Self([interrupt?, terminate?, hangup?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
