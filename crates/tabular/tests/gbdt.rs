//! Training of gradient-boosted trees through the public interface.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use tabular::gbdt::{Array, Booster, Error, Forest, Objective, Settings};
use tabular::{Matrix, Table, Targets};

const COLUMNS: usize = 9;
const SEED: [u8; 32] = [7; 32];

/// Numbers from 0 to below 1, each a pure function of its place.
fn uniform(place: usize) -> f32 {
    let mut z = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((z ^ (z >> 27)) >> 40) as f32 / 16_777_216.0
}

/// Rows with some numbers missing, a constant column and a column of few distinct numbers.
fn cells(rows: usize) -> Vec<f32> {
    let cell = |place: usize| match place % COLUMNS {
        4 => 2.5,
        6 if uniform(place + 1_000_000) < 0.2 => f32::NAN,
        7 => (uniform(place) * 4.0).floor(),
        _ => uniform(place),
    };
    (0..rows * COLUMNS).map(cell).collect()
}

fn values(cells: &[f32]) -> Vec<f32> {
    let value = |(row, x): (usize, &[f32])| {
        let missing = if x[6].is_nan() { 0.7 } else { x[6] };
        x[0] * x[1] + missing * 0.5 + 0.3 * x[7] + 0.3 * uniform(row + 5_000_000)
    };
    cells.chunks_exact(COLUMNS).enumerate().map(value).collect()
}

fn classes(cells: &[f32]) -> Vec<u8> {
    values(cells).into_iter().map(|value| u8::from(value > 0.8) + u8::from(value > 1.2)).collect()
}

fn settings() -> Settings {
    Settings { max_leaves: 8, feature_fraction: 0.6, row_fraction: 0.7, ..Settings::default() }
}

fn objectives() -> [Objective; 3] {
    [Objective::Softmax, Objective::Squared, Objective::Quantiles(vec![0.2, 0.7])]
}

/// Runs with the targets that an objective needs.
fn with_targets<T>(objective: &Objective, cells: &[f32], run: impl FnOnce(Targets) -> T) -> T {
    match objective {
        Objective::Softmax => run(Targets::classes(&classes(cells), 3)),
        _ => run(Targets::values(&values(cells))),
    }
}

fn train(objective: &Objective, cells: &[f32], settings: Settings, rounds: usize) -> Forest {
    with_targets(objective, cells, |targets| {
        let table = Matrix::new(cells, COLUMNS).unwrap();
        let mut booster = Booster::new(&table, targets, None, objective, settings, SEED).unwrap();
        (0..rounds).for_each(|_| {
            booster.round();
        });
        booster.into_forest()
    })
}

