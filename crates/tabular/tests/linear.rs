//! What fits of linear models promise, whatever the table.

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::ThreadPoolBuilder;
use tabular::linear::{Coefficients, Error, Fit, Objective, Problem, QUANTILE_ACCURACY};
use tabular::{Matrix, Targets};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Overlapping windows of returns, averaged over growing spans, and what follows them.
struct Data {
    columns: usize,
    table: Vec<f32>,
    of: Vec<u8>,
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Data {
    fn new(rows: usize, features: usize, lags: usize, seed: u8) -> Self {
        let mut source = ChaCha8Rng::from_seed([seed; 32]);
        let mut uniform = || f64::from(source.next_u32()) / 4294967296.0 - 0.5;
        let returns: Vec<f64> = (0..rows + lags)
            .map(|_| {
                let (sign, size) = (uniform(), uniform());
                0.01 * sign * (1.0 + 8.0 * (size * size))
            })
            .collect();
        let span = |end: usize, length: usize| {
            let start = (end + 1).saturating_sub(length);
            returns[start..=end].iter().sum::<f64>() / length as f64
        };
        let row =
            |row: usize| (row..row + lags).flat_map(move |end| (0..features).map(move |f| (end, 1 << f)));
        let table = (0..rows).flat_map(row).map(|(end, length)| span(end, length) as f32).collect();
        let next = |row: usize| {
            returns[row + lags] + 0.3 * returns[row + lags - 1] + 0.02 * uniform() * returns[row + lags - 2]
        };
        let values: Vec<f32> = (0..rows).map(next).map(|value| value as f32).collect();
        let class = |value: &f32| if *value < -0.001 { 0 } else { 1 + u8::from(*value > 0.001) };
        let of = values.iter().map(class).collect();
        let weights = (0..rows).map(|row| (row % 5) as f32 / 2.0).collect();
        Self { columns: features * lags, table, of, values, weights }
    }

    fn targets(&self, objective: &Objective) -> Targets {
        match objective {
            Objective::Logistic => Targets::classes(&self.of, 3),
            _ => Targets::values(&self.values),
        }
    }

    fn fit(&self, objective: &Objective, penalty: f64) -> Result<Fit, Error> {
        let table = self.matrix();
        Problem::new(table, self.targets(objective), Some(&self.weights), objective)?.fit(penalty, None)
    }

    fn matrix(&self) -> Matrix<'_> {
        Matrix::new(&self.table, self.columns).expect("whole rows")
    }
}

fn objectives() -> [Objective; 3] {
    [Objective::Logistic, Objective::Squared, Objective::Quantiles(vec![0.1, 0.5])]
}

fn bits(fit: &Fit) -> Vec<u64> {
    let coefficients = fit.coefficients.weights.iter().chain(&fit.coefficients.intercepts);
    let numbers = [fit.loss, fit.objective, fit.gap, fit.gradient_norm].map(f64::to_bits);
    coefficients.map(|number| u64::from(number.to_bits())).chain(numbers).collect()
}

#[test]
fn threads_do_not_change_a_bit() -> Outcome {
    let data = Data::new(1500, 4, 6, 1);
    for objective in objectives() {
        let with = |threads: usize| -> Result<Vec<u64>, Box<dyn std::error::Error>> {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
            Ok(bits(&pool.install(|| data.fit(&objective, 1e-7))?))
        };
        let one = with(1)?;
        for threads in [2, 3, 8] {
            assert_eq!(with(threads)?, one, "{objective:?} with {threads} threads");
        }
    }
    Ok(())
}

#[test]
fn a_path_is_warm_or_cold_the_same_and_can_be_resumed() -> Outcome {
    let data = Data::new(800, 3, 5, 2);
    let table = data.matrix();
    for objective in objectives() {
        let problem = Problem::new(table, data.targets(&objective), None, &objective)?;
        let penalties = problem.penalties(9);
        assert!(penalties.is_sorted_by(|a, b| a > b));
        let mut last: Option<Coefficients> = None;
        for (place, penalty) in penalties.iter().enumerate() {
            let warm = problem.fit(*penalty, last.as_ref())?;
            let cold = problem.fit(*penalty, None)?;
            assert!(
                (warm.objective - cold.objective).abs() <= 1e-7 * cold.objective,
                "{objective:?} at {penalty:e}"
            );
            let again = Problem::new(table, data.targets(&objective), None, &objective)?;
            assert_eq!(
                bits(&again.fit(*penalty, last.as_ref())?),
                bits(&warm),
                "{objective:?} resumed at {place}"
            );
            last = Some(warm.coefficients);
        }
    }
    Ok(())
}

