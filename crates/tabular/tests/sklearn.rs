//! Linear models against the optima of scikit-learn and CVXPY in `sklearn/optima.txt`, made by `sklearn/optima.py`.

use std::collections::BTreeMap;
use tabular::linear::{Error, Fit, Objective, Problem, QUANTILE_ACCURACY};
use tabular::{Matrix, Targets};

/// SplitMix64's words, each as its upper 16 bits less 32768.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) >> 48) as i64 - 32768
    }
}

#[derive(Default)]
struct Data {
    columns: usize,
    table: Vec<f32>,
    of: Vec<u8>,
    values: Vec<f32>,
    weights: Vec<f32>,
}

/// The function `data` of `optima.py`.
fn data(seed: u64, columns: usize, classes: usize, collinear: bool) -> Data {
    let mut source = Numbers(seed);
    let mut data = Data { columns: columns + if collinear { 5 } else { 0 }, ..Data::default() };
    for _ in 0..400 {
        let row: Vec<i64> = (0..columns).map(|_| source.next()).collect();
        let noise: Vec<i64> = (0..classes).map(|_| source.next()).collect();
        let factor = |column: usize, output: usize| ((3 * column + 5 * output) % 7) as i64 - 3;
        let score = |output: usize| {
            let sum: i64 = row.iter().enumerate().map(|(column, value)| factor(column, output) * value).sum();
            sum + 4 * noise[output]
        };
        let scores: Vec<i64> = (0..classes).map(score).collect();
        let best =
            (0..classes).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
        data.of.push(best as u8);
        let value = scores[0] + (noise[0] * row[0].abs()).div_euclid(4096);
        data.values.push(value as f32 / 16384.0);
        data.weights.push((source.next() + 32768).div_euclid(8192) as f32 / 4.0);
        let mut row: Vec<f32> = row.iter().map(|value| *value as f32).collect();
        if collinear {
            let floor = (row[1] / 4096.0).floor();
            row.extend([row[0], row[0] + floor, row[0] + row[1], 1024.0 * row[2], 4096.0]);
            row[3] /= 1024.0;
        }
        data.table.extend(row.iter().map(|value| value / 4096.0));
    }
    data
}

struct Optimum {
    case: String,
    penalty: f64,
    objective: f64,
    coefficients: Vec<f64>,
}

fn optima() -> Vec<Optimum> {
    let parse = |line: &str| {
        let (case, numbers) = line.split_once(' ').expect("a case");
        let mut numbers = numbers.split(' ').map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("a penalty and an objective");
        let (penalty, objective) = (next(), next());
        Optimum { case: case.to_owned(), penalty, objective, coefficients: numbers.collect() }
    };
    include_str!("sklearn/optima.txt").lines().map(parse).collect()
}

fn fit(optimum: &Optimum, sets: &BTreeMap<&str, (Data, usize)>) -> Result<Fit, Error> {
    let mut parts = optimum.case.split('-');
    let (kind, set) = (parts.next().expect("a kind"), parts.next().expect("a set"));
    let level = if kind == "quantile" { parts.next() } else { None };
    let (data, classes) = &sets[set];
    let weights = parts.next().map(|_| data.weights.as_slice());
    let (targets, objective) = match (kind, level) {
        ("logistic", _) => (Targets::classes(&data.of, *classes), Objective::Logistic),
        ("squared", _) => (Targets::values(&data.values), Objective::Squared),
        (_, level) => {
            let level = level.expect("a level").parse().expect("a number");
            (Targets::values(&data.values), Objective::Quantiles(vec![level]))
        }
    };
    let table = Matrix::new(&data.table, data.columns).expect("whole rows");
    let problem = Problem::new(table, targets, weights, &objective)?;
    // Without a penalty, the optimum need not be unique; with a tiny one, its objective is nearly the same.
    problem.fit(if optimum.penalty == 0.0 { 1e-11 } else { optimum.penalty }, None)
}

#[test]
fn optima_agree() -> Result<(), Error> {
    let sets = BTreeMap::from([
        ("three", (data(1, 6, 3, false), 3)),
        ("two", (data(2, 5, 2, false), 2)),
        ("five", (data(3, 8, 5, false), 5)),
        ("collinear", (data(4, 5, 3, true), 3)),
    ]);
    let mut wrong = Vec::new();
    for optimum in optima() {
        let fit = fit(&optimum, &sets)?;
        let away = fit.objective / optimum.objective - 1.0;
        let own = fit.coefficients.weights.iter().chain(&fit.coefficients.intercepts);
        let apart = own.zip(&optimum.coefficients).map(|(own, best)| (f64::from(*own) - best).abs());
        let apart = apart.fold(0.0, f64::max);
        // Many quantiles, an interval of intercepts say, can have nearly the least objective.
        let (near, close) = match optimum.case.starts_with("quantile") {
            true => (QUANTILE_ACCURACY, f64::INFINITY),
            false => (1e-11, 2e-5),
        };
        if away > near || away < -1e-9 || apart > close {
            let Optimum { case, penalty, .. } = optimum;
            wrong
                .push(format!("{case} at {penalty:e}: objective off by {away:e}, coefficients by {apart:e}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
