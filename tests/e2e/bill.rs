//! What a run costs: state transitions, requests of S3, and the functions' time, as `docs/cost.md` adds
//! them up.

use std::collections::BTreeMap;
use std::fmt;

use crate::execution::Ended;
use crate::stage::{Deployed, Stage};
use crate::transitions::transitions;

/// What AWS would bill for a run. The time is that of this build on this machine.
pub(crate) struct Bill {
    repositories: f64,
    transitions: f64,
    writes: f64,
    reads: f64,
    /// GiB and seconds, by function, and how often it was called.
    gb_seconds: BTreeMap<String, (f64, u32)>,
}

impl Stage {
    /// How much is on the bill by now.
    pub(crate) fn billed(&self) -> usize {
        self.local.ministack.bill().unwrap().len()
    }

    /// What a run has cost whose bill begins here.
    pub(crate) fn bill(
        &self,
        deployed: &Deployed,
        begins: usize,
        ended: &Ended,
        repositories: u32,
    ) -> Bill {
        let bill = self.local.ministack.bill().unwrap();
        let mut of = Bill {
            repositories: f64::from(repositories),
            transitions: f64::from(transitions(deployed, &ended.arn)),
            writes: 0.0,
            reads: 0.0,
            gb_seconds: BTreeMap::new(),
        };
        for line in bill[begins..].lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["s3", "GET" | "HEAD"] => of.reads += 1.0,
                ["s3", _] => of.writes += 1.0,
                ["lambda", function, mib, milliseconds] => {
                    let number = |text: &str| text.parse::<f64>().unwrap();
                    let (sum, calls) = of.gb_seconds.entry(function.to_owned()).or_default();
                    *sum += number(mib) / 1024.0 * number(milliseconds) / 1000.0;
                    *calls += 1;
                }
                ["throttled"] => {}
                _ => panic!("{line:?} is no line of a bill"),
            }
        }
        of
    }
}

impl Bill {
    /// Transitions, writes and reads.
    pub(crate) fn of_a_repository(&self) -> [f64; 3] {
        [self.transitions, self.writes, self.reads].map(|count| count / self.repositories)
    }
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [transitions, writes, reads] = self.of_a_repository();
        write!(
            f,
            "{} repositories; for each {transitions:.2} transitions, {writes:.2} writes and {reads:.2} reads of S3; in all",
            self.repositories
        )?;
        for (function, (gb_seconds, calls)) in &self.gb_seconds {
            write!(f, " {function} {gb_seconds:.1} GB-s in {calls} calls")?;
        }
        Ok(())
    }
}
