//! Gradient-boosted trees whose numbers can be worked out by hand.

use tabular::gbdt::{Array, ArrayError, Booster, Error, Forest, Importance, Objective, Settings};
use tabular::{Matrix, Targets};

fn settings() -> Settings {
    Settings { learning_rate: 1.0, max_leaves: 2, min_rows_in_leaf: 1, ..Settings::default() }
}

/// A forest of one round over one column.
fn one_round(x: &[f32], targets: Targets, objective: &Objective, settings: Settings) -> Forest {
    let table = Matrix::new(x, 1).unwrap();
    let mut booster = Booster::new(&table, targets, None, objective, settings, [0; 32]).unwrap();
    booster.round();
    booster.into_forest()
}

fn array(forest: &Forest, name: &str) -> Vec<f32> {
    forest.to_arrays().unwrap().into_iter().find(|array| array.name == name).unwrap().values
}

#[test]
fn a_split_of_values() {
    let targets = Targets::values(&[0.0, 0.0, 10.0, 10.0]);
    let forest = one_round(&[1.0, 2.0, 3.0, 4.0], targets.clone(), &Objective::Squared, settings());
    assert_eq!(forest.base_scores(), [5.0]);
    assert_eq!(array(&forest, "thresholds"), [2.5]);
    assert_eq!(array(&forest, "leaf_values"), [-5.0, 5.0]);
    // 10² / 2 on either side, and 0² / 4 before.
    assert_eq!(forest.importance(), [Importance { gain: 100.0, splits: 1 }]);
    let settings = Settings { l2: 2.0, learning_rate: 0.5, ..settings() };
    let forest = one_round(&[1.0, 2.0, 3.0, 4.0], targets, &Objective::Squared, settings);
    // 10 / (2 + 2) * 0.5, and twice 10² / (2 + 2).
    assert_eq!(array(&forest, "leaf_values"), [-1.25, 1.25]);
    assert_eq!(forest.importance()[0].gain, 50.0);
}

#[test]
fn a_split_of_classes() {
    let targets = Targets::classes(&[0, 0, 1, 1], 2);
    let forest = one_round(&[1.0, 2.0, 3.0, 4.0], targets, &Objective::Softmax, settings());
    let half = libm::log(0.5) as f32;
    assert_eq!(forest.base_scores(), [half, half]);
    // Each row's derivatives are 0.5 and 2 * 0.5 * 0.5.
    assert_eq!(array(&forest, "leaf_values"), [1.0, -1.0, -1.0, 1.0]);
    let scores = forest.scores(&Matrix::new(&[0.0, 9.0], 1).unwrap()).unwrap();
    let probabilities = forest.probabilities(scores);
    let likely = 1.0 / (1.0 + libm::exp(-2.0));
    for (found, expected) in probabilities.iter().zip([likely, 1.0 - likely, 1.0 - likely, likely]) {
        assert!((found - expected).abs() < 1e-15);
    }
}

#[test]
fn a_split_of_quantiles() {
    let x = [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0];
    let targets = Targets::values(&[0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0]);
    let objective = Objective::Quantiles(vec![0.5, 0.25]);
    let forest = one_round(&x, targets, &objective, settings());
    // The value at the place level * 8, counted from 0; then at level * 4 of either side.
    assert_eq!(forest.base_scores(), [10.0, 2.0]);
    assert_eq!(array(&forest, "leaf_values"), [-8.0, 2.0, -1.0, 9.0]);
    let scores = forest.scores(&Matrix::new(&x, 1).unwrap()).unwrap();
    assert_eq!(scores[0..2], [2.0, 1.0]);
    assert_eq!(scores[14..16], [12.0, 11.0]);
}

