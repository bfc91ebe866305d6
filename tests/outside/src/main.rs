//! A complete `holdfast` program with a user's own parts, built on the public library alone.

use holdfast::prelude::*;

/// The mean opening gap of the last rows, relative to the close before.
struct Gap;

impl Part for Gap {
    fn declaration(&self) -> Declaration {
        Declaration::new("gap", "Mean opening gap of the last rows.")
            .parameter(Parameter::size("smooth", "Rows in the mean.").default(1))
    }
}

impl Feature for Gap {
    fn columns(&self, _params: &Params) -> Vec<String> {
        vec!["gap".to_owned()]
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        let smooth = params.size("smooth").unwrap_or(1);
        let gap = |row: usize| bars.open()[row] / bars.close()[row - 1] - 1.0;
        let mean = |row: usize| match row.checked_sub(smooth) {
            Some(before) => (before + 1..=row).map(gap).sum::<f64>() / smooth as f64,
            None => 0.0,
        };
        vec![(0..bars.rows()).map(mean).collect()]
    }
}

/// Accuracy in excess of always predicting Hold.
struct HoldRateSkill;

impl Part for HoldRateSkill {
    fn declaration(&self) -> Declaration {
        Declaration::new("hold_rate_skill", "Accuracy less the share of Hold.")
    }
}

impl Metric for HoldRateSkill {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        let hold: u64 = evaluation.confusion[0].iter().sum();
        evaluation.accuracy - hold as f64 / evaluation.samples.max(1) as f64
    }
}

/// Contiguous blocks, as k-fold cross-validation cuts them.
struct Halves;

impl Part for Halves {
    fn declaration(&self) -> Declaration {
        Declaration::new("halves", "Contiguous blocks.")
            .parameter(Parameter::int("folds", "Number of folds.", 2, 10).default(2))
    }
}

impl Splitter for Halves {
    fn fold_count(&self, params: &Params) -> Option<usize> {
        params.size("folds")
    }

    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let folds = params.size("folds").unwrap_or(2);
        let sequences: Vec<usize> = development.iter().collect();
        let fold = |number: usize| {
            let at = |fold: usize| fold * sequences.len() / folds;
            let evaluated: IndexSet = sequences[at(number - 1)..at(number)].iter().copied().collect();
            let others = development.iter().filter(|&sequence| !evaluated.contains(sequence)).collect();
            Fold { number, train: purge(&others, &evaluated, windows, separation), evaluated }
        };
        Ok((1..=folds).map(fold).collect())
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_feature(Gap).with_metric(HoldRateSkill).with_splitter(Halves))
}
