//! From a configuration to sequences: what is frozen, sealed, and prepared.

use artifact_core::schema::{FrozenPlan, FrozenPlanId, Seal, SealId};
use artifact_core::{Digest, Envelope, IndexSet, Ledger, MemoryStore, Params};
use data_loader::splits::purge;
use data_loader::{
    DataParts, Dataset, DatasetError, Fold, Inputs, Labels, Prepared, Recipe, Sample, Separation, SplitError,
    Splitter, Subset, Test, Windows, folds, freeze,
};
use settings::part::Declaration;
use settings::{Config, ExtendedConfig, Preset};
use std::sync::Arc;

const SETTINGS: &str = "[data]\nsource = 'synthetic'\nsynthetic = { tickers = 3, rows = 300 }\n";

const WINDOWS: Windows = Windows { seq_length: 20, time_window: 5 };

fn frozen(settings: &str) -> (Config, MemoryStore, SealId, Seal) {
    let config = Config::from_toml(Preset::Default, settings, "test").unwrap();
    let store = MemoryStore::default();
    let (id, seal) = freeze(&store, &config, &DataParts::builtin()).unwrap();
    (config, store, id, seal)
}

fn recipe(config: &Config) -> Recipe {
    DataParts::builtin().recipe(config).unwrap()
}

/// Loads all rows of `loaded` after recording the opening of `opened` in a ledger made for it.
fn unsealed(
    config: &Config,
    store: &MemoryStore,
    opened: SealId,
    loaded: SealId,
    seal: &Seal,
) -> Result<Dataset<Test>, DatasetError> {
    let directory = tempfile::tempdir().unwrap();
    let document = include_bytes!("../../artifact-core/tests/golden/frozen_plan.json");
    let plan = Envelope::<FrozenPlan>::from_bytes(document, "frozen_plan.json").unwrap().payload;
    let plan = FrozenPlan { seal: opened, snapshot: seal.snapshot, split_row: seal.split_row, ..plan };
    let ledger = Ledger::new(directory.path().join("ledger.jsonl"));
    let unsealing = ledger.unseal("now", "run", FrozenPlanId::new(Digest::of(b"plan")), &plan).unwrap();
    Dataset::unsealed(store, loaded, &recipe(config), &unsealing)
}

/// The bits of a sample's inputs.
fn inputs<P: Subset>(prepared: &Prepared<P>, indices: &IndexSet, sample: usize) -> Vec<u32> {
    let set = prepared.sequences(indices);
    let mut inputs = vec![0.0; set.windows.seq_length * set.feature_count()];
    set.gather(&[sample], &mut inputs, &mut Labels::default());
    inputs.into_iter().map(f32::to_bits).collect()
}

#[test]
fn freezing_again_gives_the_same_seal() {
    assert_eq!(frozen(SETTINGS).2, frozen(SETTINGS).2);
    assert_ne!(frozen(SETTINGS).2, frozen(&format!("seed = 1\n{SETTINGS}")).2);
}

#[test]
fn batches_are_windows_of_the_features() {
    for scope in ["joint", "shared"] {
        let (config, store, _, seal) = frozen(&format!("{SETTINGS}[training]\nscope = '{scope}'\n"));
        let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
        let planned = dataset.store_plan(&store, &seal, &config, WINDOWS).unwrap();
        let prepared = dataset.prepare(20, &planned.preprocessing).unwrap();
        let set = prepared.sequences(&planned.split.train);
        assert_eq!(set.len(), planned.split.train.len());
        assert_eq!(set.samples().len(), set.len() * 3 / set.outputs(), "no label is masked");
        let (features, columns, outputs) = (prepared.features(), set.feature_count(), set.outputs());
        let samples = [3, 0, set.samples().len() - 1];
        let mut inputs = vec![0.0; 3 * 20 * columns];
        let mut labels = Labels::default();
        set.gather(&samples, &mut inputs, &mut labels);
        for (batch, &sample) in samples.iter().enumerate() {
            let Sample { position, ticker } = set.samples()[sample];
            let (start, block) = (set.indices[position], ticker / outputs);
            for row in 0..20 {
                for column in 0..columns {
                    let found = inputs[(batch * 20 + row) * columns + column];
                    assert_eq!(found.to_bits(), features[[block, start + row, column]].to_bits());
                }
            }
            assert_eq!(set.decision_row(position), start + 19);
            let expected = &set.labels_of(position).to_vec()[ticker..ticker + outputs];
            assert_eq!(&labels.truth().classes[batch * outputs..][..outputs], expected);
        }
    }
}

