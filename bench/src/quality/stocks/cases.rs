//! All rows of a run, prepared as the run prepares them.

use anyhow::{Context as _, ensure};
use artifact_core::schema::{Preprocessing, Scope, SnapshotId, SplitPlan};
use artifact_core::{IndexSet, ObjectStore};
use data_loader::{
    DataParts, LabelMatrix, SequenceSet, Task, Whole, Windows, WithinWindow, features, load_panel, scalers,
};
use ndarray::{Array2, Array3};

/// The features and labels of some tickers on all rows, test rows included.
pub(super) struct Stocks {
    /// Scaled, `(tickers, rows, columns)`.
    features: Array3<f32>,
    within: Option<WithinWindow>,
    labels: LabelMatrix<Whole>,
    /// The labels in units of their standard deviation over the training rows, as models see them.
    values: Array2<f32>,
    windows: Windows,
}

impl Stocks {
    /// Prepares the rows of a snapshot by a split and a preprocessing that were made for them.
    ///
    /// # Errors
    ///
    /// If something else is predicted than the value of each ticker alone, or the rows cannot be prepared.
    pub(super) fn of(
        store: &dyn ObjectStore,
        snapshot: SnapshotId,
        split: &SplitPlan,
        preprocessing: &Preprocessing,
    ) -> anyhow::Result<Self> {
        let Preprocessing { labels: spec, scaler, scope, .. } = preprocessing;
        ensure!(
            *scope == Scope::Shared,
            "the run predicts all tickers at once; set training.scope = \"shared\""
        );
        ensure!(spec.permutation_seed.is_none(), "the run's labels are permuted; set labels.permute = false");
        ensure!(
            !preprocessing.ticker_embedding,
            "the peers do not tell tickers apart; set features.ticker_embedding = false"
        );
        let (parts, windows) = (DataParts::builtin(), Windows::from(split));
        let panel = load_panel(store, snapshot)?;
        ensure!(panel.tickers == preprocessing.tickers, "the preprocessing is of other tickers");
        let labels = LabelMatrix::of(&panel, &parts.targets.find(&spec.rule)?, windows.time_window)?;
        let values = labels.values().filter(|_| *labels.task() == Task::Value);
        let (values, scale) = values.zip(preprocessing.target_scale).with_context(|| {
            format!("the run's target is {}; the panel is for one that predicts a value", spec.rule)
        })?;
        // As `Dataset::prepare` divides, so that ties are the same.
        let values = values.mapv(|value| (f64::from(value) / scale) as f32);
        let chosen = parts.stored_features(preprocessing)?;
        let within =
            scalers::within_window(&parts.scalers.find(&scaler.kind)?, &features::column_names(&chosen)?)?;
        let matrix = features::compute(&panel, &chosen)?;
        let features =
            scalers::transform(scaler, matrix.values(), *scope, panel.ticker_count(), within.as_ref())?;
        Ok(Self { features, within, labels, values, windows })
    }

    /// The cases of some sequences of the split: its samples, each a ticker that has a label on a row.
    ///
    /// The type says that they are development rows, which is not so for those of the test: nothing is fitted on these here.
    pub(super) fn cases(&self, sequences: &IndexSet) -> SequenceSet<'_> {
        let (codes, returns) = (self.labels.codes(), self.labels.returns());
        SequenceSet::shared(self.features.view(), codes, returns, sequences, self.windows)
            .predicting(Task::Value, self.values.view())
            .within(self.within.clone())
    }

    /// Whether windows are scaled by their own values, so that a row alone says little.
    pub(super) fn scales_windows(&self) -> bool {
        self.within.is_some()
    }
}

