//! The functions that samplers are compared on, to be minimised.
//!
//! `bench/peers/optuna_tuner.py` has the same functions and compares its values with ours before it starts. Functions
//! whose optimum is usually at the origin have it shifted away from the middle of the range, where a sampler's wide
//! kernel would find it by itself.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::f64::consts::{E, PI, TAU};
use tuner::search_space::{Space, SpaceError};

/// A test function.
pub(crate) struct Function {
    /// The name, the same on both sides.
    pub(crate) name: &'static str,
    /// Its space.
    pub(crate) space: Space,
    evaluate: fn(&BTreeMap<String, Value>) -> f64,
}

impl Function {
    /// The value at a point; smaller is better.
    pub(crate) fn evaluate(&self, values: &BTreeMap<String, Value>) -> f64 {
        (self.evaluate)(values)
    }
}

/// All functions.
///
/// # Errors
///
/// [`SpaceError`] if a space is not valid.
pub(crate) fn functions() -> Result<Vec<Function>, SpaceError> {
    let cube = |dimensions: usize, low: f64, high: f64| {
        let builder = (0..dimensions).fold(Space::builder(), |b, n| b.float(format!("x{n}"), low, high));
        builder.build()
    };
    let function = |name, space, evaluate| Function { name, space, evaluate };
    Ok(vec![
        function("sphere 5-d", cube(5, -5.0, 5.0)?, |v| sphere(&numbers(v))),
        function("Rosenbrock 4-d", cube(4, -5.0, 10.0)?, |v| rosenbrock(&numbers(v))),
        function("Branin", Space::builder().float("x0", -5.0, 10.0).float("x1", 0.0, 15.0).build()?, |v| {
            branin(&numbers(v))
        }),
        function("Hartmann 6", cube(6, 0.0, 1.0)?, |v| hartmann(&numbers(v))),
        function("Ackley 10-d", cube(10, -32.768, 32.768)?, |v| ackley(&numbers(v))),
        function("Rastrigin 5-d", cube(5, -5.12, 5.12)?, |v| rastrigin(&numbers(v))),
        function("mixed 10-d", mixed_space()?, mixed),
    ])
}

/// The project's own ten hyperparameters.
fn mixed_space() -> Result<Space, SpaceError> {
    let choices = |values: &[i64]| values.iter().map(|&value| json!(value)).collect::<Vec<_>>();
    Space::builder()
        .log_float("learning_rate", 1e-5, 5e-3)
        .float("dropout_rate", 0.0, 0.4)
        .log_float("weight_decay", 1e-6, 1e-1)
        .categorical("time_window", choices(&[5, 7, 14, 21, 30]))
        .categorical("seq_length", choices(&[30, 60, 90, 120]))
        .int("num_layers", 1, 4)
        .categorical("d_model", choices(&[32, 64, 128, 256]))
        .categorical("num_heads", choices(&[2, 4, 8]))
        .categorical("d_ff_multiple", choices(&[2, 4]))
        .categorical("batch_size", choices(&[32, 64, 128]))
        .build()
}

fn number(values: &BTreeMap<String, Value>, name: &str) -> f64 {
    values.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// The values of x0, x1, ...; there are at most ten, so the alphabetical order of names is the numerical one.
fn numbers(values: &BTreeMap<String, Value>) -> Vec<f64> {
    values.values().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

/// How far the optimum is shifted along each dimension, as a fraction of half the range.
fn shift(place: usize) -> f64 {
    [0.3, -0.45, 0.1, -0.2, 0.5][place % 5]
}

fn sphere(x: &[f64]) -> f64 {
    x.iter().enumerate().map(|(n, x)| (x - 5.0 * shift(n)).powi(2)).sum()
}

fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|w| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2)).sum()
}

fn branin(x: &[f64]) -> f64 {
    let (b, c, t) = (5.1 / (4.0 * PI * PI), 5.0 / PI, 1.0 / (8.0 * PI));
    (x[1] - b * x[0] * x[0] + c * x[0] - 6.0).powi(2) + 10.0 * (1.0 - t) * x[0].cos() + 10.0
}

fn hartmann(x: &[f64]) -> f64 {
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let term = |k: usize| -> f64 { (0..6).map(|d| A[k][d] * (x[d] - P[k][d]).powi(2)).sum() };
    -(0..4).map(|k| ALPHA[k] * (-term(k)).exp()).sum::<f64>()
}

