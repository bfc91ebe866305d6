//! Loading a configuration: a preset, a file that overrides it, and errors that name the line.

use crate::Config;
use crate::error::{ConfigError, line_of};
use crate::search_space::is_domain_key;
use crate::secrets;
use crate::source_paths;
use artifact_core::schema::{Scope, TrainingSettings};
use artifact_core::shown;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The path that stands for standard input: it is relative to nothing.
const STANDARD_INPUT: &str = "-";

/// The most trials, epochs, folds, rows or tickers that a setting may ask for: far more than any study has, and few enough to
/// be counted and multiplied.
const LARGEST_COUNT: u64 = 1_000_000;

/// A named set of settings to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// Seconds: shows that everything works.
    Smoke,
    /// About a minute on two cores (default).
    #[default]
    Default,
    /// 75 trials in three stages, of the same models as `Default`, over their whole search space.
    Full,
    /// The built-in defaults, [`Config::default`], alone: for files that state everything themselves.
    Empty,
}

impl Preset {
    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Smoke => "smoke",
            Preset::Default => "default",
            Preset::Full => "full",
            Preset::Empty => "none",
        }
    }

    /// The preset as a configuration file. It overrides the built-in defaults, [`Config::default`].
    pub fn toml(self) -> &'static str {
        match self {
            Preset::Smoke => include_str!("presets/smoke.toml"),
            Preset::Default => {
                concat!(include_str!("presets/default.toml"), include_str!("presets/measured.toml"))
            }
            Preset::Full => concat!(include_str!("presets/full.toml"), include_str!("presets/measured.toml")),
            Preset::Empty => "",
        }
    }
}

/// The keys that name a part, with its parameters.
// Not `tuner.stages[].sampler`: the stages are a list, and lists are always replaced whole.
const PARTS: [&str; 9] = [
    "data.source",
    "features.set",
    "labels.rule",
    "scaler.kind",
    "training.model",
    "training.objective",
    "tuner.pruner",
    "extended.method",
    "extended.pruner",
];

/// The other keys whose tables are single values.
const TABLES: [&str; 2] = ["training.spread_bps", "training.impact"];

/// Whether the table at a dotted key is a single value: a part with its parameters, spreads by ticker, market impact, or a domain
/// of the search space. A file replaces such a table whole.
pub(crate) fn is_whole(key: &str) -> bool {
    PARTS.contains(&key) || TABLES.contains(&key) || key.starts_with("tuner.search_space.")
}

