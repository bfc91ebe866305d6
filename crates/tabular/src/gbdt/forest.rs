//! A trained model.

use crate::Table;
use crate::gbdt::error::Error;
use crate::gbdt::tree::Tree;
use crate::softmax::softmax;
use rayon::prelude::*;
use std::ops::Range;

/// The rows that one thread scores at a time.
const ROWS_PER_PIECE: usize = 64;

/// What a column contributes to a forest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Importance {
    /// By how much its splits lowered the training objective's quadratic approximation, doubled as in LightGBM.
    pub gain: f64,
    /// The number of its splits.
    pub splits: usize,
}

/// A trained model: base scores, and rounds of one tree per output.
///
/// All numbers are `f32`, also in training, so that a stored forest gives the bits of the one that was trained. A
/// score is the base score plus the values of the trees in the order of their rounds, added up in `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    pub(crate) columns: usize,
    pub(crate) base: Vec<f32>,
    /// The trees of each round, one per output.
    pub(crate) trees: Vec<Tree>,
}

impl Forest {
    /// The number of columns of the tables it was trained for.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of scores per row.
    pub fn outputs(&self) -> usize {
        self.base.len()
    }

    /// The number of rounds.
    pub fn rounds(&self) -> usize {
        self.trees.len() / self.base.len()
    }

    /// The score of each output before the first round.
    pub fn base_scores(&self) -> &[f32] {
        &self.base
    }

    /// The forest after the first `rounds` rounds; all of it if it has fewer.
    #[must_use]
    pub fn truncated(&self, rounds: usize) -> Self {
        let trees = self.trees.len().min(rounds.saturating_mul(self.outputs()));
        Self { columns: self.columns, base: self.base.clone(), trees: self.trees[..trees].to_vec() }
    }

    /// The scores of so many rows before the first round, row by row.
    pub fn starting_scores(&self, rows: usize) -> Vec<f64> {
        (0..rows).flat_map(|_| self.base.iter().map(|&score| f64::from(score))).collect()
    }

    /// Adds the trees of some rounds to the scores of a table, row by row. Scores that start as
    /// [`Forest::starting_scores`] and are extended by all rounds in order, in one step or in many, become
    /// [`Forest::scores`] to the bit.
    ///
    /// # Errors
    ///
    /// If the table has another number of columns than the forest, if there is not one score per row and output, or if
    /// the forest lacks some of the rounds.
    pub fn add_scores(
        &self,
        rounds: Range<usize>,
        table: &dyn Table,
        scores: &mut [f64],
    ) -> Result<(), Error> {
        let outputs = self.outputs();
        if table.columns() != self.columns {
            return Err(Error::Length { what: "columns", found: table.columns(), expected: self.columns });
        }
        if scores.len() != table.rows() * outputs {
            let expected = table.rows() * outputs;
            return Err(Error::Length { what: "scores", found: scores.len(), expected });
        }
        let Range { start, end } = rounds;
        if start > end || end > self.rounds() {
            return Err(Error::Rounds { start, end, rounds: self.rounds() });
        }
        let trees = &self.trees[start * outputs..end * outputs];
        scores.par_chunks_mut(ROWS_PER_PIECE * outputs).enumerate().for_each(|(piece, scores)| {
            let mut row = vec![0.0; self.columns];
            for (place, scores) in scores.chunks_exact_mut(outputs).enumerate() {
                table.read(piece * ROWS_PER_PIECE + place, &mut row);
                for round in trees.chunks_exact(outputs) {
                    for (score, tree) in scores.iter_mut().zip(round) {
                        *score += f64::from(tree.value(&row));
                    }
                }
            }
        });
        Ok(())
    }

    /// The scores of a table, row by row: logits, values or quantiles.
    ///
    /// # Errors
    ///
    /// If the table has another number of columns than the forest.
    pub fn scores(&self, table: &dyn Table) -> Result<Vec<f64>, Error> {
        let mut scores = self.starting_scores(table.rows());
        self.add_scores(0..self.rounds(), table, &mut scores)?;
        Ok(scores)
    }

    /// Turns the scores of a forest trained with [`Objective::Softmax`](crate::gbdt::Objective::Softmax) into
    /// probabilities, row by row. Scores beyond the last whole row are dropped.
    pub fn probabilities(&self, mut scores: Vec<f64>) -> Vec<f64> {
        scores.truncate(scores.len() / self.outputs() * self.outputs());
        scores.chunks_exact_mut(self.outputs()).for_each(softmax);
        scores
    }

    /// What each column contributes.
    pub fn importance(&self) -> Vec<Importance> {
        let mut importance = vec![Importance::default(); self.columns];
        for node in self.trees.iter().flat_map(|tree| &tree.nodes) {
            let column = &mut importance[node.column as usize];
            column.gain += f64::from(node.gain);
            column.splits += 1;
        }
        importance
    }
}