/// The decision row and the value of each sample of a set, in order.
pub(super) fn answers(cases: &SequenceSet<'_>) -> impl Iterator<Item = (usize, f32)> {
    cases.samples().iter().map(|sample| {
        let values = cases.values_of(sample.position);
        (cases.decision_row(sample.position), values.map_or(f32::NAN, |values| values[sample.ticker]))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use artifact_core::schema::{Seal, SealId};
    use artifact_core::{MemoryStore, load};
    use data_loader::{Dataset, freeze};
    use settings::{Config, Preset};
    use std::fmt::Write as _;

    /// The rows of the panel, and the first row of the ticker that is listed late.
    pub(in super::super) const ROWS: usize = 60;
    pub(in super::super) const LISTED: usize = 20;

    /// The close of one of four tickers; the last one is listed late, and the third has a gap of ten rows.
    pub(in super::super) fn close(ticker: usize, row: usize) -> Option<f64> {
        let known = match ticker {
            2 => !(30..40).contains(&row),
            3 => row >= LISTED,
            _ => true,
        };
        known.then(|| {
            100.0 + 7.0 * libm::sin(0.37 * row as f64 * (1.0 + 0.21 * ticker as f64)) + ticker as f64
        })
    }

    /// A frozen panel with its split and preprocessing.
    pub(in super::super) fn frozen(
        settings: &str,
    ) -> anyhow::Result<(MemoryStore, SealId, SplitPlan, Preprocessing)> {
        let folder = tempfile::tempdir()?;
        let first = chrono::NaiveDate::default();
        let mut files = Vec::new();
        for ticker in 0..4 {
            let mut text = "date,open,high,low,close,volume\n".to_owned();
            for (row, date) in first.iter_days().take(ROWS).enumerate() {
                if let Some(close) = close(ticker, row) {
                    writeln!(text, "{date},{close},{close},{close},{close},{}", 1000 + row)?;
                }
            }
            let path = folder.path().join(format!("T{ticker}.csv"));
            std::fs::write(&path, text)?;
            files.push(path);
        }
        let settings = format!(
            "data.source = 'csv'\ndata.period = 'max'\ndata.files = {files:?}\nfeatures.set = 'close'\n\
             labels.time_window = 2\nsplit.validation_ratio = 0.2\n{settings}"
        );
        let config = Config::from_toml(Preset::Default, &settings, "run.toml")?;
        let (store, parts) = (MemoryStore::default(), DataParts::builtin());
        let (id, seal) = freeze(&store, &config, &parts)?;
        let dataset = Dataset::development(&store, &seal, &parts.recipe(&config)?)?;
        let windows = Windows { seq_length: 1, time_window: 2 };
        let planned = dataset.store_plan(&store, &seal, &config, windows)?;
        Ok((store, id, planned.split, planned.preprocessing))
    }

    pub(in super::super) const LABELS: &str =
        "labels.rule = { name = 'forward_return', entry = 'next_close', form = 'zscore' }";

    pub(in super::super) fn stocks() -> anyhow::Result<(Stocks, SplitPlan)> {
        let (store, id, split, preprocessing) = frozen(LABELS)?;
        let seal: Seal = load(&store, id)?;
        Ok((Stocks::of(&store, seal.snapshot, &split, &preprocessing)?, split))
    }

    #[test]
    fn the_parts_hold_every_ticker_with_a_label() -> anyhow::Result<()> {
        let (stocks, split) = stocks()?;
        // The first test row is 48, the first validation row 38. The label of row d reads d to d + 2.
        assert_eq!((split.validation_row, split.split_row), (38, 48));
        let rows = |sequences: &IndexSet| sequences.iter().collect::<Vec<_>>();
        assert_eq!(rows(&split.train), (0..36).collect::<Vec<_>>());
        assert_eq!(rows(&split.validation), (38..46).collect::<Vec<_>>());
        assert_eq!(rows(&split.test), (48..58).collect::<Vec<_>>());
        // A gap is filled for five rows, 30 to 34. A row has a label where its own close and both after it are known.
        let filled = |ticker, row| close(ticker, row).is_some() || (ticker == 2 && row < 35);
        let labelled = |ticker: usize, row: usize| (row..row + 3).all(|row| filled(ticker, row));
        for sequences in [&split.train, &split.validation, &split.test] {
            let cases = stocks.cases(sequences);
            let found: Vec<_> =
                cases.samples().iter().map(|own| (cases.decision_row(own.position), own.ticker)).collect();
            let all = sequences.iter().flat_map(|row| (0..4).map(move |ticker| (row, ticker)));
            assert_eq!(found, all.filter(|&(row, ticker)| labelled(ticker, row)).collect::<Vec<_>>());
            assert!(answers(&cases).all(|(_, value)| value.is_finite()));
        }
        Ok(())
    }

    #[test]
    fn labels_are_standardised_returns_of_the_next_row() -> anyhow::Result<()> {
        let (stocks, split) = stocks()?;
        let cases = stocks.cases(&split.test);
        let change = |ticker: usize| {
            let [entry, end] = [49, 50].map(|row| close(ticker, row).unwrap_or(f64::NAN));
            end / entry - 1.0
        };
        let returns: Vec<f64> = (0..4).map(change).collect();
        let mean = returns.iter().sum::<f64>() / 4.0;
        let found: Vec<f64> = answers(&cases).take(4).map(|(_, value)| f64::from(value)).collect();
        for (value, change) in found.iter().zip(&returns) {
            let ratio = value / found[0] - (change - mean) / (returns[0] - mean);
            assert!(ratio.abs() < 1e-4, "{found:?} of {returns:?}");
        }
        Ok(())
    }

    #[test]
    fn runs_of_another_task_are_refused() -> anyhow::Result<()> {
        for settings in [
            "labels.rule = 'horizon'",
            &format!("{LABELS}\ntraining.scope = 'joint'"),
            &format!("{LABELS}\nlabels.permute = true"),
            "labels.rule = 'quantiles'",
        ] {
            let (store, id, split, preprocessing) = frozen(settings)?;
            let seal: Seal = load(&store, id)?;
            assert!(Stocks::of(&store, seal.snapshot, &split, &preprocessing).is_err(), "{settings}");
        }
        Ok(())
    }
}
