//! A table, its targets, and an objective, ready to be fitted at any penalty.

use super::error::Error;
use super::gram::grams;
use super::objective::Objective;
use super::rows::Rows;
use super::task::Task;
use crate::{Table, Targets};

/// The most columns that a fit takes, since it keeps and factorises their second moments.
pub const MOST_COLUMNS: usize = 4096;

/// A table with targets and an objective, checked and measured; see the [module](super).
pub struct Problem<'a> {
    pub(super) rows: Rows<'a>,
    /// The weights of the rows, divided by their sum.
    pub(super) shares: Vec<f64>,
    /// The second moments of the standardised columns, weighted by the shares.
    pub(super) gram: Vec<f64>,
    pub(super) task: Task,
    pub(super) outputs: usize,
}

impl<'a> Problem<'a> {
    /// Checks everything that a fit needs, and computes the columns' moments.
    ///
    /// NaN in the table counts as 0. Each row counts by its weight, or all rows the same. A table whose numbers take up
    /// to [`HELD_BYTES`](super::HELD_BYTES) is copied; a larger one is read again for every pass over the rows.
    ///
    /// # Errors
    ///
    /// When lengths differ; when the table is empty, has more than [`MOST_COLUMNS`] columns, or an infinite number; when
    /// a weight is negative or not finite, or all are 0; when a target is not finite or not below the number of classes,
    /// or a class has no row of positive weight; when the objective is for other targets, or its levels are not between
    /// 0 and 1.
    pub fn new(
        table: impl Table + 'a,
        targets: Targets,
        weights: Option<&[f32]>,
        objective: &Objective,
    ) -> Result<Self, Error> {
        let outputs = objective.check(&targets)?;
        let (rows, columns) = (table.rows(), table.columns());
        if rows == 0 || columns == 0 {
            return Err(Error::Empty { rows, columns });
        }
        if columns > MOST_COLUMNS {
            return Err(Error::TooWide { found: columns, limit: MOST_COLUMNS });
        }
        if targets.len() != rows {
            return Err(Error::Length { what: "the list of targets", found: targets.len(), expected: rows });
        }
        let shares = shares(weights, rows)?;
        let task = Task::new(targets, objective, &shares)?;
        let rows = Rows::standardised(Box::new(table), &shares)?;
        let listed: Vec<usize> = (0..rows.count()).filter(|row| shares[*row] > 0.0).collect();
        let mut grams = grams(&rows, &listed, 1, |row, out| out[0] = shares[row]);
        let gram = grams.pop().unwrap_or_default();
        Ok(Self { rows, shares, gram, task, outputs })
    }
}

fn shares(weights: Option<&[f32]>, rows: usize) -> Result<Vec<f64>, Error> {
    let Some(weights) = weights else {
        return Ok(vec![1.0 / rows as f64; rows]);
    };
    if weights.len() != rows {
        return Err(Error::Length { what: "the list of weights", found: weights.len(), expected: rows });
    }
    if let Some(row) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(Error::Weight { row, found: weights[row] });
    }
    let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    if total == 0.0 {
        return Err(Error::NoWeight { rows });
    }
    Ok(weights.iter().map(|weight| f64::from(*weight) / total).collect())
}