#[test]
fn samples_are_told_of_their_ticker_where_the_settings_say_so() {
    let plain = frozen(SETTINGS);
    let (config, store, _, seal) = frozen(&format!("{SETTINGS}[features]\nticker_embedding = true\n"));
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let planned = dataset.store_plan(&store, &seal, &config, WINDOWS).unwrap();
    let before = dataset.store_plan(&store, &seal, &plain.0, WINDOWS).unwrap();
    assert!(planned.preprocessing.ticker_embedding && !before.preprocessing.ticker_embedding);
    assert_ne!(planned.preprocessing_id, before.preprocessing_id);
    let [told, plain] =
        [&planned, &before].map(|planned| dataset.prepare(20, &planned.preprocessing).unwrap());
    let [told, plain] = [told.sequences(&planned.split.train), plain.sequences(&planned.split.train)];
    assert_eq!((told.feature_count(), told.ticker_columns()), (plain.feature_count() + 3, 3));
    for sample in 0..6 {
        let ticker = told.samples()[sample].ticker;
        let (window, features) = (told.window(sample), plain.window(sample));
        let rows = window.chunks_exact(told.feature_count());
        for (row, own) in rows.zip(features.chunks_exact(plain.feature_count())) {
            let expected = (0..3).map(|place| if place == ticker { 1.0 } else { 0.0 });
            let expected: Vec<f32> = own.iter().copied().chain(expected).collect();
            assert_eq!(row, expected);
        }
    }
    // What other tickers, in any order, are told of.
    let known = &planned.preprocessing.tickers;
    let tickers = [known[2].clone(), "NEW".to_owned(), known[0].clone()];
    let matrix = data_loader::features::compute(dataset.panel(), &recipe(&config).features).unwrap();
    let inputs = Inputs::new(&planned.preprocessing, matrix.values(), &tickers, None).unwrap();
    for (block, expected) in [[0.0, 0.0, 1.0], [0.0; 3], [1.0, 0.0, 0.0]].iter().enumerate() {
        let window = inputs.window(block, 5..25);
        assert_eq!(window.len(), 20 * inputs.columns());
        assert!(window.chunks_exact(inputs.columns()).all(|row| row.ends_with(expected)));
    }
}

#[test]
fn the_frozen_preprocessing_gives_the_same_numbers_before_and_after_unsealing() {
    let with = |more: &str| format!("{SETTINGS}{more}\n");
    for settings in [
        SETTINGS.to_owned(),
        with("[labels]\npermute = true"),
        with("[scaler]\nkind = 'window_zscore'"),
        with("[features]\nticker_embedding = true\n[scaler]\nkind = 'window_zscore'"),
        with("[features]\nset = 'close'\n[scaler]\nkind = 'by_last'"),
    ] {
        let (config, store, id, seal) = frozen(&settings);
        let development = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
        assert_eq!(development.panel().rows(), seal.split_row);
        let planned = development.store_plan(&store, &seal, &config, WINDOWS).unwrap();
        let all = unsealed(&config, &store, id, id, &seal).unwrap();
        assert_eq!(all.panel().rows(), seal.rows);
        let before = development.prepare(20, &planned.preprocessing).unwrap();
        let after = all.prepare(20, &planned.preprocessing).unwrap();
        let (left, right) =
            (before.sequences(&planned.split.development), after.sequences(&planned.split.development));
        assert_eq!(left.samples(), right.samples());
        for sample in 0..left.samples().len() {
            assert_eq!(
                inputs(&before, &planned.split.development, sample),
                inputs(&after, &planned.split.development, sample)
            );
        }
        for position in 0..left.len() {
            assert_eq!(left.labels_of(position), right.labels_of(position));
            assert_eq!(left.returns_of(position), right.returns_of(position));
        }
    }
}

