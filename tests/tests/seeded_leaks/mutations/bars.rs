//! Leaks in the bars themselves.

use super::{Mutation, frozen};
use crate::made_run::MadeRun;
use crate::pipeline::{development, refit};
use artifact_core::schema::Claim;
use data_loader::Panel;

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("value_changed_after_freezing", &[SnapshotFingerprint, ScalerRefit], |run| {
            let seal = run.get(run.seal());
            let blob = run.get(seal.snapshot).chunks[0].blob;
            // The open of the first ticker in row 40: 4 bytes of date, 3 tickers of 5 values.
            let place = 40 * (4 + 3 * 5 * 8) + 4;
            run.blob(blob)[place + 6] ^= 1;
        }),
        frozen("rows_in_another_order", &[SnapshotFingerprint, DevelopmentRows], |run| {
            let mut panel = development(run);
            panel.dates.swap(40, 41);
            let seal = run.get(run.seal());
            run.refreeze(seal.development, &panel);
        }),
        frozen("redownloaded_ten_days_later", &[DevelopmentRows, EvaluatedLabels], |run| {
            let seal = run.get(run.seal());
            let panel = run.panel.slice_rows(10..seal.split_row + 10);
            tune_on(run, &panel);
        }),
        frozen("swapped_ticker_columns", &[DevelopmentRows], |run| {
            let panel = development(run);
            let mut values = panel.values().to_owned();
            for row in 0..panel.rows() {
                for column in 0..5 {
                    values.swap([row, 0, column], [row, 1, column]);
                }
            }
            tune_on(run, &Panel::new(panel.tickers, panel.dates, values).unwrap());
        }),
        frozen("test_rows_among_development_rows", &[DevelopmentRows], |run| {
            let seal = run.get(run.seal());
            let panel = run.panel.slice_rows(0..seal.split_row + 20);
            run.refreeze(seal.development, &panel);
        }),
        frozen("tickers_in_another_order", &[TickersAndOrder], |run| {
            for id in run.all::<artifact_core::schema::Preprocessing>() {
                run.edit(id, |own| own.tickers.swap(0, 1));
            }
        }),
        frozen("columns_in_another_order", &[TickersAndOrder], |run| {
            for id in run.all::<artifact_core::schema::Preprocessing>() {
                run.edit(id, |own| own.feature_names.swap(1, 2));
            }
        }),
    ]
}

/// Replaces the development rows, and all that was fitted on them.
fn tune_on(run: &mut MadeRun, panel: &Panel) {
    let seal = run.get(run.seal());
    run.refreeze(seal.development, panel);
    refit(run, panel);
}