/// The FNV-1a hash of all numbers of a forest.
fn hash(forest: &Forest) -> u64 {
    let arrays = forest.to_arrays().unwrap();
    let bytes = arrays.iter().flat_map(|array| &array.values).flat_map(|value| value.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[test]
fn bits_are_the_same_for_any_number_of_threads_and_on_any_machine() {
    let cells = cells(9001);
    for threads in [1, 2, 3, 8] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let hashes = objectives().map(|one| pool.install(|| hash(&train(&one, &cells, settings(), 5))));
        let expected = [0xa978_65e1_0857_63eb, 0xde09_7d05_0d98_7385, 0x158a_7d41_6e31_499a];
        assert_eq!(hashes, expected, "{hashes:#x?} with {threads} threads");
    }
}

#[test]
fn resuming_gives_the_bits_of_an_uninterrupted_training() {
    let cells = cells(700);
    let table = Matrix::new(&cells, COLUMNS).unwrap();
    for objective in objectives() {
        let whole = train(&objective, &cells, settings(), 9);
        let half = Forest::from_arrays(&whole.truncated(4).to_arrays().unwrap()).unwrap();
        assert_eq!(half.rounds(), 4);
        with_targets(&objective, &cells, |targets| {
            let mut booster =
                Booster::resume(&table, targets.clone(), None, &objective, settings(), SEED, half).unwrap();
            (0..5).for_each(|_| assert!(booster.round()));
            assert_eq!(booster.forest(), &whole);
            let loss = objective.loss(targets, None, &whole.scores(&table).unwrap()).unwrap();
            assert_eq!(booster.loss(), loss);
        });
    }
}

#[test]
fn scores_may_be_extended_round_by_round() {
    let cells = cells(500);
    let table = Matrix::new(&cells, COLUMNS).unwrap();
    for objective in objectives() {
        let forest = train(&objective, &cells, settings(), 7);
        let mut scores = forest.starting_scores(table.rows());
        for round in 0..7 {
            forest.add_scores(round..round + 1, &table, &mut scores).unwrap();
            assert_eq!(scores, forest.truncated(round + 1).scores(&table).unwrap());
        }
        let splits: usize = forest.importance().iter().map(|column| column.splits).sum();
        assert!(splits > 7 * forest.outputs() && splits <= 7 * 7 * forest.outputs());
        assert_eq!(forest.importance()[4].splits, 0);
        assert!(forest.importance().iter().all(|column| column.gain >= 0.0));
        assert_eq!(
            forest.add_scores(3..8, &table, &mut scores),
            Err(Error::Rounds { start: 3, end: 8, rounds: 7 })
        );
        let narrow = Matrix::new(&cells[..500], 5).unwrap();
        assert!(matches!(forest.scores(&narrow), Err(Error::Length { what: "columns", .. })));
        assert!(forest.add_scores(0..1, &table, &mut scores[1..]).is_err());
    }
}

#[test]
fn the_training_loss_never_rises() {
    let cells = cells(1500);
    let table = Matrix::new(&cells, COLUMNS).unwrap();
    for objective in objectives() {
        with_targets(&objective, &cells, |targets| {
            let settings = Settings { learning_rate: 0.3, ..Settings::default() };
            let mut booster = Booster::new(&table, targets, None, &objective, settings, SEED).unwrap();
            let first = booster.loss();
            let mut before = first;
            for _ in 0..20 {
                booster.round();
                let loss = booster.loss();
                assert!(loss <= before, "{objective:?}: {loss} after {before}");
                before = loss;
            }
            assert!(before < 0.6 * first, "{objective:?}: {before} after {first}");
        });
    }
}

#[test]
fn a_weight_of_two_is_a_doubled_row() {
    let cells = cells(600);
    let weights: Vec<f32> = (0..600u16).map(|row| f32::from(1 + u8::from(row % 3 == 0))).collect();
    let rows = cells.chunks_exact(COLUMNS).zip(&weights);
    let doubled: Vec<f32> = rows.flat_map(|(row, &weight)| row.repeat(weight as usize)).collect();
    // With these limits, nothing depends on the number of rows.
    let settings =
        Settings { min_rows_in_leaf: 1, min_hessian_in_leaf: 5.0, max_leaves: 6, ..Settings::default() };
    // Targets must not depend on the place of a row.
    let value = |x: &[f32]| x[0] * x[1] + x[2] * 0.5;
    let single_values: Vec<f32> = cells.chunks_exact(COLUMNS).map(value).collect();
    let doubled_values: Vec<f32> = doubled.chunks_exact(COLUMNS).map(value).collect();
    let class = |value: &f32| u8::from(*value > 0.4) + u8::from(*value > 0.7);
    let single_classes: Vec<u8> = single_values.iter().map(class).collect();
    let doubled_classes: Vec<u8> = doubled_values.iter().map(class).collect();
    // 600 distinct numbers would be sorted into other bins when some occur twice.
    let round_off = |cells: &[f32]| cells.iter().map(|cell| (cell * 64.0).floor()).collect::<Vec<_>>();
    let (single, doubled) = (round_off(&cells), round_off(&doubled));
    for objective in objectives() {
        let is_classes = objective == Objective::Softmax;
        let run = |cells: &[f32], values: &[f32], classes: &[u8], weights: Option<&[f32]>| {
            let table = Matrix::new(cells, COLUMNS).unwrap();
            let targets = match is_classes {
                true => Targets::classes(classes, 3),
                false => Targets::values(values),
            };
            let mut booster =
                Booster::new(&table, targets, weights, &objective, settings.clone(), SEED).unwrap();
            (0..10).for_each(|_| assert!(booster.round()));
            (booster.loss(), booster.forest().scores(&Matrix::new(&single, COLUMNS).unwrap()).unwrap())
        };
        let weighted = run(&single, &single_values, &single_classes, Some(&weights));
        let repeated = run(&doubled, &doubled_values, &doubled_classes, None);
        assert!((weighted.0 - repeated.0).abs() < 1e-6, "{objective:?}");
        let pairs = weighted.1.iter().zip(&repeated.1);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5), "{objective:?}");
    }
}

#[test]
fn rows_of_weight_zero_take_no_part() {
    let cells = cells(400);
    let mut values = values(&cells);
    let table = Matrix::new(&cells, COLUMNS).unwrap();
    let weights: Vec<f32> = (0..400u16).map(|row| f32::from(u8::from(row % 4 != 0))).collect();
    let forest = |values: &[f32]| {
        let (targets, settings) = (Targets::values(values), Settings::default());
        let mut booster =
            Booster::new(&table, targets, Some(&weights), &Objective::Squared, settings, SEED).unwrap();
        booster.round();
        booster.into_forest()
    };
    let before = forest(&values);
    values.iter_mut().step_by(4).for_each(|value| *value = 1e9);
    assert_eq!(before, forest(&values));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_arrays_are_refused_or_score_every_row(
        damage in prop::collection::vec((0usize..10, any::<prop::sample::Index>(), damage()), 1..3),
        cut in prop::option::of((0usize..10, any::<bool>())),
    ) {
        let cells = cells(200);
        let mut arrays = train(&Objective::Squared, &cells, settings(), 3).to_arrays().unwrap();
        for (array, place, value) in damage {
            let values = &mut arrays[array].values;
            let place = place.index(values.len());
            values[place] = value;
        }
        if let Some((array, longer)) = cut {
            let Array { shape, values, .. } = &mut arrays[array];
            if longer { values.push(0.0) } else { values.truncate(values.len() - 1) }
            *shape = vec![values.len()];
        }
        if let Ok(forest) = Forest::from_arrays(&arrays) {
            let rows = [vec![f32::NAN; forest.columns()], vec![0.5; forest.columns()]].concat();
            if let Some(table) = Matrix::new(&rows, forest.columns()) {
                prop_assert!(forest.scores(&table).unwrap().iter().all(|score| !score.is_nan()));
            }
            prop_assert_eq!(Forest::from_arrays(&forest.to_arrays().unwrap()).unwrap(), forest);
        }
    }
}

fn damage() -> impl Strategy<Value = f32> {
    prop_oneof![
        (-9i8..9).prop_map(f32::from),
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(0.5),
        Just(-0.0),
        Just(3e9),
        Just(-3e9),
        Just(16_777_215.0),
    ]
}
