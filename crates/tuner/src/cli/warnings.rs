//! What about a study's data and settings would make its figures mean little.

use crate::search_space::Searched;
use artifact_core::schema::Seal;
use data_loader::{Dataset, Windows};
use settings::Config;

/// The fewest decision rows, of those whose labels do not overlap, on which a ranking of trials says something.
const LEAST_ROWS: usize = 10;
/// The most values of a window that are looked at.
const MOST_WINDOWS: usize = 1000;

/// The warnings, in sentences.
pub(super) fn warnings(dataset: &Dataset, seal: &Seal, config: &Config, searched: &Searched) -> Vec<String> {
    let mut found = Vec::new();
    for name in dataset.features_without_values() {
        found.push(format!(
            "the feature {name} has no value in any row before the test rows; models read 0 in its place"
        ));
    }
    let panel = dataset.panel();
    for (ticker, closes) in panel.tickers.iter().zip(panel.close().columns()) {
        let mut known = closes.iter().filter(|close| close.is_finite());
        let first = known.next();
        if first.is_some() && known.all(|close| Some(close) == first) {
            found.push(format!(
                "the close of {ticker} never changes before the test rows, so that there is nothing to learn from it; leave it \
                 out of data.tickers or data.files"
            ));
        }
    }
    let windows = sizes(searched, "time_window");
    if !searched.is_comparable() {
        found.push(format!(
            "this study was begun with {} and several values of tuner.search_space.time_window, between which that cannot be \
             compared; it continues as it is, but its trials are ranked only with those of the same window",
            searched.objective().component.name
        ));
    }
    let shortest = sizes(searched, "seq_length").into_iter().min();
    let rows = windows.iter().zip(shortest.into_iter().cycle()).filter_map(|(&time_window, seq_length)| {
        let plan = dataset.plan(seal, &config.split, Windows { seq_length, time_window }).ok()?;
        Some((plan.validation.len().div_ceil(time_window.max(1)), time_window))
    });
    if let Some((rows, time_window)) = rows.min().filter(|(rows, _)| *rows < LEAST_ROWS) {
        found.push(format!(
            "validation has {rows} independent decision rows with time_window = {time_window}, fewer than {LEAST_ROWS}: which \
             trial is best is mostly luck; take more rows, a shorter time_window or a larger split.validation_ratio"
        ));
    }
    found
}

/// The values that a window length can take.
fn sizes(searched: &Searched, name: &str) -> Vec<usize> {
    let Some(domain) = searched.domain(name) else { return Vec::new() };
    let numbers = domain.listed(MOST_WINDOWS).unwrap_or_default();
    let sizes = numbers.iter().filter_map(|&number| domain.value(number).as_u64());
    sizes.map(|size| size as usize).collect()
}