#[test]
fn the_largest_penalty_leaves_next_to_nothing() -> Outcome {
    let data = Data::new(500, 3, 4, 3);
    let table = data.matrix();
    for objective in objectives() {
        let problem = Problem::new(table, data.targets(&objective), None, &objective)?;
        let penalty = problem.penalties(2)[0];
        let (least, all) = (problem.fit(penalty, None)?, problem.fit(1e9 * penalty, None)?);
        let gain = 1.0 - least.loss / all.loss;
        assert!(gain > 0.0 && gain <= 1.1e-4, "{objective:?}: {gain:e}");
    }
    Ok(())
}

#[test]
fn levels_are_fitted_each_on_its_own() -> Outcome {
    let data = Data::new(400, 3, 4, 4);
    let both = data.fit(&Objective::Quantiles(vec![0.2, 0.7]), 1e-6)?;
    let first = data.fit(&Objective::Quantiles(vec![0.2]), 1e-6)?;
    let second = data.fit(&Objective::Quantiles(vec![0.7]), 1e-6)?;
    let pairs: Vec<f32> = first
        .coefficients
        .weights
        .iter()
        .zip(&second.coefficients.weights)
        .flat_map(|(a, b)| [*a, *b])
        .collect();
    assert_eq!(both.coefficients.weights, pairs);
    assert_eq!(both.loss, first.loss + second.loss);
    Ok(())
}

#[test]
fn bits_are_the_same_on_every_machine() -> Outcome {
    let data = Data::new(300, 2, 2, 5);
    let first = |objective: &Objective| -> Result<[u32; 3], Error> {
        let fit = data.fit(objective, 1e-6)?;
        let Coefficients { weights, intercepts, .. } = fit.coefficients;
        Ok([weights[0].to_bits(), weights[1].to_bits(), intercepts[0].to_bits()])
    };
    let all =
        [first(&Objective::Logistic)?, first(&Objective::Squared)?, first(&Objective::Quantiles(vec![0.3]))?];
    assert_eq!(
        all,
        [
            [1098070324, 3187699899, 1052342710],
            [3179350571, 3187457428, 3094794043],
            [3176428853, 3186540713, 3141720565]
        ]
    );
    Ok(())
}

fn fit(
    table: &[f32],
    columns: usize,
    targets: Targets,
    objective: &Objective,
    penalty: f64,
) -> Result<Fit, Error> {
    let table = Matrix::new(table, columns).expect("whole rows");
    Problem::new(table, targets, None, objective)?.fit(penalty, None)
}

#[test]
fn separable_classes_converge() -> Outcome {
    let table: Vec<f32> = (0..60).flat_map(|row| [row as f32 - 30.0, ((row * 7) % 11) as f32]).collect();
    let of: Vec<u8> = (0..60).map(|row| row / 20).collect();
    for penalty in [1e-2, 1e-6, 1e-10, 1e-14] {
        let fit = fit(&table, 2, Targets::classes(&of, 3), &Objective::Logistic, penalty)?;
        assert!(
            fit.gap <= 1e-12 * fit.objective && fit.loss < 10.0 * penalty.powf(0.4),
            "{penalty:e}: {fit:?}"
        );
    }
    Ok(())
}

#[test]
fn columns_that_say_nothing_get_no_weight() -> Outcome {
    let data = Data::new(300, 2, 3, 6);
    // All 0, constant, far from 0 and constant, missing.
    let extra = [0.0, 3.0, 1e30, f32::NAN];
    let wide: Vec<f32> = data.table.chunks(data.columns).flat_map(|row| [row, &extra].concat()).collect();
    for objective in objectives() {
        let narrow = fit(&data.table, data.columns, data.targets(&objective), &objective, 1e-7)?;
        let wide = fit(&wide, data.columns + extra.len(), data.targets(&objective), &objective, 1e-7)?;
        let outputs = narrow.coefficients.outputs;
        assert!(wide.coefficients.weights[data.columns * outputs..].iter().all(|weight| *weight == 0.0));
        assert!((wide.objective / narrow.objective - 1.0).abs() <= QUANTILE_ACCURACY, "{objective:?}");
    }
    Ok(())
}

