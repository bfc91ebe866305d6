//! Which fit a checkpoint belongs to.

use crate::ENGINE_VERSION;
use crate::config::FitConfig;
use crate::model::Layout;
use artifact_core::Digest;
use artifact_core::seed::FitSeed;
use data_loader::{Labels, SequenceSet, Windows};
use std::borrow::Cow;

/// A digest of everything that determines a fit's bits: engine, settings, seed, layout and data.
///
/// It hashes the `Debug` form, which prints floats exactly but may change between builds. That only costs a restart: a
/// checkpoint whose identity differs is discarded.
pub(crate) fn fit_identity(
    config: &FitConfig,
    seed: FitSeed,
    layout: Option<&Layout>,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
) -> Digest {
    let data = (of_set(train), validation.map(of_set));
    // The `Debug` form of the model omits parameters at their defaults, and a later version may change a default.
    let params = &config.model.params;
    Digest::of(format!("{ENGINE_VERSION} {config:?} {params:?} {seed:?} {layout:?} {data:?}").as_bytes())
}

/// The digest of a set's indices, features, labels and returns.
fn of_set(set: &SequenceSet<'_>) -> Digest {
    let Windows { seq_length, time_window } = set.windows;
    let width = set.feature_count() - set.ticker_columns();
    let (tickers, indices) = (set.ticker_count(), &set.indices);
    let mut bytes =
        format!("{seq_length} {time_window} {width} {tickers} {indices:?} {:?} ", set.task()).into_bytes();
    // The next row of each ticker's block that is not hashed yet: windows of one block overlap and ascend, and each of
    // its rows is hashed once, however many windows contain it.
    let mut read = vec![0; tickers];
    let mut labels = Labels::default();
    for (number, sample) in set.samples().iter().enumerate() {
        let end = set.indices[sample.position] + seq_length;
        let new_rows = (end - read[sample.ticker]).min(seq_length);
        read[sample.ticker] = end;
        let window = set.unscaled_window(number);
        bytes.extend((sample.ticker as u64).to_le_bytes());
        bytes.extend(window[window.len() - new_rows * width..].iter().flat_map(|value| value.to_le_bytes()));
        set.gather_labels(&[number], &mut labels);
        let truth = labels.truth();
        bytes.extend(truth.classes.iter().flat_map(|label| label.to_le_bytes()));
        bytes.extend(truth.values.iter().chain(truth.weights).flat_map(|value| value.to_le_bytes()));
    }
    // One window shows how the scaler treats all of them.
    if let Some(Cow::Owned(first)) = (!set.samples().is_empty()).then(|| set.window(0)) {
        bytes.extend(first.iter().flat_map(|value| value.to_le_bytes()));
    }
    if let Some(told) = set.tickers_told() {
        bytes.extend(format!("{told:?}").into_bytes());
    }
    let returns = (0..set.len()).flat_map(|position| set.returns_of(position).to_vec());
    bytes.extend(returns.flat_map(f32::to_le_bytes));
    Digest::of(&bytes)
}
