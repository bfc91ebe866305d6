//! Purge and embargo, row by row: how far training sequences stay clear of evaluated ones.
//!
//! Two samples whose labels read a common row are not independent, and a sample right after an evaluated block is not
//! independent of the block (López de Prado, *Advances in Financial Machine Learning*, 2018, chapter 7). A block is a
//! gapless run of evaluated sequences; if its decision rows are `a` to `b`, its labels read the rows `(a, b + W]`.

use crate::findings::Findings;
use crate::rows::{Marks, Reach};
use artifact_core::IndexSet;
use artifact_core::schema::{Claim, Purge, SplitPlan};
use std::ops::Range;

/// The rows of an evaluated set, and how far a training sequence must stay clear of them.
pub(crate) struct Evaluated {
    reach: Reach,
    purge: Purge,
    embargo: usize,
    label_rows: Marks,
    all_rows: Marks,
    blocks: Vec<Range<usize>>,
}

impl Evaluated {
    pub(crate) fn new(plan: &SplitPlan, reach: Reach, evaluated: &IndexSet) -> Self {
        Self {
            reach,
            purge: plan.purge,
            embargo: plan.embargo,
            label_rows: Marks::of(evaluated, |sequence| reach.label(sequence)),
            all_rows: Marks::of(evaluated, |sequence| reach.all(sequence)),
            blocks: evaluated.ranges().collect(),
        }
    }

    /// Whether the label of a sequence reads a row that an evaluated label reads.
    pub(crate) fn shares_label_row(&self, sequence: usize) -> bool {
        self.reach.label(sequence).any(|row| self.label_rows.has(row))
    }

    /// Whether a sequence shares any row, input or label, with an evaluated one.
    pub(crate) fn shares_row(&self, sequence: usize) -> bool {
        self.reach.all(sequence).any(|row| self.all_rows.has(row))
    }

    /// Whether a sequence after a block violates the embargo: it must decide at row `b + W + embargo` or later; under
    /// the strict purge its first row must lie after that row.
    pub(crate) fn is_too_early(&self, sequence: usize) -> bool {
        self.blocks.iter().filter(|block| sequence >= block.end).any(|block| {
            // Per block, not per set: combinatorial folds evaluate several blocks, and each is followed by an embargo.
            let last_row = self.reach.decision(block.end - 1) + self.reach.time_window;
            // The embargo comes from an artifact and could be any number, hence the saturation.
            let free_from = last_row.saturating_add(self.embargo);
            match self.purge {
                Purge::Label => self.reach.decision(sequence) < free_from,
                Purge::Strict => self.reach.inputs(sequence).start <= free_from,
            }
        })
    }

    /// Whether a sequence may train.
    pub(crate) fn allows(&self, sequence: usize) -> bool {
        let shares = match self.purge {
            Purge::Label => self.shares_label_row(sequence),
            Purge::Strict => self.shares_row(sequence),
        };
        !shares && !self.is_too_early(sequence)
    }

    /// Checks that a training set stays clear of the evaluated set.
    pub(crate) fn check(&self, subject: &str, train: &IndexSet, findings: &mut Findings) {
        let count =
            |conflicts: &dyn Fn(usize) -> bool| train.iter().filter(|&sequence| conflicts(sequence)).count();
        let evaluated: usize = self.blocks.iter().map(ExactSizeIterator::len).sum();
        let sizes = [("train", train.len()), ("evaluated", evaluated)];
        let with = |name: &'static str, count: usize| [sizes[0], sizes[1], (name, count)];

        let sharing = count(&|sequence| self.shares_label_row(sequence));
        let found = format!("{sharing} training sequences with a label row in an evaluated block");
        findings.check(Claim::LabelSeparation, subject, sharing == 0, found, "none");
        findings.evidence(Claim::LabelSeparation, subject, &with("sharing_a_label_row", sharing));

        let early = count(&|sequence| self.is_too_early(sequence));
        let found = format!("{early} training sequences within the embargo of {} rows", self.embargo);
        findings.check(Claim::Embargo, subject, early == 0, found, "none");
        let counts = [sizes[0], sizes[1], ("embargo", self.embargo), ("within_the_embargo", early)];
        findings.evidence(Claim::Embargo, subject, &counts);

        let claim = Claim::StrictSeparation;
        if self.purge == Purge::Strict {
            let sharing = count(&|sequence| self.shares_row(sequence));
            let found = format!("{sharing} training sequences that share a row with an evaluated one");
            findings.check(claim, subject, sharing == 0, found, "none");
            findings.evidence(claim, subject, &with("sharing_a_row", sharing));
        } else {
            findings.not_applicable(claim, subject, "the purge is `label`: only label rows are kept apart");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::{Digest, Id};

    fn plan(purge: Purge, embargo: usize) -> SplitPlan {
        let empty = IndexSet::default;
        SplitPlan {
            development_snapshot: Id::new(Digest::of(b"")),
            rule: artifact_core::schema::SplitRule::Calendar,
            rows: 60,
            seq_length: 4,
            time_window: 3,
            train_test_split_ratio: 0.8,
            validation_ratio: 0.2,
            split_row: 48,
            split_date: artifact_core::Moment::default(),
            validation_row: 38,
            validation_date: artifact_core::Moment::default(),
            purge,
            embargo,
            train: empty(),
            validation: empty(),
            development: empty(),
            final_train: empty(),
            test: empty(),
        }
    }

    fn allowed(purge: Purge, embargo: usize) -> Vec<Range<usize>> {
        let reach = Reach { seq_length: 4, time_window: 3 };
        let evaluated = Evaluated::new(&plan(purge, embargo), reach, &IndexSet::from_range(15..20));
        let allowed: IndexSet = (0..40).filter(|&sequence| evaluated.allows(sequence)).collect();
        allowed.ranges().collect()
    }

    #[test]
    fn allowed_sequences_match_hand_computed_boundaries() {
        // Evaluated sequences 15 to 19: decision rows 18 to 22, label rows 19 to 25, all rows 15 to 25. The label of
        // sequence 12 ends at row 18; sequence 22 decides at row 25.
        assert_eq!(allowed(Purge::Label, 0), [0..13, 22..40]);
        assert_eq!(allowed(Purge::Label, 2), [0..13, 24..40]);
        // Sequence 8 reads rows 8 to 14, sequence 26 rows from 26 on.
        assert_eq!(allowed(Purge::Strict, 0), [0..9, 26..40]);
        assert_eq!(allowed(Purge::Strict, 2), [0..9, 28..40]);
        assert_eq!(allowed(Purge::Strict, usize::MAX), vec![0..9]);
    }
}