#[test]
fn the_scaler_knows_the_training_rows_only() {
    let (config, store, _, seal) = frozen(SETTINGS);
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let planned = dataset.store_plan(&store, &seal, &config, WINDOWS).unwrap();
    let rows = &planned.preprocessing.scaler.fitted_rows;
    assert_eq!(rows.first(), Some(0));
    let last_input = planned.split.train.last().unwrap() + 19;
    assert_eq!(rows.last(), Some(last_input));
    assert!(last_input < planned.split.validation_row);
    let counted: u64 = planned.preprocessing.class_weights.counts.iter().sum();
    assert_eq!(counted, 3 * planned.split.train.len() as u64);
}

#[test]
fn a_target_without_any_label_and_features_without_values_are_named() {
    let rule = "[labels]\nrule = { name = 'barrier', volatility_multiple = 1.0, volatility_rows = 1000 }\n";
    let (config, store, _, seal) = frozen(&format!("{SETTINGS}{rule}"));
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let Err(error) = dataset.store_plan(&store, &seal, &config, WINDOWS) else {
        panic!("there are no labels")
    };
    let DatasetError::NoLabels { target, sequences } = &error else { panic!("{error}") };
    assert!(target.starts_with("barrier(") && *sequences > 0, "{error}");

    let set = "[features]\nset = ['ohlcv', 'log(-close)', { name = 'expression', formula = '1 / 0 * close', as = 'X' }]\n";
    let (config, store, _, seal) = frozen(&format!("{SETTINGS}{set}"));
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    assert_eq!(dataset.features_without_values(), ["log(-close)", "X"]);
}

#[test]
fn a_ledger_entry_for_another_seal_opens_nothing() {
    let (config, store, id, seal) = frozen(SETTINGS);
    let other = SealId::new(Digest::of(b"another seal"));
    let error = unsealed(&config, &store, other, id, &seal).unwrap_err();
    assert!(matches!(error, DatasetError::Artifact(_)), "{error}");
}

#[test]
fn preprocessing_of_other_tickers_is_refused() {
    let (config, store, _, seal) = frozen(SETTINGS);
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let mut planned = dataset.store_plan(&store, &seal, &config, WINDOWS).unwrap();
    planned.preprocessing.tickers.swap(0, 1);
    let error = dataset.prepare(20, &planned.preprocessing).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("SYN01, SYN02, SYN03") && source.contains("SYN02, SYN01, SYN03"), "{source}");
}

#[test]
fn folds_follow_the_plan() {
    let (config, store, _, seal) = frozen(SETTINGS);
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let plan = dataset.plan(&seal, &config.split, WINDOWS).unwrap();
    for (method, count) in [("kfold", 4), ("walk_forward", 4), ("combinatorial_purged", 6)] {
        let extended = ExtendedConfig { method: method.into(), folds: 4, ..ExtendedConfig::default() };
        let splitter = DataParts::builtin().splitter(&extended).unwrap();
        let folds = folds(&plan, &splitter).unwrap();
        assert_eq!(splitter.part.fold_count(&splitter.params), Some(count));
        let times = |i: usize| folds.iter().filter(|fold| fold.evaluated.contains(i)).count();
        let last = plan.development.last().unwrap();
        assert_eq!((folds.len(), times(last)), (count, splitter.part.paths(&splitter.params)));
        for fold in folds {
            assert!(fold.train.is_disjoint(&fold.evaluated));
            assert_eq!(fold.label_overlap(plan.time_window), 0);
            assert!(fold.evaluated.iter().all(|index| plan.development.contains(index)));
        }
    }
}

/// Two halves of the sequences, each evaluated by a model trained on the other, which is purged only if `purges`; it
/// says that they are `count`.
struct Halves {
    purges: bool,
    count: usize,
}

