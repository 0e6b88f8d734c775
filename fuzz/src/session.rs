//! One target and its inputs, one after another.

use std::time::Duration;

use crate::mutation::{change, words};
use crate::{Dice, Target, Trial};

/// How many accepted inputs are changed further, besides the seeds.
const ACCEPTED: usize = 500;

/// One target and its inputs, the same for the same seed.
pub struct Session {
    target: &'static Target,
    seeds: usize,
    inputs: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    dice: Dice,
    /// What came of the inputs so far.
    pub totals: Totals,
}

/// What came of many inputs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// How many there were.
    pub inputs: u64,
    /// Of these, how many were accepted.
    pub accepted: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The longest that one took.
    pub slowest: Duration,
    /// The most bytes that one had allocated at once.
    pub allocated: usize,
}

impl Session {
    /// A session from a seed.
    #[must_use]
    pub fn new(target: &'static Target, seed: u64) -> Self {
        let inputs = (target.seeds)();
        let words = words(&inputs);
        let (seeds, dice, totals) = (inputs.len(), Dice::new(seed), Totals::default());
        Self { target, seeds, inputs, words, dice, totals }
    }

    /// The next input: first the seeds as they are, then changed ones.
    pub fn input(&mut self) -> Vec<u8> {
        let next = usize::try_from(self.totals.inputs).unwrap_or(usize::MAX);
        if next < self.seeds {
            return self.inputs[next].clone();
        }
        let mut input = self.dice.one_of(&self.inputs).clone();
        change(&mut input, &self.inputs, &self.words, &mut self.dice);
        input
    }

    /// Tries an input.
    pub fn attempt(&mut self, input: Vec<u8>) -> Trial {
        let trial = Trial::of(self.target, &input);
        let totals = &mut self.totals;
        totals.inputs += 1;
        totals.bytes += input.len() as u64;
        totals.slowest = totals.slowest.max(trial.taken);
        totals.allocated = totals.allocated.max(trial.allocated);
        if trial.accepted == Some(true) {
            totals.accepted += 1;
            self.change_further(input);
        }
        trial
    }

    fn change_further(&mut self, input: Vec<u8>) {
        if self.inputs.len() < self.seeds + ACCEPTED {
            self.inputs.push(input);
        } else {
            let at = self.seeds + self.dice.below(ACCEPTED);
            self.inputs[at] = input;
        }
    }
}
