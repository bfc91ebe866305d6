use super::figure::RowFigure;
use super::figure::{
    Correlation, MeanOverDeviation, OfConfusion, Ratio, balanced_accuracy, macro_f1, matthews,
};
use super::*;
use crate::decision::Decision;
use crate::evaluation::BaseRates;
use crate::evaluation::{Costs, Scoring, evaluate};
use artifact_core::IndexSet;
use artifact_core::schema::CLASSES;
use artifact_core::schema::Spread;
use data_loader::{LabelMatrix, Panel, Task, Windows};
use ndarray::{Array2, Array3};
use proptest::prelude::*;
use settings::part::PartSetting;

/// Numbers without any relation.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

/// Bars of a random walk.
fn walk(rows: usize, tickers: usize, seed: usize) -> Panel {
    let mut close = Array2::from_elem((rows, tickers), 100.0);
    for row in 1..rows {
        for ticker in 0..tickers {
            close[[row, ticker]] =
                close[[row - 1, ticker]] * (1.0 + 0.04 * noise(seed * 1_000_003 + row * tickers + ticker));
        }
    }
    let open = |row: usize, ticker: usize| close[[row.saturating_sub(1), ticker]];
    let values = Array3::from_shape_fn((rows, tickers, 5), |(row, ticker, column)| match column {
        0 => open(row, ticker),
        1 => close[[row, ticker]].max(open(row, ticker)),
        2 => close[[row, ticker]].min(open(row, ticker)),
        3 => close[[row, ticker]],
        _ => 1000.0,
    });
    let names = (0..tickers).map(|ticker| format!("T{ticker}")).collect();
    Panel::new(names, chrono::NaiveDate::default().iter_days().take(rows).collect(), values).unwrap()
}

/// What a set of a panel's labels is judged by.
struct Judging {
    panel: Panel,
    labels: LabelMatrix<data_loader::Whole>,
    features: Array2<f32>,
    windows: Windows,
}

impl Judging {
    fn of(panel: Panel, target: &PartSetting, time_window: usize) -> Self {
        let target = data_loader::targets::builtin().choose(target).unwrap();
        let labels = LabelMatrix::of(&panel, &target, time_window).unwrap();
        let features = Array2::zeros((panel.rows(), 1));
        Self { panel, labels, features, windows: Windows { seq_length: 1, time_window } }
    }

    fn set(&self, rows: std::ops::Range<usize>) -> SequenceSet<'_> {
        let indices = IndexSet::from_range(rows);
        SequenceSet::labelled(self.features.view(), &self.labels, &indices, self.windows).priced(&self.panel)
    }
}

fn predictions(set: &SequenceSet<'_>, value: impl Fn(usize, usize, usize) -> f64) -> Array3<f32> {
    let shape = (set.len(), set.ticker_count(), set.task().width());
    let mut values = Array3::from_shape_fn(shape, |(row, ticker, place)| value(row, ticker, place) as f32);
    if set.task().is_classes() {
        for mut sample in values.rows_mut() {
            let sum = sample.sum();
            sample.mapv_inplace(|own| own / sum);
        }
    }
    values
}

/// The figures' values on all rows are those of an evaluation, by the same names.
fn same_as_evaluated(target: &PartSetting, value: impl Fn(usize, usize, usize) -> f64) {
    let judging = Judging::of(walk(160, 3, 5), target, 4);
    let (train, set) = (judging.set(0..60), judging.set(70..150));
    let rates = BaseRates::of(&train);
    let found = predictions(&set, value);
    let costs = Costs { spread_bps: Spread::Same(3.0), ..Costs::per_side(7.0) };
    let scoring = Scoring { base_rates: Some(&rates), ..Scoring::plain(&costs) };
    let evaluation = serde_json::to_value(evaluate(found.view(), &set, &scoring)).unwrap();
    let contender =
        Contender { name: "model", predictions: found.view(), decision: &Decision::MOST_PROBABLE };
    let strategy = strategy(found.view(), &set, &Decision::MOST_PROBABLE, &costs).unwrap();
    let mut names = Vec::new();
    for (name, figure) in of_rows(&contender, &set, &rates).iter().chain(&of_bars(&strategy)) {
        let all: Vec<usize> = (0..figure.rows()).collect();
        let own = figure.on(&all).unwrap_or_else(|| panic!("{name} is undefined"));
        let stated = evaluation.pointer(&format!("/{}", name.replace('.', "/"))).unwrap().as_f64().unwrap();
        assert!((own.value - stated).abs() < 1e-9, "{name}: {} against {stated}", own.value);
        names.push(*name);
    }
    let expected = if set.task().is_classes() { 10 } else { 13 };
    assert!(names.len() >= expected, "{names:?}");
}