impl Config {
    /// Loads `preset`, overridden by the settings of `file`.
    ///
    /// Tables are merged key by key; a part, a domain of the search space and the list of stages are replaced whole. A
    /// domain that the file sets for all models, such as `learning_rate`, also replaces those that the preset sets for
    /// single models, such as `gru.learning_rate`. Relative paths in the file are resolved against its directory.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], pointing at the line.
    pub fn load(preset: Preset, file: Option<&Path>) -> Result<Config, ConfigError> {
        let Some(path) = file else {
            return Self::from_toml(preset, "", &format!("preset {}", preset.name()));
        };
        let text = read_text(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config = Self::from_toml(preset, &text, &path.display().to_string())?;
        let directory = path.parent().unwrap_or(Path::new(""));
        // Presets list no files, so every path here comes from the file.
        let series = config.data.series.iter_mut().map(|series| &mut series.file);
        let is_path = |file: &&mut PathBuf| file.as_os_str() != STANDARD_INPUT;
        for file in config.data.files.iter_mut().filter(is_path).chain(series) {
            *file = directory.join(&*file);
        }
        source_paths::resolve(&mut config.data.source, directory);
        Ok(config)
    }

    /// Loads `preset`, overridden by the settings of `text`; `origin` names the text in errors.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], pointing at the line.
    pub fn from_toml(preset: Preset, text: &str, origin: &str) -> Result<Config, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            origin: origin.to_owned(),
            message: secrets::hidden(&in_plain_words(&error)),
        };
        // Parse the text on its own first: once merged with the preset, errors could no longer show its lines.
        toml::from_str::<Config>(text).map_err(syntax)?;
        let mut merged: Table = toml::from_str(preset.toml()).map_err(syntax)?;
        let mut over: Table = toml::from_str(text).map_err(syntax)?;
        let changed = changed_number(&over);
        // Otherwise the domains that a file sets for one model would replace all that the preset sets for it.
        [&mut merged, &mut over].into_iter().for_each(flatten_search_space);
        if let (Some(below), Some(over)) = (search_space(&mut merged), search_space(&mut over)) {
            // A domain for one model comes before one for all, and must not hide what the file says of all.
            below.retain(|key, _| key.split_once('.').is_none_or(|(_, name)| !over.contains_key(name)));
        }
        merge(&mut merged, over, "");
        let config = Config::deserialize(Value::Table(merged)).map_err(syntax)?;
        // A key's own range says more than that JSON could not hold the number.
        match config.fault().or(changed) {
            None => Ok(config),
            Some((key, reason)) => {
                let line = line_of(text, &key);
                Err(ConfigError::Value { origin: origin.to_owned(), line, key, reason })
            }
        }
    }

    /// Checks ranges, for configurations built in code.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`].
    pub fn validate(&self) -> Result<(), ConfigError> {
        match self.fault() {
            None => Ok(()),
            Some((key, reason)) => {
                Err(ConfigError::Value { origin: "configuration".into(), line: None, key, reason })
            }
        }
    }

    /// The first key whose value is out of range, and why.
    fn fault(&self) -> Option<(String, String)> {
        let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let between = |value: f64| value > 0.0 && value < 1.0;
        let number = |value: f64| value.is_finite() && value >= 0.0;
        let count = |value: u64| (1..=LARGEST_COUNT).contains(&value);
        let (split, training, tuner) = (&self.split, &self.training, &self.tuner);
        let twice =
            |place: usize| training.model[..place].iter().any(|m| m.name == training.model[place].name);
        let models =
            (0..training.model.len()).find(|&place| twice(place)).map(|place| &training.model[place].name);
        let unnamed = self.data.paths().find(|(_, path)| path.to_str().is_none());
        let checks: [(bool, &str, String); 26] = [
            (
                unnamed.is_none(),
                unnamed.map_or("data.files", |(key, _)| key),
                format!(
                    "{:?} is not UTF-8, so that no record of the run can name it: rename the file or its directory",
                    unnamed.map(|(_, path)| path).unwrap_or(Path::new(""))
                ),
            ),
            (
                !self.name.is_empty() && plain(&self.name),
                "name",
                format!("{:?} must consist of letters, digits, '-' and '_'", self.name),
            ),
            (
                self.seed <= artifact_core::LARGEST_INTEGER,
                "seed",
                format!("{} must be at most 2^53 - 1, or JSON would round it", self.seed),
            ),
            (
                self.data.session_start.is_none()
                    || self.data.resample.is_some_and(|step| !matches!(step, crate::Step::Intraday(_))),
                "data.session_start",
                "only says to which session bars belong that are merged to days or longer: set data.resample, such as \
                 \"1d\", or leave it out"
                    .into(),
            ),
            (
                count(self.data.synthetic.tickers as u64),
                "data.synthetic.tickers",
                format!("must be at least 1 and at most {LARGEST_COUNT}"),
            ),
            (
                self.data.synthetic.rows > 1 && count(self.data.synthetic.rows as u64),
                "data.synthetic.rows",
                format!("must be at least 2 and at most {LARGEST_COUNT}"),
            ),
            (!self.features.set.is_empty(), "features.set", "must name at least one feature".into()),
            (
                !self.features.ticker_embedding || training.scope == Scope::Shared,
                "features.ticker_embedding",
                "must be false with training.scope = \"joint\", which has inputs and outputs of its own for every ticker; \
                 leave it out, or set training.scope = \"shared\""
                    .into(),
            ),
            (
                between(self.labels.threshold),
                "labels.threshold",
                format!("{} must be between 0 and 1", self.labels.threshold),
            ),
            (
                between(split.train_test_split_ratio),
                "split.train_test_split_ratio",
                format!("{} must be between 0 and 1", split.train_test_split_ratio),
            ),
            (
                between(split.validation_ratio),
                "split.validation_ratio",
                format!("{} must be between 0 and 1", split.validation_ratio),
            ),
            (
                split.rule == artifact_core::schema::SplitRule::Calendar,
                "split.rule",
                "\"sequence_ratio\" only describes older results: its boundary depends on seq_length and time_window, \
                 so one trial would tune on another's test rows; use \"calendar\""
                    .into(),
            ),
            (!training.model.is_empty(), "training.model", "must name at least one model".into()),
            (
                models.is_none(),
                "training.model",
                format!("{} is listed twice; list each model once", models.map_or("", |name| name.as_str())),
            ),
            (
                number(training.focal_gamma),
                "training.focal_gamma",
                format!("{} must be 0 or more", training.focal_gamma),
            ),
            (
                (0.0..=1.0).contains(&training.class_weight_mix),
                "training.class_weight_mix",
                format!("{} must be from 0 to 1", training.class_weight_mix),
            ),
            (
                count(training.accumulation_steps as u64),
                "training.accumulation_steps",
                format!("must be at least 1 batch and at most {LARGEST_COUNT}"),
            ),
            (
                training.gradient_clip.is_finite() && training.gradient_clip > 0.0,
                "training.gradient_clip",
                format!("{} must be above 0", training.gradient_clip),
            ),
            (
                (0.0..=1.0).contains(&training.warmup_fraction),
                "training.warmup_fraction",
                format!("{} must be from 0 to 1", training.warmup_fraction),
            ),
            (
                training.time_decay > -1.0 && training.time_decay <= 1.0,
                "training.time_decay",
                format!("{} must be above -1 and at most 1", training.time_decay),
            ),
            (training.patience > 0, "training.patience", "must be at least 1 epoch".into()),
            (
                (1..=TrainingSettings::MOST_SEEDS).contains(&training.seeds),
                "training.seeds",
                format!("{} must be from 1 to {}", training.seeds, TrainingSettings::MOST_SEEDS),
            ),
            (number(training.cost_bps), "training.cost_bps", format!("{} must be 0 or more", training.cost_bps)),
            (
                count(tuner.parallelism as u64),
                "tuner.parallelism",
                format!("must be at least 1 and at most {LARGEST_COUNT}"),
            ),
            (
                !tuner.stages.is_empty() && tuner.stages.iter().all(|s| count(s.trials) && count(s.epochs)),
                "tuner.stages",
                format!(
                    "there must be at least one stage, each with at least 1 trial and 1 epoch, and at most {LARGEST_COUNT} of \
                     either"
                ),
            ),
            (
                count(self.extended.top_n as u64)
                    && self.extended.folds >= 2
                    && count(self.extended.folds as u64)
                    && count(self.extended.epochs),
                "extended",
                format!("top_n and epochs must be at least 1, folds at least 2, and all at most {LARGEST_COUNT}"),
            ),
        ];
        let scalar =
            checks.into_iter().find(|(holds, ..)| !holds).map(|(_, key, reason)| (key.to_owned(), reason));
        scalar
            .or_else(|| self.data.columns.fault(&self.data.series))
            .or_else(|| crate::costs::fault(&training.spread_bps, training.impact.as_ref()))
            .or_else(|| self.search_space_fault())
            .or_else(|| secrets::fault(&self.data.source))
    }

    fn search_space_fault(&self) -> Option<(String, String)> {
        let (name, reason) = self.tuner.search_space.fault()?;
        Some((format!("tuner.search_space.{name}"), reason))
    }
}