fn ackley(x: &[f64]) -> f64 {
    let moved: Vec<f64> = x.iter().enumerate().map(|(n, x)| x - 32.768 * shift(n)).collect();
    let mean = |f: fn(f64) -> f64| moved.iter().map(|&x| f(x)).sum::<f64>() / moved.len() as f64;
    20.0 + E - 20.0 * (-0.2 * mean(|x| x * x).sqrt()).exp() - mean(|x| (TAU * x).cos()).exp()
}

fn rastrigin(x: &[f64]) -> f64 {
    let term = |(n, x): (usize, &f64)| {
        let moved = x - 5.12 * shift(n);
        moved * moved - 10.0 * (TAU * moved).cos() + 10.0
    };
    x.iter().enumerate().map(term).sum()
}

/// A smooth stand-in for a validation loss over the project's own space: the best learning rate depends on width and
/// batch size, the best dropout on depth, and the best feed-forward multiple on width.
fn mixed(values: &BTreeMap<String, Value>) -> f64 {
    let at = |name: &str| number(values, name);
    let pick = |name: &str, choices: &[f64], losses: &[f64]| {
        let place = choices.iter().position(|&choice| choice == at(name)).unwrap_or(0);
        losses[place]
    };
    let (width, depth) = (at("d_model"), at("num_layers"));
    let best_rate = -3.0 - 0.3 * (width / 64.0).log2() + 0.2 * (at("batch_size") / 64.0).log2();
    let rate = 0.5 * (at("learning_rate").log10() - best_rate).powi(2);
    let dropout = 6.0 * (at("dropout_rate") - 0.05 - 0.05 * depth).powi(2);
    let decay = 0.04 * (at("weight_decay").log10() + 3.0).powi(2);
    let feed_forward = if (at("d_ff_multiple") == 4.0) == (width < 128.0) { 0.0 } else { 0.06 };
    rate + dropout
        + decay
        + feed_forward
        + 0.05 * (depth - 2.0).powi(2)
        + pick("time_window", &[5.0, 7.0, 14.0, 21.0, 30.0], &[0.30, 0.22, 0.08, 0.0, 0.05])
        + pick("seq_length", &[30.0, 60.0, 90.0, 120.0], &[0.15, 0.05, 0.0, 0.03])
        + pick("d_model", &[32.0, 64.0, 128.0, 256.0], &[0.12, 0.04, 0.0, 0.07])
        + pick("num_heads", &[2.0, 4.0, 8.0], &[0.04, 0.0, 0.02])
        + pick("batch_size", &[32.0, 64.0, 128.0], &[0.0, 0.02, 0.05])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The optima are those in the literature, apart from the shifts.
    #[test]
    fn functions_have_their_known_minima() {
        let functions = functions().unwrap();
        let check = |name: &str, x: &[f64], minimum: f64| {
            let function = functions.iter().find(|function| function.name == name).unwrap();
            let values = x.iter().enumerate().map(|(n, &x)| (format!("x{n}"), json!(x))).collect();
            let found = function.evaluate(&values);
            assert!((found - minimum).abs() < 1e-4, "{name}: {found}");
        };
        let moved = |count: usize, half: f64| (0..count).map(|n| half * shift(n)).collect::<Vec<_>>();
        check("sphere 5-d", &moved(5, 5.0), 0.0);
        check("Rosenbrock 4-d", &[1.0; 4], 0.0);
        check("Branin", &[PI, 2.275], 0.397_887);
        check("Hartmann 6", &[0.201_69, 0.150_011, 0.476_874, 0.275_332, 0.311_652, 0.6573], -3.322_37);
        check("Ackley 10-d", &moved(10, 32.768), 0.0);
        check("Rastrigin 5-d", &moved(5, 5.12), 0.0);
        let mixed = functions.last().unwrap();
        let best = [
            ("learning_rate", json!(10f64.powf(-3.0 - 0.3 - 0.2))),
            ("dropout_rate", json!(0.15)),
            ("weight_decay", json!(1e-3)),
            ("time_window", json!(21)),
            ("seq_length", json!(90)),
            ("num_layers", json!(2)),
            ("d_model", json!(128)),
            ("num_heads", json!(4)),
            ("d_ff_multiple", json!(2)),
            ("batch_size", json!(32)),
        ];
        let found = mixed.evaluate(&best.map(|(name, value)| (name.to_owned(), value)).into());
        assert!(found.abs() < 1e-12, "{found}");
    }
}