#[test]
fn figures_are_those_of_an_evaluation() {
    let any = |row: usize, ticker: usize, place: usize| 0.6 + noise(row * 31 + ticker * 7 + place);
    same_as_evaluated(&PartSetting::named("horizon").with("threshold", 0.01), any);
    same_as_evaluated(&PartSetting::named("forward_return"), |row, ticker, _| noise(row * 3 + ticker));
}

/// A row's influence is the slope of the figure with respect to how often the row counts.
fn slopes_match(figure: &dyn RowFigure) {
    let rows = figure.rows();
    // Every row a thousand times, but for one more or less of the row in question.
    let times = 1000;
    let with = |row: usize, more: usize| {
        let picks: Vec<usize> = (0..rows)
            .flat_map(|own| std::iter::repeat_n(own, times + usize::from(own == row) * more))
            .collect();
        figure.on(&picks).unwrap().value
    };
    let all: Vec<usize> = (0..rows).collect();
    let found = figure.on(&all).unwrap();
    for row in 0..rows {
        let slope = (with(row, 1) - with(row, 0)) * (rows * times) as f64;
        let influence = found.influence[row];
        assert!((slope - influence).abs() < 2e-2 * (1.0 + influence.abs()), "row {row}: {slope} {influence}");
    }
}

#[test]
fn influences_are_slopes() {
    let class = |row: usize, salt: usize| ((noise(row * 5 + salt) + 0.5) * CLASSES as f64) as usize;
    let samples: Vec<Vec<(usize, usize, usize)>> = (0..14)
        .map(|row| {
            (0..2).map(|ticker| (ticker, class(row * 2 + ticker, 1), class(row * 2 + ticker, 2))).collect()
        })
        .collect();
    for figure in [matthews, balanced_accuracy, macro_f1] {
        slopes_match(&OfConfusion { samples: samples.clone(), groups: 2, figure });
    }
    let values: Vec<f64> = (0..14).map(noise).collect();
    let ones: Vec<f64> = (0..14).map(|row| 1.0 + (row % 3) as f64).collect();
    slopes_match(&Ratio::mean(values.clone(), ones.clone()));
    slopes_match(&Ratio::skill(values.clone(), ones));
    slopes_match(&MeanOverDeviation { values: values.clone(), scale: 4.0 });
    let pairs =
        (0..14).map(|row| vec![(noise(row), noise(row + 50)), (noise(row + 99), noise(row))]).collect();
    slopes_match(&Correlation { pairs });
}

#[test]
fn a_class_that_is_never_true_or_always_predicted_moves_nothing() {
    let always = |_: usize| vec![(0, 1, 1), (0, 2, 1)];
    let constant = OfConfusion { samples: (0..5).map(always).collect(), groups: 1, figure: matthews };
    let found = constant.on(&[0, 1, 2, 3, 4]).unwrap();
    assert_eq!((found.value, found.influence), (0.0, vec![0.0; 5]));
    let single = OfConfusion { samples: vec![vec![(0, 1, 1)], vec![(0, 1, 2)]], groups: 1, figure: matthews };
    assert!(single.on(&[0, 1]).is_none());
    assert!(Ratio::mean(vec![1.0], vec![0.0]).on(&[0]).is_none());
    assert!(MeanOverDeviation { values: vec![0.1; 4], scale: 1.0 }.on(&[0, 1, 2, 3]).is_none());
}

