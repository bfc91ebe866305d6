//! Leaks in features, labels, scalers and class weights.

use super::{Mutation, frozen, judge_by};
use crate::made_run::MadeRun;
use crate::pipeline::{counts, development, fitted, input_rows, refit};
use artifact_core::schema::{Claim, LabelSpec, Preprocessing, Scope, SplitPlan, Trial};
use artifact_core::{Component, IndexSet, Params};
use data_loader::{DataParts, Feature, TickerBars};
use settings::part::{Declaration, Part};
use std::sync::Arc;

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("scaler_of_all_development_rows", &[ScalerRefit], |run| {
            scale_on(run, |plan| input_rows(&plan.development, plan.seq_length), true);
        }),
        frozen("scaler_of_all_development_rows_undeclared", &[ScalerRefit], |run| {
            scale_on(run, |plan| input_rows(&plan.development, plan.seq_length), false);
        }),
        frozen("scaler_of_one_row_too_many", &[ScalerRefit], |run| {
            scale_on(
                run,
                |plan| IndexSet::from_range(0..plan.train.last().unwrap() + plan.seq_length + 1),
                true,
            );
        }),
        frozen("scaler_mean_one_ulp_up", &[ScalerRefit], |run| {
            on_preprocessing(run, |own| own.scaler.mean[5] = own.scaler.mean[5].next_up());
        }),
        frozen("scaler_std_one_ulp_down", &[ScalerRefit], |run| {
            on_preprocessing(run, |own| own.scaler.std[0] = own.scaler.std[0].next_down());
        }),
        frozen("class_weight_one_ulp_up", &[ClassWeightsRefit], |run| {
            on_preprocessing(run, |own| own.class_weights.alpha[1] = own.class_weights.alpha[1].next_up());
        }),
        frozen("class_counts_off_by_one", &[ClassWeightsRefit], |run| {
            on_preprocessing(run, |own| own.class_weights.counts[2] -= 1);
        }),
        frozen("labels_shifted_by_a_row", &[ClassWeightsRefit], |run| {
            count_by(run, |spec| spec.clone(), 1);
        }),
        // Other barriers make another class the most frequent one, which the majority baseline follows.
        frozen("labels_of_another_threshold", &[ClassWeightsRefit, EvaluatedLabels], |run| {
            count_by(
                run,
                |spec| LabelSpec { rule: spec.rule.clone().with("threshold", 0.03), ..spec.clone() },
                0,
            );
        }),
        frozen("stale_label_cache", &[ClassWeightsRefit], |run| {
            count_by(run, |spec| LabelSpec { time_window: spec.time_window + 2, ..spec.clone() }, 0);
        }),
        frozen("stale_label_cache_in_validation", &[EvaluatedLabels], |run| {
            let id = run.get(run.study()).trials[0];
            let trial: Trial = run.get(id);
            let (plan, own) = (run.get(trial.split.unwrap()), run.get(trial.preprocessing.unwrap()));
            let spec = LabelSpec { time_window: own.labels.time_window + 2, ..own.labels };
            let counts = counts(&run.panel, &spec, &plan.validation, plan.seq_length);
            run.edit(id, |trial| judge_by(&mut trial.metrics.as_mut().unwrap().validation, counts));
        }),
        frozen("different_threshold_for_one_preprocessing", &[SettingsKept, EvaluatedLabels], |run| {
            on_preprocessing(run, |own| own.labels.rule.params.set("threshold", 0.05));
            let panel = development(run);
            refit(run, &panel);
        }),
        frozen("another_scope", &[SettingsKept], |run| {
            on_preprocessing(run, |own| own.scope = Scope::Joint);
        }),
        frozen("another_embedding", &[SettingsKept], |run| {
            on_preprocessing(run, |own| own.ticker_embedding = true);
        }),
        frozen("labels_permuted_in_secret", &[SettingsKept, ClassWeightsRefit, EvaluatedLabels], |run| {
            on_preprocessing(run, |own| own.labels.permutation_seed = Some(1));
        }),
        frozen("feature_of_the_next_row", &[FeaturesCausal], |run| cheat(run, led)),
        frozen("feature_centred_on_its_whole_history", &[FeaturesCausal], |run| cheat(run, centred)),
        frozen("feature_of_the_next_row_behind_the_scaler", &[ScalerRefit], |run| {
            // Features of a panel that begins one row later are those of the next row.
            let seal = run.get(run.seal());
            let panel = run.panel.slice_rows(1..seal.split_row + 1);
            for id in run.all::<Preprocessing>() {
                let own = run.get(id);
                let led = fitted(run, &panel, &own, &own.scaler.fitted_rows, 1).scaler;
                run.edit(id, |own| own.scaler = led);
            }
        }),
    ]
}