impl settings::part::Part for Halves {
    fn declaration(&self) -> Declaration {
        Declaration::new("halves", "Two halves; each is evaluated by a model trained on the other.")
    }
}

impl Splitter for Halves {
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        _params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let half = development.len() / 2;
        if half == 0 {
            return Err(SplitError::Other { reason: "nothing to halve".to_owned() });
        }
        let (first, second) = (development.iter().take(half), development.iter().skip(half));
        let fold = |(place, evaluated): (usize, IndexSet)| {
            let others = development.iter().filter(|&i| !evaluated.contains(i)).collect();
            let purged = |others| purge(&others, &evaluated, windows, separation);
            let train = if self.purges { purged(others) } else { others };
            Fold { number: place + 1, train, evaluated }
        };
        Ok([first.collect(), second.collect()].into_iter().enumerate().map(fold).collect())
    }

    fn fold_count(&self, _params: &Params) -> Option<usize> {
        Some(self.count)
    }
}

#[test]
fn a_custom_splitter_is_chosen_by_name_and_held_to_the_purge() {
    let (config, store, _, seal) = frozen(SETTINGS);
    let cut = |purges, count| {
        let mut parts = DataParts::builtin();
        parts.splitters.add(Arc::new(Halves { purges, count }));
        let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
        let plan = dataset.plan(&seal, &config.split, WINDOWS).unwrap();
        let extended = ExtendedConfig { method: "halves".into(), ..ExtendedConfig::default() };
        let splitter = parts.splitter(&extended).unwrap();
        assert_eq!(splitter.component.to_string(), "halves");
        folds(&plan, &splitter)
    };
    assert_eq!(cut(true, 2).unwrap().len(), 2);
    let error = cut(false, 2).unwrap_err().to_string();
    assert!(error.contains("splitter halves") && error.contains("train of fold 1"), "{error}");
    let error = cut(true, 3).unwrap_err().to_string();
    assert!(error.contains("the number of folds is 2, expected 3, as fold_count returns"), "{error}");
}

#[test]
fn windows_are_scaled_by_their_own_values() {
    let settings = format!(
        "{SETTINGS}[features]\nset = ['close', 'log(close)']\n[scaler]\nkind = {{ name = 'by_last', columns = 'close' }}\n"
    );
    let (config, store, _, seal) = frozen(&settings);
    let dataset = Dataset::development(&store, &seal, &recipe(&config)).unwrap();
    let planned = dataset.store_plan(&store, &seal, &config, WINDOWS).unwrap();
    let scaler = &planned.preprocessing.scaler;
    assert_eq!((&scaler.mean, &scaler.std), (&vec![0.0; 6], &vec![1.0; 6]));
    assert!(planned.preprocessing.warnings.is_empty(), "{:?}", planned.preprocessing.warnings);
    let prepared = dataset.prepare(20, &planned.preprocessing).unwrap();
    let set = prepared.sequences(&planned.split.train);
    let close = dataset.panel().close();
    for (number, sample) in set.samples().iter().enumerate().step_by(7) {
        let start = set.indices[sample.position];
        let price = |row: usize| close[[start + row, sample.ticker]];
        for (row, found) in set.window(number).chunks_exact(2).enumerate() {
            let expected = price(row) / price(19) - 1.0;
            assert!((f64::from(found[0]) - expected).abs() < 1e-6, "{} {expected}", found[0]);
            assert!((f64::from(found[1]) - price(row).ln()).abs() < 1e-6);
        }
    }
    // Another scaler's figures are not applied.
    let standard = recipe(
        &Config::from_toml(
            Preset::Default,
            &settings.replace("{ name = 'by_last', columns = 'close' }", "'standard'"),
            "test",
        )
        .unwrap(),
    );
    let other = Dataset::development(&store, &seal, &standard).unwrap();
    let error = other.prepare(20, &planned.preprocessing).unwrap_err();
    assert!(format!("{error:?}").contains("scaler.kind"), "{error:?}");
}