#[test]
fn missing_numbers_go_where_they_fit() {
    let nan = f32::NAN;
    let x = [1.0, 1.0, 2.0, 2.0, nan, nan];
    let scores = |y: &[f32]| {
        let forest = one_round(&x, Targets::values(y), &Objective::Squared, settings());
        let table = [1.5, 1.6, nan, f32::INFINITY, f32::NEG_INFINITY];
        (forest.scores(&Matrix::new(&table, 1).unwrap()).unwrap(), array(&forest, "missing_left"))
    };
    assert_eq!(scores(&[0.0, 0.0, 6.0, 6.0, 6.0, 6.0]), (vec![0.0, 6.0, 6.0, 6.0, 0.0], vec![0.0]));
    assert_eq!(scores(&[0.0, 0.0, 6.0, 6.0, 0.0, 0.0]), (vec![0.0, 6.0, 0.0, 6.0, 0.0], vec![1.0]));
    // All numbers on one side, the missing ones on the other.
    assert_eq!(scores(&[0.0, 0.0, 0.0, 0.0, 6.0, 6.0]), (vec![0.0, 0.0, 6.0, 0.0, 0.0], vec![0.0]));
}

#[test]
fn unseen_missing_numbers_follow_the_larger_side() {
    let missing = |y: &[f32]| {
        let forest = one_round(&[1.0, 2.0, 3.0], Targets::values(y), &Objective::Squared, settings());
        array(&forest, "missing_left")
    };
    assert_eq!(missing(&[0.0, 9.0, 9.0]), [0.0]);
    assert_eq!(missing(&[0.0, 0.0, 9.0]), [1.0]);
}

#[test]
fn limits_are_kept() {
    let x: Vec<f32> = (0..40u8).map(f32::from).collect();
    let y: Vec<f32> = (0..40u16).map(|row| f32::from(row * row)).collect();
    let leaves = |settings: Settings| {
        let forest = one_round(&x, Targets::values(&y), &Objective::Squared, settings);
        let mut leaves = array(&forest, "leaf_values");
        leaves.sort_by(f32::total_cmp);
        let scores = forest.scores(&Matrix::new(&x, 1).unwrap()).unwrap();
        let base = f64::from(forest.base_scores()[0]);
        leaves
            .iter()
            .map(|&leaf| scores.iter().filter(|&&score| score == base + f64::from(leaf)).count())
            .collect::<Vec<usize>>()
    };
    let ok = Settings { max_leaves: 40, ..settings() };
    assert_eq!(leaves(ok.clone()), [1; 40]);
    assert_eq!(leaves(Settings { max_leaves: 3, ..ok.clone() }).len(), 3);
    assert_eq!(leaves(Settings { max_depth: Some(2), ..ok.clone() }).len(), 4);
    assert!(leaves(Settings { min_rows_in_leaf: 7, ..ok.clone() }).iter().all(|&rows: &usize| rows >= 7));
    assert!(leaves(Settings { min_hessian_in_leaf: 6.5, ..ok.clone() }).iter().all(|&rows| rows >= 7));
    assert_eq!(leaves(Settings { min_rows_in_leaf: 21, ..ok }), [40]);
}

#[test]
fn constant_tables_give_the_base_scores() {
    let targets = Targets::values(&[1.0, 2.0, 3.0]);
    let table = Matrix::new(&[5.0, f32::NAN, 5.0, f32::NAN, 5.0, f32::NAN], 2).unwrap();
    let mut booster = Booster::new(&table, targets, None, &Objective::Squared, settings(), [0; 32]).unwrap();
    assert!(!booster.round());
    assert_eq!(booster.forest().scores(&table), Ok(vec![2.0; 3]));
}

#[test]
fn bad_input_is_refused() {
    let table = Matrix::new(&[1.0, 2.0], 1).unwrap();
    let new = |targets, weights, objective: Objective| {
        Booster::new(&table, targets, weights, &objective, Settings::default(), [0; 32]).err()
    };
    let (values, squared) = (Targets::values(&[1.0, 2.0]), Objective::Squared);
    assert_eq!(new(values.clone(), Some(&[1.0, 0.0]), squared.clone()), None);
    let refused = [
        new(Targets::values(&[1.0]), None, squared.clone()),
        new(Targets::values(&[1.0, f32::NAN]), None, squared.clone()),
        new(Targets::classes(&[0, 2], 2), None, Objective::Softmax),
        new(Targets::classes(&[0, 0], 1), None, Objective::Softmax),
        new(Targets::classes(&[0, 1], 2), None, squared.clone()),
        new(values.clone(), None, Objective::Softmax),
        new(values.clone(), None, Objective::Quantiles(vec![])),
        new(values.clone(), None, Objective::Quantiles(vec![0.5, 1.0])),
        new(values.clone(), Some(&[1.0]), squared.clone()),
        new(values.clone(), Some(&[1.0, -1.0]), squared.clone()),
        new(values.clone(), Some(&[0.0, 0.0]), squared),
    ];
    assert!(refused.iter().all(Option::is_some), "{refused:?}");
    let empty = Matrix::new(&[], 1).unwrap();
    let settings = Settings::default();
    let none = Booster::new(&empty, Targets::values(&[]), None, &Objective::Squared, settings, [0; 32]);
    assert_eq!(none.err(), Some(Error::NoRows));
}