fn judged(signal: f64, seed: usize) -> Inference {
    let judging = Judging::of(walk(200, 2, seed), &PartSetting::named("horizon").with("threshold", 0.01), 3);
    let (train, set) = (judging.set(0..60), judging.set(70..190));
    let rates = BaseRates::of(&train);
    let label = |row: usize, ticker: usize| set.labels_of(row)[ticker];
    let found = predictions(&set, |row, ticker, place| {
        let hit = label(row, ticker) == place as i8;
        0.6 + noise(row * 31 + ticker * 7 + place + seed * 77) + if hit { signal } else { 0.0 }
    });
    let majority = rates.ticker_majority(&set);
    let decision = &Decision::MOST_PROBABLE;
    let model = Contender { name: "model", predictions: found.view(), decision };
    let baseline = Contender { name: TestMetrics::TICKER_MAJORITY, predictions: majority.view(), decision };
    let terms = Terms { base_rates: &rates, costs: Costs::FREE, seeds: [[seed as u8; 32], [7; 32]] };
    infer(&model, &[baseline], &set, &terms)
}

#[test]
fn skill_is_told_from_chance() {
    let found = judged(0.3, 1);
    assert_eq!((found.level, found.resamples, found.block_rows), (0.95, 1000, 6.0));
    let mcc = found.of("mcc").unwrap();
    assert!(mcc.low > 0.0 && mcc.low < mcc.value && mcc.value < mcc.high, "{mcc:?}");
    assert!(found.difference(TestMetrics::TICKER_MAJORITY, "log_loss").unwrap().high < 0.0);
    let earned = found.difference(TestMetrics::BUY_AND_HOLD, "strategy.mean_return").unwrap();
    assert!(earned.excludes_zero(), "{earned:?}");
    assert!(found.probabilistic_sharpe.unwrap() > 0.99 && found.minimum_track_record.unwrap() > 1.0);
    assert_eq!(found, judged(0.3, 1), "the same seeds give the same resamples");
    assert!(found.difference(TestMetrics::BUY_AND_HOLD, "mcc").is_none(), "it predicts nothing");
}

/// On noise the interval of the correlation, whose true value is 0, holds it about as often as it says.
#[test]
fn intervals_on_noise_hold_the_truth() {
    let held = (0..60).filter(|&seed| !judged(0.0, seed).of("mcc").unwrap().excludes_zero()).count();
    // 95 % of 60 is 57; two standard errors are 3.4.
    assert!((52..=60).contains(&held), "{held} of 60");
}

proptest! {
    #[test]
    fn the_correlation_of_a_matrix_is_that_of_an_evaluation(cells in [[0_u64..20, 0..20, 0..20], [0..20, 0..20, 0..20], [0..20, 0..20, 0..20]]) {
        let evaluated: artifact_core::schema::Evaluation = {
            let count: u64 = cells.iter().flatten().sum();
            let labels = Array2::from_shape_vec((count as usize, 1), cells.iter().enumerate().flat_map(|(truth, row)| {
                std::iter::repeat_n(truth as i8, row.iter().sum::<u64>() as usize)
            }).collect()).unwrap();
            let predicted: Vec<usize> = cells.iter().flat_map(|row| row.iter().enumerate().flat_map(|(class, &count)| {
                std::iter::repeat_n(class, count as usize)
            })).collect();
            let (features, returns) = (Array2::zeros((labels.nrows(), 1)), Array2::zeros(labels.dim()));
            let set = crate::evaluation::tests::sequences(&features, &labels, &returns, 1);
            prop_assert_eq!(set.task(), &Task::Classes);
            let certain = Array3::from_shape_fn((labels.nrows(), 1, CLASSES), |(row, _, class)| {
                f32::from(u8::from(predicted[row] == class))
            });
            evaluate(certain.view(), &set, &Scoring::plain(Costs::FREE))
        };
        let found = matthews(&cells.map(|row| row.map(|count| count as f64))).map(|(value, _)| value);
        prop_assert_eq!(found.is_some(), evaluated.mcc.is_some());
        prop_assert!((found.unwrap_or(0.0) - evaluated.mcc.unwrap_or(0.0)).abs() < 1e-12);
    }
}
