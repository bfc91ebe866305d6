//! Between the table's units and those of standardised columns.

use super::coefficients::Coefficients;
use super::rows::Rows;
use super::softmax::Basis;

/// Which outputs of a model a vector of solver weights stands for.
pub(super) enum Outputs<'a> {
    /// All of them, in the coordinates of a basis.
    All(&'a Basis),
    /// One of them, less an offset.
    One {
        /// Which one.
        output: usize,
        /// The offset.
        offset: f64,
    },
}

/// The solver's weights that stand for `coefficients`.
pub(super) fn standardise(rows: &Rows<'_>, coefficients: &Coefficients, outputs: &Outputs<'_>) -> Vec<f64> {
    let vector = |output: usize, offset: f64| {
        let mut vector = vec![0.0; rows.stride()];
        let mut intercept = f64::from(coefficients.intercepts[output]) - offset;
        let columns = rows.deviations().iter().zip(rows.means());
        for ((place, weight), (deviation, mean)) in
            vector.iter_mut().zip(coefficients.weights_of(output)).zip(columns)
        {
            *place = weight * deviation;
            intercept += weight * mean;
        }
        vector[rows.columns()] = intercept;
        vector
    };
    match outputs {
        Outputs::One { output, offset } => vector(*output, *offset),
        Outputs::All(basis) => {
            let count = coefficients.outputs;
            let vectors: Vec<Vec<f64>> = (0..count).map(|output| vector(output, 0.0)).collect();
            let mut reduced = vec![0.0; (count - 1) * rows.stride()];
            let (mut full, mut part) = (vec![0.0; count], vec![0.0; count - 1]);
            for column in 0..rows.side() {
                full.iter_mut().zip(&vectors).for_each(|(full, vector)| *full = vector[column]);
                basis.reduce(&full, &mut part);
                for (output, part) in part.iter().enumerate() {
                    reduced[output * rows.stride() + column] = *part;
                }
            }
            reduced
        }
    }
}

/// Writes the rounded coefficients that the solver's weights stand for. A number out of range becomes infinite.
///
/// Intercepts are made for the rounded weights, so that rounding does not move the outputs at the columns' means.
pub(super) fn round(rows: &Rows<'_>, weights: &[f64], outputs: &Outputs<'_>, out: &mut Coefficients) {
    let count = out.outputs;
    let at = |solver: usize, column: usize| weights[solver * rows.stride() + column];
    let mut full = vec![0.0; count];
    let mut part = vec![0.0; count - 1];
    let mut column_of = |column: usize, full: &mut [f64]| match outputs {
        Outputs::One { output, .. } => full[*output] = at(0, column),
        Outputs::All(basis) => {
            part.iter_mut().enumerate().for_each(|(solver, part)| *part = at(solver, column));
            basis.expand(&part, full);
        }
    };
    let (range, offset) = match outputs {
        Outputs::One { output, offset } => (*output..*output + 1, *offset),
        Outputs::All(_) => (0..count, 0.0),
    };
    let mut moved = vec![0.0; count];
    for (column, (deviation, mean)) in rows.deviations().iter().zip(rows.means()).enumerate() {
        column_of(column, &mut full);
        for output in range.clone() {
            let weight = (full[output] / deviation) as f32;
            out.weights[column * count + output] = weight;
            moved[output] += f64::from(weight) * mean;
        }
    }
    column_of(rows.columns(), &mut full);
    for output in range {
        out.intercepts[output] = (full[output] + offset - moved[output]) as f32;
    }
}

/// The square of the Euclidean norm of a gradient by the coefficients, given that by the solver's weights.
pub(super) fn squared_norm(rows: &Rows<'_>, gradient: &[f64]) -> f64 {
    let of_output = |gradient: &[f64]| {
        let intercept = gradient[rows.columns()];
        let columns = rows.deviations().iter().zip(rows.means());
        let own = gradient
            .iter()
            .zip(columns)
            .map(|(slope, (deviation, mean))| slope * deviation + intercept * mean);
        own.map(|slope| slope * slope).sum::<f64>() + intercept * intercept
    };
    gradient.chunks_exact(rows.stride()).map(of_output).sum()
}
