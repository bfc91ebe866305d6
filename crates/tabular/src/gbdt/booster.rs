//! Training, round by round.

use crate::gbdt::binned::Binned;
use crate::gbdt::error::Error;
use crate::gbdt::forest::Forest;
use crate::gbdt::grow::{Grower, Grown};
use crate::gbdt::loss::{ROWS_PER_SUM, Weighted};
use crate::gbdt::objective::{Objective, Problem};
use crate::gbdt::quantile::quantile;
use crate::gbdt::random;
use crate::gbdt::settings::Settings;
use crate::gbdt::sum::{MOST_ROWS, Scale, Sum};
use crate::gbdt::tree::round;
use crate::{Table, Targets};
use rayon::prelude::*;

/// A forest in training.
///
/// The random choices of a round depend on the seed and the number of the round only, and everything else on the
/// forest, so that training can be resumed from any forest to the same bits.
///
/// Memory: one byte per number of the table, 4 KiB per column and leaf of a tree, and 40 bytes per row and output.
pub struct Booster {
    weighted: Weighted,
    settings: Settings,
    seed: [u8; 32],
    binned: Binned,
    /// The rows of positive weight.
    active: Vec<u32>,
    /// The unit of weighted quantiles.
    unit: f64,
    forest: Forest,
    /// The scores of the training rows, row by row.
    scores: Vec<f64>,
    derivatives: Vec<[f64; 2]>,
    grower: Grower,
}

impl std::fmt::Debug for Booster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { settings, forest, .. } = self;
        f.debug_struct("Booster").field("settings", settings).field("rounds", &forest.rounds()).finish()
    }
}

impl Booster {
    /// Reads a table, one byte per number, and starts from the base scores. Rows of weight 0 take no part; without
    /// weights, each row has the weight 1.
    ///
    /// # Errors
    ///
    /// If a setting, a target or a weight is out of range, if their numbers do not fit the table, if the targets are of
    /// the other kind, or if there is nothing to learn from.
    pub fn new(
        table: &dyn Table,
        targets: Targets,
        weights: Option<&[f32]>,
        objective: &Objective,
        settings: Settings,
        seed: [u8; 32],
    ) -> Result<Self, Error> {
        settings.check()?;
        let rows = table.rows();
        if rows == 0 {
            return Err(Error::NoRows);
        }
        if table.columns() == 0 {
            return Err(Error::NoColumns);
        }
        if rows > MOST_ROWS {
            return Err(Error::TooManyRows { found: rows, most: MOST_ROWS });
        }
        let weighted = Weighted::new(objective, targets, weights, rows)?;
        let active = (0..rows as u32).filter(|&row| weighted.weight(row as usize) > 0.0).collect();
        let unit = weighted.unit();
        let base = weighted.base_scores(unit);
        let forest = Forest { columns: table.columns(), base, trees: Vec::new() };
        let scores = forest.starting_scores(rows);
        let binned = Binned::new(table, settings.max_bins, seed);
        let (derivatives, grower) = (Vec::new(), Grower::new());
        Ok(Self { weighted, settings, seed, binned, active, unit, forest, scores, derivatives, grower })
    }

    /// Continues from a forest. With the arguments it was trained with, the rounds that follow have the bits of an
    /// uninterrupted training. Other settings may be passed, but its base scores are kept.
    ///
    /// # Errors
    ///
    /// As [`Booster::new`], and if the forest has other columns or outputs.
    pub fn resume(
        table: &dyn Table,
        targets: Targets,
        weights: Option<&[f32]>,
        objective: &Objective,
        settings: Settings,
        seed: [u8; 32],
        forest: Forest,
    ) -> Result<Self, Error> {
        let mut booster = Self::new(table, targets, weights, objective, settings, seed)?;
        let (found, expected) = (forest.outputs(), booster.forest.outputs());
        if found != expected {
            return Err(Error::Outputs { found, expected });
        }
        booster.scores = forest.scores(table)?;
        booster.forest = forest;
        Ok(booster)
    }

