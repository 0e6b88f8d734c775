//! Who pulled an image, in words.

use std::fmt::{self, Formatter};

use ecr_sweep_protocol::{PulledWhat, Puller, Pulls};

use super::styles::{BLOCKED, CODE, FAINT, HEADING};
use super::{Time, counted};

/// Who pulled, and what could not be read of it.
pub fn section(f: &mut Formatter<'_>, pulls: &Pulls) -> fmt::Result {
    let since = Time(pulls.since);
    writeln!(f, "\n{HEADING}Who pulled it{HEADING:#} {FAINT}since {since}{FAINT:#}")?;
    let (layers, images): (Vec<_>, Vec<_>) =
        pulls.pullers.iter().partition(|it| it.what == PulledWhat::Layer);
    if images.is_empty() && pulls.not_read.is_empty() {
        writeln!(f, "  nobody: no event names it; earlier pulls are not looked up")?;
    }
    images.iter().try_for_each(|it| puller(f, it))?;
    if !layers.is_empty() {
        writeln!(
            f,
            "\n{HEADING}Who pulled layers of its repository{HEADING:#}, of whatever image"
        )?;
    }
    layers.iter().try_for_each(|it| puller(f, it))?;
    if !pulls.not_read.is_empty() {
        writeln!(f, "\n{HEADING}Not read, so others may have pulled it{HEADING:#}")?;
    }
    pulls.not_read.iter().try_for_each(|why| writeln!(f, "  {BLOCKED}{why}{BLOCKED:#}"))
}

fn puller(f: &mut Formatter<'_>, puller: &Puller) -> fmt::Result {
    let Puller { principal, session, from, what, own, calls, first, latest } = puller;
    let own = if *own { ", ecr-sweep itself" } else { "" };
    writeln!(f, "  {CODE}{principal}{CODE:#}{own}")?;
    let by = match what {
        PulledWhat::Digest => "by its digest",
        PulledWhat::Tag => "by a tag that it has now",
        PulledWhat::Layer => "layers",
    };
    let calls = counted(*calls, "call");
    writeln!(
        f,
        "    {by}: {calls}, the first at {}, the latest at {}",
        Time(*first),
        Time(*latest)
    )?;
    let session = session.as_ref().map(|session| format!("as {session} "));
    let from = from.as_ref().map(|from| format!("from {from}"));
    let where_from = [session, from].into_iter().flatten().collect::<String>();
    if where_from.is_empty() {
        return Ok(());
    }
    writeln!(f, "    {FAINT}{}{FAINT:#}", where_from.trim_end())
}