/// The text of a regular file. Anything else, such as a pipe, may never end.
///
/// # Errors
///
/// The system's, or one that says what the path is instead of a regular file.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    let sort = std::fs::metadata(path)?.file_type();
    // A directory is left to the system, whose message says what it is.
    if !sort.is_file() && !sort.is_dir() {
        let reason = "it is a pipe, a socket or a device; give a regular file";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason));
    }
    std::fs::read_to_string(path)
}

/// The first number that JSON, in which settings are stored, would change, by its dotted key, and why.
fn changed_number(table: &Table) -> Option<(String, String)> {
    fn of_value(key: String, value: &Value) -> Option<(String, String)> {
        match value {
            Value::Integer(number) if number.unsigned_abs() > artifact_core::LARGEST_INTEGER => {
                Some((key, format!("{number} must be at most 2^53 - 1 in size, or JSON would round it")))
            }
            Value::Float(number) if !number.is_finite() => {
                Some((key, format!("{number} is not a number that can be stored; give a finite one")))
            }
            Value::Array(items) => {
                let mut places = items.iter().enumerate();
                places.find_map(|(place, item)| of_value(format!("{key}[{place}]"), item))
            }
            Value::Table(below) => {
                below.iter().find_map(|(name, value)| of_value(format!("{key}.{name}"), value))
            }
            _ => None,
        }
    }
    table.iter().find_map(|(key, value)| of_value(key.clone(), value))
}