#[test]
fn extreme_numbers_do_no_harm() {
    let x = [f32::MIN, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, 0.0, f32::MIN_POSITIVE];
    for y in [[f32::MAX, f32::MIN, f32::MAX, f32::MIN, 0.0, 1.0], [1e-40, 0.0, -1e-40, 1e-45, 0.0, 0.0]] {
        for objective in [Objective::Squared, Objective::Quantiles(vec![0.3])] {
            let settings = Settings { max_leaves: 9, min_hessian_in_leaf: 0.0, ..settings() };
            let forest = one_round(&x, Targets::values(&y), &objective, settings);
            let scores = forest.scores(&Matrix::new(&x, 1).unwrap()).unwrap();
            assert!(scores.iter().all(|score| score.is_finite()));
            assert_eq!(Forest::from_arrays(&forest.to_arrays().unwrap()), Ok(forest));
        }
    }
}

#[test]
fn damaged_trees_are_named() {
    let x: Vec<f32> = (0..8u8).map(f32::from).collect();
    let settings = Settings { max_leaves: 4, ..settings() };
    let forest = one_round(&x, Targets::values(&x), &Objective::Squared, settings);
    let damaged = |name: &str, damage: fn(&mut Array)| {
        let mut arrays = forest.to_arrays().unwrap();
        damage(arrays.iter_mut().find(|array| array.name == name).unwrap());
        arrays.reverse();
        Forest::from_arrays(&arrays)
    };
    let value = |name: &str, place: usize, damage: fn(&mut Array)| {
        let found = damaged(name, damage);
        let fits =
            matches!(&found, Err(ArrayError::Value { name: n, place: p, .. }) if *n == name && *p == place);
        assert!(fits, "{name}: {found:?}");
    };
    assert_eq!(damaged("features", |_| ()).as_ref(), Ok(&forest));
    value("left_children", 0, |array| array.values[0] = 0.0);
    value("right_children", 2, |array| array.values[2] = 1.0);
    value("left_children", 1, |array| array.values[1] = -5.0);
    value("left_children", 1, |array| array.values[1] = 1.5);
    value("right_children", 0, |array| array.values[0] = 3.0);
    value("features", 1, |array| array.values[1] = 1.0);
    value("missing_left", 0, |array| array.values[0] = 0.5);
    value("thresholds", 2, |array| array.values[2] = f32::NAN);
    value("leaf_values", 3, |array| array.values[3] = f32::INFINITY);
    value("tree_offsets", 0, |array| array.values[0] = 1.0);
    value("columns", 0, |array| array.values[0] = 0.0);
    value("columns", 0, |array| array.values[0] = 16_777_216.0);
    assert!(matches!(damaged("base_scores", |array| array.values.clear()), Err(ArrayError::Shape { .. })));
    assert!(matches!(damaged("gains", |array| array.shape = vec![1, 3]), Err(ArrayError::Shape { .. })));
    assert!(matches!(
        damaged("gains", |array| array.name.push('s')),
        Err(ArrayError::Missing { name: "gains" })
    ));
    let mut arrays = forest.to_arrays().unwrap();
    arrays.push(arrays[0].clone());
    assert_eq!(Forest::from_arrays(&arrays), Err(ArrayError::Unexpected { name: "columns".to_owned() }));
    assert!(matches!(Forest::from_arrays(&[]), Err(ArrayError::Missing { .. })));
}
