//! What the rules of one clause look at.

use crate::decide::{Facts, Reasons};
use crate::graph::Standing;
use crate::policy::{Clause, OfImages};
use crate::rules::OneOf;
use crate::{Image, Reason, ReasonCode};

/// The images that the rules of one clause look at, and what they say of them.
pub(crate) struct Looking<'f, 'a> {
    pub(crate) facts: &'f Facts<'a>,
    pub(crate) clause: &'f Clause,
    /// The setting that the clause is, such as `keep[1]`.
    pub(crate) setting: String,
    is_alone: bool,
    /// Whether the clause looks at each image. None where it looks at all.
    takes: Option<Vec<bool>>,
}

impl<'f, 'a> Looking<'f, 'a> {
    /// Each clause of the rule.
    pub(crate) fn all(facts: &'f Facts<'a>) -> impl Iterator<Item = Self> {
        let keep = &facts.rule.keep;
        let is_alone = keep.0.len() == 1;
        keep.clauses().map(move |(setting, clause)| {
            let of = clause.of.as_ref().filter(|of| !of.is_all());
            let takes =
                of.map(|of| facts.graph.images().map(|(_, image)| of.takes(image)).collect());
            Self { facts, clause, setting, is_alone, takes }
        })
    }

    /// Whether the clause looks at an image.
    pub(crate) fn takes(&self, at: usize) -> bool {
        self.takes.as_ref().is_none_or(|takes| takes[at])
    }

    /// The images, newest first.
    pub(crate) fn images(&self) -> impl Iterator<Item = (usize, &'a Image)> {
        self.facts.graph.images().filter(|(at, _)| self.takes(*at))
    }

    /// How counting rules of the clause look at an image.
    pub(super) fn standing(&self, at: usize) -> Standing {
        if self.takes(at) { self.facts.graph.standing(at) } else { Standing::NotCounted }
    }

    /// Of which images a count is taken where it does not say so itself.
    pub(super) fn counts_of(&self) -> OfImages {
        match self.clause.of {
            Some(_) => OfImages::Any,
            None => OfImages::Tagged,
        }
    }

    /// Keeps an image by a rule.
    pub(super) fn keep<R: OneOf>(&self, reasons: &mut Reasons, at: usize, detail: String) {
        self.keep_as(ReasonCode::Rule(R::NAME), reasons, at, detail);
    }

    /// Keeps an image. Where there are several clauses, the detail says which one it is.
    pub(super) fn keep_as(
        &self,
        code: ReasonCode,
        reasons: &mut Reasons,
        at: usize,
        mut detail: String,
    ) {
        if !self.is_alone {
            detail = format!("{detail}, by `{}`", self.setting);
        }
        reasons[at].push(Reason::new(code, detail));
    }

    /// Keeps all images of the clause.
    pub(super) fn keep_everything(&self, code: &ReasonCode, reasons: &mut Reasons, detail: &str) {
        for (at, _) in self.images() {
            self.keep_as(code.clone(), reasons, at, detail.to_owned());
        }
    }
}
