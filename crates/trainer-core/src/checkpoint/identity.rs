//! Which fit a checkpoint belongs to.

use crate::ENGINE_VERSION;
use crate::config::FitConfig;
use crate::model::Layout;
use artifact_core::Digest;
use artifact_core::seed::FitSeed;
use data_loader::{SequenceSet, Windows};

/// A digest of everything that determines a fit's bits: engine, settings, seed, layout and data.
///
/// It hashes the `Debug` form, which prints floats exactly but may change between builds. That only costs a restart: a
/// checkpoint whose identity differs is discarded.
pub(crate) fn fit_identity(
    config: &FitConfig,
    seed: FitSeed,
    layout: &Layout,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
) -> Digest {
    let data = (of_set(train), validation.map(of_set));
    // The `Debug` form of the model omits parameters at their defaults, and a later version may change a default.
    let params = &config.model.params;
    Digest::of(format!("{ENGINE_VERSION} {config:?} {params:?} {seed:?} {layout:?} {data:?}").as_bytes())
}

/// The digest of a set's indices, features, labels and returns. Each feature row is hashed once, however many windows
/// contain it.
fn of_set(set: &SequenceSet<'_>) -> Digest {
    let (width, tickers) = (set.feature_count(), set.ticker_count());
    let Windows { seq_length, time_window } = set.windows;
    let mut bytes = format!("{seq_length} {time_window} {width} {tickers} ").into_bytes();
    let (mut window, mut labels) = (vec![0.0; seq_length * width], vec![0; tickers]);
    let mut read = 0;
    for (position, &index) in set.indices.iter().enumerate() {
        set.gather(&[position], &mut window, &mut labels);
        // Windows overlap and their indices ascend: hash only the rows that no earlier window covered.
        let new_rows = (index + seq_length - read.max(index)) * width;
        read = index + seq_length;
        bytes.extend((index as u64).to_le_bytes());
        bytes.extend(window[window.len() - new_rows..].iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
        bytes.extend(set.returns_of(position).iter().flat_map(|value| value.to_le_bytes()));
    }
    Digest::of(&bytes)
}
