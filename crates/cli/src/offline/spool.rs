//! Plans that are kept aside as JSON until the last of them is made: only then is it known that the
//! snapshot is good, and that no limit of the run changes them.

use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};

use ecr_sweep_core::policy::Prices;
use ecr_sweep_core::{BlockCode, Freed, Plans, Region, RepositoryPlan, Savings};
use ecr_sweep_protocol::Besides;
use ecr_sweep_protocol::plan::write_document;
use jiff::Timestamp;
use tempfile::SpooledTempFile;

use super::OfflineError;
use crate::render::while_somebody_reads;

/// So much is held in memory, before a file is used.
const HELD: usize = 32 << 20;

/// Plans as JSON, kept aside.
pub struct Spool {
    aside: BufWriter<SpooledTempFile>,
    length: u64,
    plans: Vec<Option<Aside>>,
}

/// Where a plan is kept.
#[derive(Debug, Clone)]
struct Aside {
    start: u64,
    length: u64,
    facts: Facts,
}

/// What is told of all plans together.
#[derive(Debug, Clone)]
pub struct Facts {
    block: Option<BlockCode>,
    region: Region,
    freed: Freed,
}

impl Spool {
    /// None so far.
    pub fn new() -> Self {
        let aside = BufWriter::with_capacity(1 << 16, SpooledTempFile::new(HELD));
        Self { aside, length: 0, plans: Vec::new() }
    }

    /// The first block of each plan that has one, in the order of the plans.
    pub fn blocks(&self) -> impl Iterator<Item = BlockCode> {
        self.plans.iter().flatten().filter_map(|plan| plan.facts.block)
    }

    /// What the deletions of all plans take off the bill.
    pub fn saves(&self, prices: &Prices) -> Option<Savings> {
        let plans = self.plans.iter().flatten();
        Savings::of(prices, plans.map(|plan| (&plan.facts.region, plan.facts.freed)))
    }

    /// Prints the document of all plans to standard output, in one line.
    pub fn print(self, now: Timestamp, besides: &Besides) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        while_somebody_reads(self.write_all(&mut out, now, besides).and_then(|()| out.flush()))
    }

    fn write_all(self, out: &mut impl Write, now: Timestamp, besides: &Besides) -> io::Result<()> {
        let Self { aside, plans, .. } = self;
        let mut aside = aside.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut at = None;
        write_document(out, now, besides, |out| {
            for (place, plan) in plans.into_iter().flatten().enumerate() {
                if place > 0 {
                    out.write_all(b",")?;
                }
                if at != Some(plan.start) {
                    aside.seek(SeekFrom::Start(plan.start))?;
                }
                io::copy(&mut (&mut aside).take(plan.length), out)?;
                at = Some(plan.start + plan.length);
            }
            Ok(())
        })?;
        out.write_all(b"\n")
    }
}

impl Plans<OfflineError> for Spool {
    type Written = (Vec<u8>, Facts);

    fn write(plan: RepositoryPlan) -> Result<Self::Written, OfflineError> {
        let json = serde_json::to_vec(&plan).map_err(io::Error::from)?;
        let facts = Facts {
            block: plan.blocked.first().map(|block| block.code),
            region: plan.region,
            freed: plan.summary.frees(),
        };
        Ok((json, facts))
    }

    fn put(&mut self, number: usize, plan: Self::Written) -> Result<(), OfflineError> {
        let (json, facts) = plan;
        self.aside.write_all(&json)?;
        if self.plans.len() <= number {
            self.plans.resize(number + 1, None);
        }
        let (start, length) = (self.length, json.len() as u64);
        self.plans[number] = Some(Aside { start, length, facts });
        self.length += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Summary;
    use serde_json::Value;

    use super::*;

    #[test]
    fn of_a_plan_that_comes_again_the_last_is_written_and_all_in_order() {
        let plan = |name: &str, images| RepositoryPlan {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            repository: name.into(),
            summary: Summary { images, ..Summary::default() },
            goes_on: Vec::new(),
            blocked: Vec::new(),
            delete: Vec::new(),
            keep: Vec::new(),
        };
        let mut spool = Spool::new();
        for (number, name, images) in [(3, "b", 1), (0, "a", 2), (7, "c", 3), (3, "b", 4)] {
            spool.put(number, Spool::write(plan(name, images)).unwrap()).unwrap();
        }
        assert_eq!(spool.blocks().count(), 0);
        let mut written = Vec::new();
        spool.write_all(&mut written, Timestamp::UNIX_EPOCH, &Besides::default()).unwrap();
        let document: Value = serde_json::from_slice(&written).unwrap();
        let plans = document["plans"].as_array().unwrap().iter();
        let plans: Vec<_> = plans.map(|it| (&it["repository"], &it["summary"]["images"])).collect();
        let expected: [(Value, Value); 3] =
            [("a", 2_u64), ("b", 4), ("c", 3)].map(|(name, n)| (name.into(), n.into()));
        assert!(plans.into_iter().eq(expected.iter().map(|(name, n)| (name, n))), "{document}");
    }
}