#[test]
fn copies_of_a_column_share_its_weight() -> Outcome {
    let data = Data::new(300, 2, 3, 7);
    let twice: Vec<f32> = data.table.chunks(data.columns).flat_map(|row| [row, row].concat()).collect();
    for objective in [Objective::Logistic, Objective::Squared] {
        for penalty in [1e-6, 1e-16] {
            let once = fit(&data.table, data.columns, data.targets(&objective), &objective, penalty / 2.0)?;
            let fit = fit(&twice, 2 * data.columns, data.targets(&objective), &objective, penalty)?;
            let half = data.columns * fit.coefficients.outputs;
            let (left, right) = fit.coefficients.weights.split_at(half);
            for ((left, right), once) in left.iter().zip(right).zip(&once.coefficients.weights) {
                assert!(
                    (left - right).abs() <= 1e-3 * once.abs().max(1e-3),
                    "{objective:?}: {left} {right} {once}"
                );
                assert!(
                    (left + right - once).abs() <= 1e-3 * once.abs().max(1e-3),
                    "{objective:?}: {left} {right} {once}"
                );
            }
            assert!((fit.objective / once.objective - 1.0).abs() < 1e-9);
        }
    }
    let objective = Objective::Quantiles(vec![0.4]);
    let once = fit(&data.table, data.columns, data.targets(&objective), &objective, 0.5e-8)?;
    let both = fit(&twice, 2 * data.columns, data.targets(&objective), &objective, 1e-8)?;
    assert!((both.objective / once.objective - 1.0).abs() < 2e-7);
    Ok(())
}

#[test]
fn one_row_and_equal_values_are_fitted_by_the_intercept() -> Outcome {
    for objective in [Objective::Squared, Objective::Quantiles(vec![0.3, 0.9])] {
        let one = fit(&[1.0, 2.0], 2, Targets::values(&[7.1]), &objective, 0.1)?;
        let equal = fit(&[1.0, 2.0, 3.0, 5.0], 1, Targets::values(&[7.1; 4]), &objective, 0.1)?;
        for fit in [one, equal] {
            assert!(fit.coefficients.weights.iter().all(|weight| *weight == 0.0));
            assert!(fit.coefficients.intercepts.iter().all(|intercept| *intercept == 7.1));
            assert!(fit.loss < 1e-28, "{fit:?}");
        }
    }
    Ok(())
}

#[test]
fn more_columns_than_rows_converge() -> Outcome {
    let data = Data::new(40, 8, 10, 8);
    for objective in objectives() {
        for penalty in [1e-4, 1e-8, 1e-12] {
            let fit = fit(&data.table, data.columns, data.targets(&objective), &objective, penalty)?;
            assert!(fit.objective.is_finite(), "{objective:?}");
        }
    }
    Ok(())
}

#[test]
fn units_of_any_size_are_fitted() -> Outcome {
    let data = Data::new(300, 2, 2, 9);
    let unit = |column: usize| [1e-30, 1.0, 1e30, 1e-3][column];
    let table: Vec<f32> = data.table.iter().enumerate().map(|(place, cell)| cell * unit(place % 4)).collect();
    for objective in objectives() {
        let fit = fit(&table, 4, data.targets(&objective), &objective, 1e-9)?;
        assert!(fit.objective.is_finite(), "{objective:?}");
    }
    Ok(())
}

#[test]
fn values_far_from_zero_lose_nothing() -> Outcome {
    let table: Vec<f32> =
        (0..200).flat_map(|row| [1e5 + (row % 16) as f32, (row * row % 23) as f32]).collect();
    let values: Vec<f32> = table.chunks(2).map(|row| 2.0 * row[0] - row[1] + 1e5).collect();
    for objective in [Objective::Squared, Objective::Quantiles(vec![0.5])] {
        let fit = fit(&table, 2, Targets::values(&values), &objective, 1e-9)?;
        let weights = &fit.coefficients.weights;
        assert!((weights[0] - 2.0).abs() < 1e-5 && (weights[1] + 1.0).abs() < 1e-5, "{fit:?}");
    }
    Ok(())
}

