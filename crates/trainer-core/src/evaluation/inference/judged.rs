//! What is judged: the figures of one contender, row by row.

use super::contender::Contender;
use super::figure::{
    Correlation, MeanOverDeviation, Named, OfConfusion, Ratio, RowFigure, balanced_accuracy, macro_f1,
    matthews,
};
use crate::evaluation::numbers::NumberRow;
use crate::evaluation::row_losses::{labelled, row_losses};
use crate::evaluation::{BaseRates, Strategy, numbers, predictor};
use crate::loss::class_of;
use data_loader::{SequenceSet, Subset, Task};

/// The figures over the decision rows that have a valid label, in order.
pub(super) fn of_rows<P: Subset>(
    contender: &Contender<'_>,
    set: &SequenceSet<'_, P>,
    base_rates: &BaseRates,
) -> Named {
    let predict = predictor(contender.predictions.view(), set.task(), contender.decision);
    let (mut cells, mut pooled) = (Vec::new(), Vec::new());
    let (mut right, mut counts) = (vec![], vec![]);
    let decided = labelled(set);
    for &position in &decided {
        let (mut own, mut hits) = (Vec::new(), 0.0);
        for (ticker, &label) in set.labels_of(position).iter().enumerate() {
            let Some(truth) = class_of(label) else { continue };
            let predicted = predict(position, ticker);
            own.push((ticker, truth, predicted.class));
            hits += f64::from(u8::from(truth == predicted.class));
        }
        right.push(hits);
        counts.push(own.len() as f64);
        pooled.push(own.iter().map(|&(_, truth, predicted)| (0, truth, predicted)).collect::<Vec<_>>());
        cells.push(own);
    }
    let groups = set.ticker_count();
    let over_all = |figure| Box::new(OfConfusion { samples: pooled.clone(), groups: 1, figure });
    let mut figures: Named = vec![
        ("mcc", Box::new(OfConfusion { samples: cells, groups, figure: matthews })),
        ("mcc_pooled", over_all(matthews)),
        ("accuracy", Box::new(Ratio::mean(right, counts.clone()))),
        ("balanced_accuracy", over_all(balanced_accuracy)),
        ("macro_f1", over_all(macro_f1)),
    ];
    match set.task() {
        Task::Classes => {
            let rows = row_losses(contender.predictions.view(), set, base_rates);
            let (losses, of_base_rates): (Vec<f64>, Vec<f64>) =
                rows.iter().map(|row| (row.loss, row.of_base)).unzip();
            figures.push(("log_loss", Box::new(Ratio::mean(losses.clone(), counts))));
            figures.push(("log_loss_skill", Box::new(Ratio::skill(losses, of_base_rates))));
        }
        Task::Value | Task::Quantiles(_) => {
            let rows = numbers::rows(contender.predictions.view(), set, &decided);
            figures.extend(of_numbers(&rows, matches!(set.task(), Task::Quantiles(_))));
        }
    }
    figures
}

/// The figures of predicted numbers.
fn of_numbers(rows: &[NumberRow], quantiles: bool) -> Named {
    let column = |of: &dyn Fn(&NumberRow) -> f64| -> Vec<f64> { rows.iter().map(of).collect() };
    let dates = column(&|row| f64::from(u8::from(row.coefficients.is_some())));
    let counts = column(&|row| row.pairs.len() as f64);
    let of_dates = |of: fn(&(f64, f64)) -> f64| {
        let all = column(&|row| row.coefficients.as_ref().map_or(0.0, of));
        let known: Vec<f64> = rows.iter().filter_map(|row| row.coefficients.as_ref().map(of)).collect();
        (Box::new(Ratio::mean(all, dates.clone())), (known.len() == rows.len()).then_some(known))
    };
    let mut figures: Named = Vec::new();
    for (name, ratio, of) in [
        ("numbers.rank_ic", "numbers.rank_icir", (|pair| pair.1) as fn(&(f64, f64)) -> f64),
        ("numbers.ic", "numbers.icir", |pair| pair.0),
    ] {
        let (mean, known) = of_dates(of);
        figures.push((name, mean));
        // Rows without a coefficient would have to be left out of resamples: then there is no interval.
        if let Some(values) = known {
            figures.push((ratio, Box::new(MeanOverDeviation { values, scale: 1.0 })));
        }
    }
    let pairs = rows.iter().map(|row| row.pairs.clone()).collect();
    figures.push(("numbers.correlation", Box::new(Correlation { pairs })));
    let losses = column(&|row| row.loss);
    figures.push(("numbers.skill", Box::new(Ratio::skill(losses.clone(), column(&|row| row.loss_of_zero)))));
    figures.push(("numbers.loss", Box::new(Ratio::mean(losses, counts.clone()))));
    if quantiles {
        figures.push(("numbers.coverage", Box::new(Ratio::mean(column(&|row| row.covered as f64), counts))));
    }
    figures
}

/// The figures over the bars of a strategy.
pub(super) fn of_bars(strategy: &Strategy) -> Named {
    let mut figures = of_returns(&strategy.returns(), strategy.bars_per_year());
    let bars = vec![1.0; strategy.rows().len()];
    figures.push(("strategy.turnover", Box::new(Ratio::mean(strategy.traded().to_vec(), bars))));
    figures
}

/// The figures of returns, bar by bar.
pub(super) fn of_returns(returns: &[f64], bars_per_year: f64) -> Named {
    let mean: Box<dyn RowFigure> = Box::new(Ratio::mean(returns.to_vec(), vec![1.0; returns.len()]));
    let sharpe = MeanOverDeviation { values: returns.to_vec(), scale: bars_per_year.sqrt() };
    vec![("strategy.mean_return", mean), ("strategy.sharpe", Box::new(sharpe))]
}