/// The parser's message with the types named as a user of TOML knows them, not as Rust does. The line that it quotes is
/// left as it is.
fn in_plain_words(error: &toml::de::Error) -> String {
    let (full, message) = (error.to_string(), error.message());
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return cut_lines(full.trim_end());
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        // New runs cannot use the other rule, so it is not offered.
        "`calendar` or `sequence_ratio`" => "`calendar`",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    let found = found.replace("` as i128", "`").replace("` as u128", "`");
    // The message comes last, after the quoted line, which could hold the same words.
    let (before, after) = full.rsplit_once(message).unwrap_or(("", ""));
    cut_lines(format!("{before}{found}, expected {expected}{after}").trim_end())
}

/// The message with every line cut, since it quotes one of the file and points at a place in it.
fn cut_lines(message: &str) -> String {
    message.split('\n').map(shown::quoted).collect::<Vec<_>>().join("\n")
}

/// Writes the domains of `[tuner.search_space]` for single models, such as `gbdt.learning_rate`, with one dotted key each.
fn flatten_search_space(settings: &mut Table) {
    let Some(space) = search_space(settings) else { return };
    for (name, value) in std::mem::take(space) {
        match value {
            Value::Table(own) if !own.is_empty() && !own.keys().any(|key| is_domain_key(key)) => {
                space.extend(
                    own.into_iter().map(|(parameter, domain)| (format!("{name}.{parameter}"), domain)),
                );
            }
            domain => drop(space.insert(name, domain)),
        }
    }
}

/// The table `[tuner.search_space]`.
fn search_space(settings: &mut Table) -> Option<&mut Table> {
    settings.get_mut("tuner")?.get_mut("search_space")?.as_table_mut()
}