#[test]
fn values_with_many_ties_converge() -> Outcome {
    let data = Data::new(500, 2, 4, 10);
    let values: Vec<f32> = data.values.iter().map(|value| (value * 300.0).round() / 300.0).collect();
    for level in [0.05, 0.5] {
        for penalty in [1e-3, 1e-6, 1e-9] {
            let objective = Objective::Quantiles(vec![level]);
            let fit = fit(&data.table, data.columns, Targets::values(&values), &objective, penalty)?;
            assert!(fit.gap <= 2.0 * QUANTILE_ACCURACY * fit.objective, "{fit:?}");
        }
    }
    Ok(())
}

#[test]
fn wrong_input_is_an_error() {
    let table = [1.0, 2.0, 3.0, 4.0];
    let values = Targets::values(&[1.0, 2.0]);
    let classes = Targets::classes(&[0, 1], 2);
    let new = |table: &[f32], targets, weights: Option<&[f32]>, objective: &Objective| {
        let table = Matrix::new(table, 2).expect("whole rows");
        Problem::new(table, targets, weights, objective).map(|_| ()).expect_err("an error").to_string()
    };
    let check = |error: String, part: &str| assert!(error.contains(part), "{error}");
    check(new(&[], values.clone(), None, &Objective::Squared), "0 rows and 2 columns");
    check(new(&[1.0; 2], values.clone(), None, &Objective::Squared), "length 2, but the table asks for 1");
    check(
        new(&[1.0, 1.0, 1.0, f32::INFINITY], values.clone(), None, &Objective::Squared),
        "row 1, column 1 of the table is inf",
    );
    check(new(&table, values.clone(), Some(&[1.0]), &Objective::Squared), "the list of weights has length 1");
    check(new(&table, values.clone(), Some(&[1.0, -1.0]), &Objective::Squared), "the weight of row 1 is -1");
    check(new(&table, values.clone(), Some(&[0.0, 0.0]), &Objective::Squared), "all 2 rows have weight 0");
    check(
        new(&table, Targets::values(&[1.0, f32::NAN]), None, &Objective::Squared),
        "the target of row 1 is NaN",
    );
    check(new(&table, values.clone(), None, &Objective::Logistic), "needs targets that are classes");
    check(new(&table, classes.clone(), None, &Objective::Squared), "needs targets that are values");
    check(new(&table, values.clone(), None, &Objective::Quantiles(vec![])), "quantile levels []");
    check(new(&table, values.clone(), None, &Objective::Quantiles(vec![0.5, 1.0])), "[0.5, 1.0]");
    check(
        new(&table, Targets::classes(&[0, 2], 2), None, &Objective::Logistic),
        "class 2; expected one below 2",
    );
    check(new(&table, Targets::classes(&[0, 0], 1), None, &Objective::Logistic), "there are 1 classes");
    check(new(&table, Targets::classes(&[0, 2], 3), None, &Objective::Logistic), "class 1 has no row");
    check(new(&table, classes.clone(), Some(&[1.0, 0.0]), &Objective::Logistic), "class 1 has no row");

    let table = Matrix::new(&table, 2).expect("whole rows");
    let problem = Problem::new(table, classes.clone(), None, &Objective::Logistic).expect("a problem");
    for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        check(problem.fit(penalty, None).expect_err("an error").to_string(), "the penalty is");
    }
    let start = Coefficients { outputs: 1, columns: 2, weights: vec![0.0; 2], intercepts: vec![0.0] };
    check(problem.fit(1.0, Some(&start)).expect_err("an error").to_string(), "list of outputs has length 1");
    let start = Coefficients { outputs: 2, columns: 2, weights: vec![f32::NAN; 4], intercepts: vec![0.0; 2] };
    check(problem.fit(1.0, Some(&start)).expect_err("an error").to_string(), "start from");
}