/// Changes the preprocessing of the chosen configuration.
fn on_preprocessing(run: &mut MadeRun, change: impl FnOnce(&mut Preprocessing)) {
    run.edit(run.get(run.cv()).preprocessing, change);
}

/// Fits the chosen configuration's scaler on other rows, and records these rows only if `declared`.
fn scale_on(run: &mut MadeRun, rows: fn(&SplitPlan) -> IndexSet, declared: bool) {
    let plan = run.get(run.get(run.cv()).split);
    let own = run.get(run.get(run.cv()).preprocessing);
    let other = fitted(run, &development(run), &own, &rows(&plan), 1).scaler;
    on_preprocessing(run, |own| match declared {
        true => own.scaler = other,
        false => (own.scaler.mean, own.scaler.std) = (other.mean, other.std),
    });
}

/// Weighs the chosen configuration's classes by other labels, or by those of the sequences `shift` rows later.
fn count_by(run: &mut MadeRun, other: fn(&LabelSpec) -> LabelSpec, shift: usize) {
    let plan = run.get(run.get(run.cv()).split);
    let own = run.get(run.get(run.cv()).preprocessing);
    let train: IndexSet = plan.train.iter().map(|sequence| sequence + shift).collect();
    let others = Preprocessing { labels: other(&own.labels), ..own };
    let new = fitted(run, &development(run), &others, &train, plan.seq_length).class_weights;
    on_preprocessing(run, |own| own.class_weights = new);
}

/// Registers a feature `ohlcv` whose columns are changed by what it should not know.
fn cheat(run: &mut MadeRun, change: fn(&mut [Vec<f64>])) {
    run.parts.features.add(Arc::new(Cheat { of: "ohlcv", change }));
}

/// Registers a feature `trend` that gives the values of the row before: causal, but not what its expressions say.
pub(crate) fn delay_trend(run: &mut MadeRun) {
    run.parts.features.add(Arc::new(Cheat { of: "trend", change: delayed }));
}

struct Cheat {
    of: &'static str,
    change: fn(&mut [Vec<f64>]),
}

impl Part for Cheat {
    fn declaration(&self) -> Declaration {
        Declaration::new(self.of, "Bars changed by what a feature should not know.")
    }
}

impl Feature for Cheat {
    fn columns(&self, params: &Params) -> Vec<String> {
        honest(self.of, |feature| feature.columns(params))
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        let mut columns = honest(self.of, |feature| feature.compute(bars, params));
        (self.change)(&mut columns);
        columns
    }
}

fn honest<T>(of: &str, ask: impl FnOnce(&dyn Feature) -> T) -> T {
    ask(DataParts::builtin().features.find(&Component::new(of, 1)).unwrap().part.as_ref())
}

/// Gives the values of the row before.
fn delayed(columns: &mut [Vec<f64>]) {
    columns.iter_mut().filter(|column| !column.is_empty()).for_each(|column| {
        let rows = column.len();
        column.copy_within(0..rows - 1, 1);
    });
}

/// Looks one row ahead.
fn led(columns: &mut [Vec<f64>]) {
    let rows = columns[0].len();
    columns[0].copy_within(1..rows, 0);
}

/// Subtracts the mean of the whole history.
fn centred(columns: &mut [Vec<f64>]) {
    for column in columns {
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        column.iter_mut().for_each(|value| *value -= mean);
    }
}
