//! What a fit learns.

use super::error::Error;
use super::rows::Rows;
use crate::Table;
use crate::softmax::softmax;

/// The weights and intercepts of a linear model, in the units of the table that it was fitted to.
///
/// An intercept has the precision of an `f32`: where columns or targets lie very far from 0 for their spread, subtract
/// something near their means first.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficients {
    /// The number of outputs.
    pub outputs: usize,
    /// The number of columns.
    pub columns: usize,
    /// The weights, `(columns, outputs)`, row by row.
    pub weights: Vec<f32>,
    /// One intercept per output.
    pub intercepts: Vec<f32>,
}

impl Coefficients {
    /// The outputs of each row, `(rows, outputs)`, row by row; NaN in the table counts as 0.
    ///
    /// These are the logarithms of the classes' probabilities up to a constant per row, the mean, or the quantiles in
    /// the order of their levels.
    ///
    /// # Errors
    ///
    /// When the table has other columns, or an infinite number, or when lengths contradict each other.
    pub fn scores(&self, table: &dyn Table) -> Result<Vec<f64>, Error> {
        self.check(self.outputs, table.columns())?;
        let rows = Rows::plain(Box::new(table));
        let mut vectors = vec![0.0; self.outputs * rows.stride()];
        for (output, vector) in vectors.chunks_exact_mut(rows.stride()).enumerate() {
            for (place, weight) in vector.iter_mut().zip(self.weights_of(output)) {
                *place = weight;
            }
            vector[self.columns] = f64::from(self.intercepts[output]);
        }
        let mut scores = vec![0.0; rows.count() * self.outputs];
        if self.outputs > 0 {
            rows.forward(&vectors, self.outputs, &mut scores);
        }
        match scores.iter().position(|score| !score.is_finite()) {
            Some(place) => Err(infinite(table, place / self.outputs)),
            None => Ok(scores),
        }
    }

    /// Turns the scores of a model of classes into probabilities, row by row. Scores beyond the last whole row are
    /// dropped.
    pub fn probabilities(&self, mut scores: Vec<f64>) -> Vec<f64> {
        let outputs = self.outputs.max(1);
        scores.truncate(scores.len() / outputs * outputs);
        scores.chunks_exact_mut(outputs).for_each(softmax);
        scores
    }

    /// The weights of one output, column by column.
    pub(super) fn weights_of(&self, output: usize) -> impl Iterator<Item = f64> {
        self.weights.iter().skip(output).step_by(self.outputs.max(1)).map(|weight| f64::from(*weight))
    }

    /// The sum of all squared weights.
    pub(super) fn squares(&self) -> f64 {
        self.weights.iter().map(|weight| f64::from(*weight) * f64::from(*weight)).sum()
    }

    pub(super) fn check(&self, outputs: usize, columns: usize) -> Result<(), Error> {
        let lengths = [
            ("the list of outputs", self.outputs, outputs),
            ("the list of columns", self.columns, columns),
            ("the list of weights", self.weights.len(), outputs * columns),
            ("the list of intercepts", self.intercepts.len(), outputs),
        ];
        match lengths.into_iter().find(|(_, found, expected)| found != expected) {
            Some((what, found, expected)) => Err(Error::Length { what, found, expected }),
            None => Ok(()),
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        self.weights.iter().chain(&self.intercepts).all(|number| number.is_finite())
    }
}

fn infinite(table: &dyn Table, row: usize) -> Error {
    let mut cells = vec![0.0; table.columns()];
    table.read(row, &mut cells);
    let column = cells.iter().position(|cell| cell.is_infinite());
    column.map_or(Error::Start, |column| Error::Cell { row, column, found: cells[column] })
}