    /// Adds a round: one tree per output, all grown from the scores before the round. Returns whether any of them has a
    /// split. If not, and if all rows and columns are used, no later round has one either.
    pub fn round(&mut self) -> bool {
        let outputs = self.forest.outputs();
        let round = self.forest.rounds();
        self.weighted.derivatives(&self.scores, &mut self.derivatives);
        let (rows, others) = self.rows(round);
        let mut has_split = false;
        for output in 0..outputs {
            let places = self.places(round, output);
            let scale = self.scale(&rows, output);
            let derivatives = self.derivatives.par_iter().skip(output).step_by(outputs);
            let derivatives: Vec<Sum> =
                derivatives.with_min_len(ROWS_PER_SUM).map(|&derivatives| scale.sum(derivatives)).collect();
            let rows = (rows.clone(), others.clone());
            let inputs = (&self.binned, &self.settings);
            let mut grown = self.grower.grow(inputs, (scale, &derivatives), &places, rows);
            has_split |= !grown.tree.nodes.is_empty();
            self.renew(&mut grown, output);
            for ((rows, others), &value) in grown.leaves().zip(grown.others()).zip(&grown.tree.leaves) {
                for &row in rows.iter().chain(others) {
                    self.scores[row as usize * outputs + output] += f64::from(value);
                }
            }
            self.forest.trees.push(grown.tree);
        }
        has_split
    }

    /// The loss of the training rows, as [`Objective::loss`].
    pub fn loss(&self) -> f64 {
        self.weighted.loss(&self.scores)
    }

    /// The forest so far.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// Ends the training.
    pub fn into_forest(self) -> Forest {
        self.forest
    }

    /// The rows that the trees of a round are grown from, and the others.
    fn rows(&self, round: usize) -> (Vec<u32>, Vec<u32>) {
        let mut rows = self.active.clone();
        if self.settings.row_fraction < 1.0 {
            let chosen = random::part(rows.len(), self.settings.row_fraction);
            let stream = random::rows_of_round(round, self.forest.outputs());
            let sample = random::sample(rows.len(), chosen, self.seed, stream);
            rows = sample.into_iter().map(|place| rows[place as usize]).collect();
        }
        let mut others = Vec::with_capacity(self.binned.rows - rows.len());
        let mut next = 0;
        for &row in &rows {
            others.extend(next..row);
            next = row + 1;
        }
        others.extend(next..self.binned.rows as u32);
        (rows, others)
    }

    /// The places of the columns that a tree may use.
    fn places(&self, round: usize, output: usize) -> Vec<u32> {
        let columns = self.binned.columns.len();
        if self.settings.feature_fraction >= 1.0 {
            return (0..columns as u32).collect();
        }
        let chosen = random::part(columns, self.settings.feature_fraction);
        let stream = random::columns_of_tree(round, self.forest.outputs(), output);
        random::sample(columns, chosen, self.seed, stream)
    }

    /// The units of an output's derivatives.
    fn scale(&self, rows: &[u32], output: usize) -> Scale {
        let outputs = self.forest.outputs();
        let sums: Vec<[f64; 2]> = rows
            .par_chunks(ROWS_PER_SUM)
            .map(|rows| {
                let derivatives = rows.iter().map(|&row| self.derivatives[row as usize * outputs + output]);
                derivatives
                    .fold([0.0; 2], |sum, [gradient, hessian]| [sum[0] + gradient.abs(), sum[1] + hessian])
            })
            .collect();
        let [gradients, hessians] =
            sums.iter().fold([0.0; 2], |sum, piece| [sum[0] + piece[0], sum[1] + piece[1]]);
        Scale::new(rows.len(), gradients, hessians)
    }

    /// Replaces the leaves' values by quantiles of what is left to predict, since second derivatives tell nothing about
    /// pinball losses.
    fn renew(&self, grown: &mut Grown, output: usize) {
        let Problem::Quantiles(targets, levels) = &self.weighted.problem else { return };
        if grown.tree.nodes.is_empty() {
            return;
        }
        let leaves: Vec<&[u32]> = grown.leaves().collect();
        let values = leaves.into_par_iter().map(|rows| {
            let mut left: Vec<(f64, f64)> = rows
                .iter()
                .map(|&row| {
                    let row = row as usize;
                    let score = self.scores[row * levels.len() + output];
                    (f64::from(targets[row]) - score, self.weighted.weight(row))
                })
                .collect();
            round(quantile(&mut left, levels[output], self.unit) * self.settings.learning_rate)
        });
        grown.tree.leaves = values.collect();
    }
}