/// Applies `over` to `base`: sections are merged, values are replaced. `path` is the dotted key of `base`.
fn merge(base: &mut Table, over: Table, path: &str) {
    for (key, value) in over {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (base.get_mut(&key), value) {
            // Merging a part key by key would hand one part's parameters to another, and a domain could end up with
            // both bounds and choices.
            (Some(Value::Table(below)), Value::Table(over)) if !is_whole(&here) => merge(below, over, &here),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::{ParamError, PartError};
    use crate::{DomainSetting, SearchSpace};

    fn check(text: &str, expected: &[&str]) {
        let message = Config::from_toml(Preset::Default, text, "run.toml").unwrap_err().to_string();
        for part in expected {
            assert!(message.contains(part), "{message:?} does not contain {part:?}");
        }
    }

    #[test]
    fn numbers_that_json_would_change_are_refused_with_their_line() {
        let large = ["run.toml, line 2", "9007199254740993", "2^53 - 1"];
        check("[training]\npatience = 9007199254740993", &large);
        check("[tuner.pruner]\nkind = 'asha'\nx = -9007199254740993", &["line 3", "tuner.pruner.x"]);
        check("[training]\nfocal_gamma = nan", &["run.toml, line 2: training.focal_gamma: NaN"]);
        for infinite in ["inf", "-inf", "1e400"] {
            check(&format!("[labels]\n\nthreshold = {infinite}"), &["line 3"]);
        }
    }

    #[test]
    fn absurd_sizes_are_refused_before_anything_is_made() {
        for (text, key) in [
            ("[[tuner.stages]]\nsampler = 'random'\ntrials = 1000000000000000\nepochs = 1", "tuner.stages"),
            ("[data.synthetic]\nrows = 1000000000000000", "data.synthetic.rows"),
            ("[data.synthetic]\ntickers = 1000000000000000", "data.synthetic.tickers"),
            ("[extended]\nfolds = 1000000000000000", "extended"),
            ("[tuner]\nparallelism = 1000000000000000", "tuner.parallelism"),
            ("[training]\naccumulation_steps = 1000000000000000", "training.accumulation_steps"),
        ] {
            check(text, &[key, "1000000"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_may_never_end_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("run.toml");
        let _open = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = Config::load(Preset::Default, Some(&socket)).unwrap_err();
        let ConfigError::Read { path, source } = error else { panic!("{error}") };
        assert_eq!(
            (path, source.to_string()),
            (socket, "it is a pipe, a socket or a device; give a regular file".into())
        );
        assert_eq!(read_text(Path::new("/dev/null")).unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_long_line_is_cut_where_it_is_quoted() {
        let message =
            Config::from_toml(Preset::Default, &format!("seed = '{}'", "x".repeat(1_000_000)), "run.toml");
        let message = message.unwrap_err().to_string();
        assert!(message.len() < 2000 && message.contains("... ("), "{} bytes", message.len());
    }

    #[test]
    fn every_preset_is_valid() {
        for preset in [Preset::Smoke, Preset::Default, Preset::Full] {
            let config = Config::load(preset, None).unwrap();
            assert_eq!(config.name, preset.name());
        }
        assert_eq!(Config::load(Preset::Empty, None).unwrap(), Config::default());
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_no_record_can_name_are_refused() {
        use std::os::unix::ffi::OsStringExt as _;
        let mut config = Config::default();
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"caf\xe9/A.csv".to_vec()));
        config.data.files = vec!["B.csv".into(), path];
        let message = config.validate().unwrap_err().to_string();
        for part in ["data.files", r#""caf\xE9/A.csv" is not UTF-8"#, "rename"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_part_that_cannot_be_chosen_is_reported_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("run.toml");
        let text = "[tuner]\nstages = [\n  { sampler = 'tpe', trials = 1, epochs = 1 },\n  { sampler = 'x', trials = 1, \
                    epochs = 1 },\n]\n[tuner.pruner]\nkind = 'asha'\nreduction = 1\n";
        std::fs::write(&file, text).unwrap();
        let unknown = PartError::Unknown { kind: "sampler", name: "x".into(), known: "random, tpe".into() };
        let message = |key: &str, error: &PartError, file| ConfigError::of_part(key, error, file).to_string();
        let said = message("tuner.stages[1].sampler", &unknown, Some(&file));
        assert!(said.contains("run.toml, line 4: tuner.stages[1].sampler: \"x\" is not a known"), "{said}");
        assert!(message("tuner.pruner", &unknown, Some(&file)).contains("line 7: tuner.pruner: "));
        let value = ParamError::Value {
            part: "asha".into(),
            name: "reduction".into(),
            found: "1".into(),
            expected: "more".into(),
        };
        let said = message("tuner.pruner", &value.clone().into(), Some(&file));
        assert!(said.contains("line 8: tuner.pruner.reduction: "), "{said}");
        let said = message("tuner.pruner", &value.into(), None);
        assert!(said.starts_with("configuration: tuner.pruner.reduction"), "{said}");
    }

    #[test]
    fn a_part_is_replaced_whole() {
        let mut base: Table = toml::from_str("[tuner.pruner]\nname = 'asha'\nreduction = 4").unwrap();
        merge(&mut base, toml::from_str("[tuner.pruner]\nname = 'median'").unwrap(), "");
        assert_eq!(base, toml::from_str("[tuner.pruner]\nname = 'median'").unwrap());
    }

    #[test]
    fn every_part_is_a_single_value() {
        let part = "{ name = 'own', width = 4 }";
        let text = format!(
            "[data]\nsource = {part}\n[features]\nset = [{part}]\n[labels]\nrule = {part}\n[scaler]\nkind = {part}\n\
             [training]\nmodel = {part}\nobjective = {part}\n[tuner]\npruner = {part}\n\
             [extended]\nmethod = {part}\npruner = {part}\n"
        );
        let config = Config::from_toml(Preset::Empty, &text, "run.toml").unwrap();
        let leaves = artifact_core::schema::flatten_to(&config, is_whole).unwrap();
        let split: Vec<_> = leaves.keys().filter(|key| key.ends_with(".width")).collect();
        assert!(split.is_empty(), "{split:?}");
        assert_eq!(leaves.values().filter(|leaf| leaf.to_string().contains("width")).count(), PARTS.len());
    }

    #[test]
    fn a_file_is_merged_over_the_preset() {
        let text = "seed = 7\n[tuner.search_space]\nd_model = 16\nnum_heads = { choices = [2] }\n";
        let config = Config::from_toml(Preset::Smoke, text, "run.toml").unwrap();
        let smoke = Config::load(Preset::Smoke, None).unwrap();
        assert_eq!(config.seed, 7);
        let (space, before) = (&config.tuner.search_space, &smoke.tuner.search_space);
        assert_eq!(space.get("d_model"), Some(&DomainSetting::fixed(16)));
        assert_eq!(space.get("num_heads"), Some(&DomainSetting::choices([2])));
        assert_eq!(space.get("seq_length"), before.get("seq_length"));
        assert_eq!(config.tuner.stages, smoke.tuner.stages);
    }

    #[test]
    fn what_a_file_says_of_all_models_replaces_what_the_preset_says_of_one() {
        let text = "[tuner.search_space]\nd_model = 16\nlearning_rate = 1e-3\ngru.learning_rate = 2e-3\n";
        let config = Config::from_toml(Preset::Default, text, "run.toml").unwrap();
        let space = &config.tuner.search_space;
        assert_eq!((space.get("d_model"), space.get("gru.d_model")), (Some(&DomainSetting::fixed(16)), None));
        assert_eq!(space.get("gru.learning_rate"), Some(&DomainSetting::fixed(2e-3)), "the file's own stays");
        let preset = Config::load(Preset::Default, None).unwrap();
        for kept in ["gru.weight_decay", "gbdt.rows"] {
            assert_eq!(space.get(kept), preset.tuner.search_space.get(kept));
        }
    }

    #[test]
    fn the_documented_listing_is_complete_and_current() {
        let document = include_str!("../../../docs/configuration.md");
        let listing = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let mut found = Config::from_toml(Preset::Empty, listing, "listing").unwrap();
        // The tuner's tests check that the listed domains are those of the default model.
        found.tuner.search_space = SearchSpace::default();
        assert_eq!(found, Config::default());
        let keys =
            |text: &str| toml::from_str::<Config>(text).map(|c| serde_json::to_value(c).unwrap()).unwrap();
        let listed: Table = toml::from_str(listing).unwrap();
        for (section, settings) in keys("").as_object().unwrap() {
            let Some(settings) = settings.as_object() else {
                assert!(listed.contains_key(section), "{section} is not listed");
                continue;
            };
            for key in settings.keys() {
                assert!(listed[section].get(key).is_some(), "{section}.{key} is not listed");
            }
        }
    }

    #[test]
    fn checkpoints_and_budgets_do_not_change_the_run() {
        let config = Config::default();
        let mut other = config.clone();
        other.checkpoints.epochs = 5;
        other.tuner.stages[0].trials += 1;
        assert_eq!(config.run_name().unwrap(), other.run_name().unwrap());
        other.training.accumulation_steps = 2;
        assert!(!config.is_comparable_with(&other));
    }

    #[test]
    fn configurations_round_trip_as_json() {
        let config = Config::default();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
    }

    #[test]
    fn errors_found_after_loading_are_reported_with_their_line_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("run.toml");
        std::fs::write(&file, "seed = 1\n[features]\nset = 'mine'\n").unwrap();
        let error = ConfigError::of("features.set", "not known");
        assert_eq!(error.to_string(), "configuration: features.set: not known");
        let error = error.at(Some(&file)).to_string();
        assert!(error.ends_with("run.toml, line 3: features.set: not known"), "{error}");
    }

    #[test]
    fn errors_are_reported_with_their_line() {
        check("seed = 1\nsed = 2\n", &["run.toml", "line 2", "sed"]);
        check("[data]\nsource = 3\n", &["line 2", "a name, or a table"]);
        check("[tuner]\nparallelism = 0\n", &["line 2", "tuner.parallelism", "at least 1"]);
        check("\n\n[labels]\nthreshold = 1.5\n", &["line 4", "labels.threshold", "1.5"]);
        check("[split]\nrule = 'sequence_ratio'\n", &["line 2", "older results"]);
        check("[training]\nclass_weight_mix = 1.5\n", &["line 2", "training.class_weight_mix", "1.5"]);
        check("[training]\naccumulation_steps = 0\n", &["line 2", "accumulation_steps", "at least 1"]);
        check("[features]\nset = []\n", &["line 2", "features.set", "at least one"]);
        check(
            "[features]\nticker_embedding = true\n[training]\nscope = 'joint'\n",
            &["line 2", "features.ticker_embedding", "training.scope = \"joint\""],
        );
        check("name = 'a/b'\n", &["line 1", "a/b"]);
        check("[tuner.pruner]\npercentile = 10\n", &["line 1", "name"]);
        check(
            "[tuner]\nstages = [{ sampler = 3, trials = 1, epochs = 1 }]\n",
            &["line 2", "a name, or a table"],
        );
        check("[tuner.search_space]\nd_model = { low = 4 }\n", &["line 2", "low = .., high = .."]);
        check(
            "[tuner.search_space]\nnum_layers = { low = 1, high = 6, step = 2 }\n",
            &["line 2", "step is 2", "from 1 to 6"],
        );
        check(
            "[tuner.search_space]\ntime_window = { low = 1, high = 2, step = 0.5 }\n",
            &["line 2", "whole"],
        );
        check(
            "[tuner.search_space]\nlearning_rate = { low = 0.1, high = 1, log = true, step = 0.1 }\n",
            &["line 2", "no step"],
        );
        check("[tuner.search_space]\nd_model = { low = 9, high = 4 }\n", &["line 2", "low is 9"]);
        check("[tuner.search_space]\nd_model = { choices = [] }\n", &["line 2", "empty"]);
        check("[tuner.search_space]\nd_model = { choices = [8, 8] }\n", &["line 2", "twice"]);
        check("[tuner.search_space]\nseq_length = 2.5\n", &["line 2", "whole number"]);
        check("[tuner.search_space]\nseq_length = { low = 1, high = 9e15 }\n", &["line 2", "to 1000000"]);
        check(
            "[tuner.search_space]\nlearning_rate = { low = 0, high = 1, log = true }\n",
            &["line 2", "above 0"],
        );
        check("seed = \n", &["line 1"]);
        check("seed = 'u64'\n", &["line 1", "'u64'\n", "\"u64\", expected a whole number, 0 or more"]);
        check("seed = -1\n", &["line 1", "`-1`, expected a whole number, 0 or more"]);
        check("seed = 99999999999999999999\n", &["line 1", "expected a whole number, 0 or more"]);
        check("[labels]\nthreshold = 'x'\n", &["line 2", "expected a number"]);
        check("labels = 3\n", &["line 1", "expected a table"]);
        check("[split]\nrule = 'ratio'\n", &["line 2", "unknown variant `ratio`, expected `calendar`"]);
        check("seed = 9007199254740992\n", &["line 1", "seed", "2^53 - 1"]);
    }

    #[test]
    fn only_what_changes_the_study_changes_the_run_name() {
        let base = Config::default();
        let name = |change: fn(&mut Config)| {
            let mut config = base.clone();
            change(&mut config);
            config.run_name().unwrap()
        };
        assert_eq!(name(|c| c.tuner.stages[0].trials = 3), base.run_name().unwrap());
        assert_eq!(name(|c| c.extended.folds = 3), base.run_name().unwrap());
        assert_ne!(name(|c| c.seed = 3), base.run_name().unwrap());
        assert_ne!(name(|c| c.tuner.stages[0].epochs = 3), base.run_name().unwrap());
    }
}