#[test]
fn scores_are_sums_of_products() -> Outcome {
    let coefficients = Coefficients {
        outputs: 2,
        columns: 3,
        weights: vec![1.0, -1.0, 2.0, 0.5, 4.0, 0.0],
        intercepts: vec![0.25, 8.0],
    };
    let rows = [1.0, 2.0, 3.0, f32::NAN, 1.0, -1.0];
    let table = Matrix::new(&rows, 3).ok_or("not whole rows")?;
    assert_eq!(coefficients.scores(&table)?, [17.25, 8.0, -1.75, 8.5]);
    let infinite = [1.0, f32::NEG_INFINITY, 0.0];
    let table = Matrix::new(&infinite, 3).ok_or("not whole rows")?;
    assert_eq!(coefficients.scores(&table), Err(Error::Cell { row: 0, column: 1, found: f32::NEG_INFINITY }));
    let table = Matrix::new(&infinite, 1).ok_or("not whole rows")?;
    assert!(matches!(coefficients.scores(&table), Err(Error::Length { found: 3, expected: 1, .. })));
    Ok(())
}

/// The least penalised loss that two fits to within their accuracy can have apart.
fn near(a: f64, b: f64, objective: &Objective) -> bool {
    let part = if matches!(objective, Objective::Quantiles(_)) { 2.0 * QUANTILE_ACCURACY } else { 1e-9 };
    (a - b).abs() <= part * a.max(b)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rows_in_any_order_weigh_the_same(seed: u8, rows in 20usize..300, power in 0i32..8) {
        let data = Data::new(rows, 2, 2, seed);
        let order: Vec<usize> = (0..rows).map(|row| (row * 17 + 5) % rows).collect();
        prop_assume!(rows % 17 != 0);
        let moved = Data {
            columns: data.columns,
            table: order.iter().flat_map(|row| &data.table[row * 4..][..4]).copied().collect(),
            of: order.iter().map(|row| data.of[*row]).collect(),
            values: order.iter().map(|row| data.values[*row]).collect(),
            weights: order.iter().map(|row| data.weights[*row]).collect(),
        };
        for objective in objectives() {
            let penalty = 10.0_f64.powi(-power - 3);
            match (data.fit(&objective, penalty), moved.fit(&objective, penalty)) {
                (Ok(one), Ok(other)) => prop_assert!(near(one.objective, other.objective, &objective)),
                (one, other) => prop_assert_eq!(one.err(), other.err()),
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice(seed: u8, rows in 20usize..200, power in 0i32..8) {
        let mut data = Data::new(rows, 2, 2, seed);
        data.weights = (0..rows).map(|row| (row % 3) as f32).collect();
        let order: Vec<usize> = (0..rows).flat_map(|row| std::iter::repeat_n(row, row % 3)).collect();
        let twice = Data {
            columns: data.columns,
            table: order.iter().flat_map(|row| &data.table[row * 4..][..4]).copied().collect(),
            of: order.iter().map(|row| data.of[*row]).collect(),
            values: order.iter().map(|row| data.values[*row]).collect(),
            weights: vec![1.0; order.len()],
        };
        for objective in objectives() {
            let penalty = 10.0_f64.powi(-power - 3);
            match (data.fit(&objective, penalty), twice.fit(&objective, penalty)) {
                (Ok(one), Ok(other)) => prop_assert!(near(one.objective, other.objective, &objective)),
                (one, other) => prop_assert_eq!(one.err(), other.err()),
            }
        }
    }

    #[test]
    fn a_column_in_other_units_has_the_weight_in_those(seed: u8, power in -20i32..20) {
        // Averages over spans would be combinations of each other.
        let data = Data::new(200, 1, 4, seed);
        let unit = 2.0_f32.powi(power);
        let mut table = data.table.clone();
        table.iter_mut().step_by(4).for_each(|cell| *cell *= unit);
        for objective in [Objective::Logistic, Objective::Squared] {
            // The penalty is on the weight as it is, and so has to be next to nothing for this to hold.
            let penalty = 1e-16 * f64::from(unit.min(1.0)) * f64::from(unit.min(1.0));
            let one = fit(&data.table, 4, data.targets(&objective), &objective, penalty)?;
            let other = fit(&table, 4, data.targets(&objective), &objective, penalty)?;
            for (place, (a, b)) in one.coefficients.weights.iter().zip(&other.coefficients.weights).enumerate() {
                let scaled = if place < one.coefficients.outputs { b * unit } else { *b };
                prop_assert!((a - scaled).abs() <= 1e-4 * a.abs().max(1e-2), "{} {}", a, scaled);
            }
        }
    }
}
