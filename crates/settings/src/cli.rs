//! What the binaries share: selecting a run, logging, and exit codes.

pub use crate::printing::{document_output, output};

use crate::part::{Catalog, Chosen, Part, PartError, PartSetting};
use crate::printing::{flushed, log_fields};
use crate::threads::{self, ThreadsError};
use crate::{Config, ConfigError, DataConfig, Preset};
use artifact_core::{Error, FileStore, Run, Workspace, is_plain_name, shown};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The workspace, the run and its configuration, as options.
///
/// Without `--config`, `--preset`, `--seed`, `--source` and `--bars`, an existing `--run` keeps its own configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Directory with store, ledger and runs
    #[arg(long, value_name = "DIR", env = "HOLDFAST_WORKSPACE", default_value = "holdfast")]
    pub workspace: PathBuf,
    /// TOML file whose settings override the preset's
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG")]
    pub config: Option<PathBuf>,
    /// Settings to start from [default: default]
    #[arg(long)]
    pub preset: Option<PresetArg>,
    /// Root of every random stream
    #[arg(long, value_name = "N", env = "HOLDFAST_SEED")]
    pub seed: Option<u64>,
    /// Where bars come from: sample, csv, synthetic, or a source of your own
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Files of bars, folders, patterns such as 'bars/*.csv', or - for standard input, in place of the configuration's
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub bars: Vec<PathBuf>,
    /// Name of the run [default: the configuration's name and digest]
    #[arg(long, value_name = "NAME", env = "HOLDFAST_RUN")]
    pub run: Option<String>,
    /// Compression level of new objects, 1 to 19 [default: 3]
    #[arg(long, value_name = "N", env = "HOLDFAST_COMPRESSION_LEVEL", value_parser = clap::value_parser!(i32).range(1..=19))]
    pub compression_level: Option<i32>,
}

/// How verbose standard error is.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct LogArgs {
    /// Only warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More detail
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// [`Preset`] as an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PresetArg {
    /// Seconds
    Smoke,
    /// About a minute on two cores
    Default,
    /// 75 trials in three stages
    Full,
    /// The built-in defaults alone
    None,
}

/// The selected run.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The workspace.
    pub workspace: Workspace,
    /// The run.
    pub run: Run,
    /// Its configuration.
    pub config: Config,
    /// The file that the configuration was read from, if any.
    pub file: Option<PathBuf>,
}

/// An invalid command line; the process ends with exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The command's input failed one of the program's own checks; the process ends with exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ValidationError(pub String);

impl RunArgs {
    /// Finds the run and its configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], or [`UsageError`] if `--run` names an existing run whose settings are not comparable with the
    /// given ones.
    pub fn select(&self) -> Result<Selection, SelectError> {
        let level = self.compression_level.unwrap_or(FileStore::DEFAULT_LEVEL);
        let workspace = Workspace::new(&self.workspace).with_compression_level(level);
        let given = self.config.is_some()
            || self.preset.is_some()
            || self.seed.is_some()
            || self.source.is_some()
            || !self.bars.is_empty();
        if let (Some(name), false) = (&self.run, given) {
            let run = workspace.run(checked_name(name)?);
            if let Some(config) = kept(&run)? {
                return Ok(Selection { workspace, run, config, file: None });
            }
        }
        let (config, file) = (self.configuration()?, self.config.clone());
        let Some(name) = &self.run else {
            let run = workspace.run(&config.run_name()?);
            return Ok(Selection { workspace, run, config, file });
        };
        let run = workspace.run(checked_name(name)?);
        // An imported run has no settings until its first phase finishes, so it accepts any.
        if let Some(before) = kept(&run)?
            && !before.is_comparable_with(&config)
        {
            let list = settings_that_differ(&before.without_budgets(), &config.without_budgets());
            return Err(UsageError(format!(
                "run {name} cannot continue with different settings: {list}; choose another --run NAME, or leave it out"
            ))
            .into());
        }
        Ok(Selection { workspace, run, config, file })
    }

    /// Chooses the part that the configuration's `key` names, such as `tuner.pruner`. Call it right after
    /// [`RunArgs::select`], so that an invalid configuration fails before any work is done.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the key, its line if the file sets it, and the known names.
    pub fn choose<P: Part + ?Sized>(
        &self,
        key: &str,
        catalog: &Catalog<P>,
        setting: &PartSetting,
    ) -> Result<Chosen<P>, ConfigError> {
        catalog.choose(setting).map_err(|error| self.refused(key, &error))
    }

    /// The error for a part that the configuration's `key` names but that cannot be chosen.
    pub fn refused(&self, key: &str, error: &PartError) -> ConfigError {
        ConfigError::of_part(key, error, self.config.as_deref())
    }

    fn configuration(&self) -> Result<Config, ConfigError> {
        let preset = match self.preset {
            Some(PresetArg::Smoke) => Preset::Smoke,
            Some(PresetArg::Default) | None => Preset::Default,
            Some(PresetArg::Full) => Preset::Full,
            Some(PresetArg::None) => Preset::Empty,
        };
        let mut config = Config::load(preset, self.config.as_deref())?;
        config.seed = self.seed.unwrap_or(config.seed);
        // If the option repeats the file's source, keep the parameters that the file gives it.
        if let Some(source) = self.source.as_ref().filter(|source| **source != config.data.source.name) {
            config.data.source = PartSetting::named(source);
        }
        if !self.bars.is_empty() {
            config.data.files.clone_from(&self.bars);
            // The sample, which is the default, reads no files.
            if self.source.is_none() && config.data.source.name == DataConfig::default().source.name {
                config.data.source = PartSetting::named("csv");
            }
        }
        config.validate()?;
        Ok(config)
    }
}

/// How many differing settings an error lists at most.
const LISTED: usize = 5;

/// The settings in which two configurations differ, by dotted key with both values. Beyond [`LISTED`] of them, only
/// their number.
fn settings_that_differ(run: &Config, given: &Config) -> String {
    let document = |config: &Config| serde_json::to_value(config).unwrap_or_default();
    let mut found = Vec::new();
    compare("", &document(run), &document(given), &mut found);
    let more = found.len().saturating_sub(LISTED);
    found.truncate(LISTED);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found.join(", ")
}

/// Descends both documents to the settings that differ. Lists of equal length are compared element by element: one
/// changed number should not print every stage of the tuner.
fn compare(key: &str, run: &Value, given: &Value, found: &mut Vec<String>) {
    match (run, given) {
        (Value::Object(left), Value::Object(right)) => {
            for name in left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))) {
                let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                let of = |values: &Map<String, Value>| values.get(name).cloned().unwrap_or_default();
                compare(&below, &of(left), &of(right), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (place, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{key}[{place}]"), left, right, found);
            }
        }
        _ if run == given => {}
        _ => found.push(format!("{key} (run: {}, given: {})", written(run), written(given))),
    }
}

/// A value as a message shows it, truncated since a whole list may be long.
fn written(value: &Value) -> String {
    const LENGTH: usize = 60;
    let text = if value.is_null() { "not set".to_owned() } else { value.to_string() };
    if text.chars().count() <= LENGTH {
        return text;
    }
    text.chars().take(LENGTH).chain("...".chars()).collect()
}

/// The configuration of an existing run; `None` if the run is new or has no configuration.
fn kept(run: &Run) -> Result<Option<Config>, Error> {
    match run.record()? {
        Some(record) => Config::of_record(&record),
        None => Ok(None),
    }
}

/// Why a run cannot be selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The command line is not valid.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The run's record cannot be read.
    #[error(transparent)]
    Artifact(#[from] Error),
}

/// Returns `name` if it can name a run: a plain directory name, never a path.
///
/// # Errors
///
/// [`UsageError`] for any other name.
pub fn checked_name(name: &str) -> Result<&str, UsageError> {
    if !is_plain_name(name) {
        return Err(UsageError(format!(
            "{name:?} cannot name a run; use letters, digits, '-', '_' and '.', not starting with '.'"
        )));
    }
    Ok(name)
}

/// Starts logging and the threads that the work shares. On failure it prints the error, and returns the exit code.
///
/// # Errors
///
/// The exit code: 2 when `RAYON_NUM_THREADS` asks for more threads than a process can have, 1 when the system refuses them.
pub fn prepare(args: LogArgs) -> Result<(), ExitCode> {
    init_logging(args);
    let started = threads::start(|name| std::env::var(name).ok());
    started.map_err(|error| {
        let error: Box<dyn std::error::Error> = match error {
            ThreadsError::TooMany(_) => UsageError(error.to_string()).into(),
            ThreadsError::Refused(_) => error.into(),
        };
        finish(Err(error))
    })
}

/// Starts logging to standard error; `HOLDFAST_LOG` takes filters such as `tuner=debug`.
pub fn init_logging(args: LogArgs) {
    let level = match args {
        LogArgs { quiet: true, .. } => "warn",
        LogArgs { verbose: true, .. } => "debug",
        _ => "info",
    };
    let filter = EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .fmt_fields(log_fields())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        // Reporting that standard error cannot be written, on standard error, would panic.
        .log_internal_errors(false);
    // A process may get here twice, as tests do; the first subscriber stays.
    let _ = subscriber.try_init();
}

/// Ends the program: prints an error and its causes to standard error and returns the exit code.
///
/// 0 done, 1 failed, 2 bad usage or configuration, 3 an artifact failed validation.
pub fn finish<E: AsRef<dyn std::error::Error + 'static>>(result: Result<(), E>) -> ExitCode {
    let Err(error) = result else {
        return flushed();
    };
    let error = error.as_ref();
    let mut message = format!("error: {}", indented(&error.to_string()));
    let mut last = error.to_string();
    for cause in causes(error).skip(1) {
        // Some errors only repeat the text of their cause; print it once.
        let text = cause.to_string();
        if text != last {
            message.push_str(&format!("\n  because: {}", indented(&text)));
        }
        last = text;
    }
    // Not `eprintln!`, which panics when standard error is closed: the exit code still tells what happened.
    drop(writeln!(std::io::stderr(), "{message}"));
    ExitCode::from(exit_code(error))
}

/// A message whose later lines are indented: a line break in a file's name cannot forge a message of its own.
fn indented(text: &str) -> String {
    shown::message(text).replace('\n', "\n    ")
}

fn exit_code(error: &(dyn std::error::Error + 'static)) -> u8 {
    for cause in causes(error) {
        if cause.is::<ConfigError>() || cause.is::<UsageError>() {
            return 2;
        }
        if cause.is::<ValidationError>() {
            return 3;
        }
        // The outermost artifact error decides: what lies behind it is only its cause.
        if let Some(error) = cause.downcast_ref::<Error>() {
            return if error.is_validation() { 3 } else { 1 };
        }
        // A transparent error forwards `source` to the error inside it, so that one never appears in the chain itself.
        match cause.downcast_ref::<SelectError>() {
            Some(SelectError::Config(_) | SelectError::Usage(_)) => return 2,
            Some(SelectError::Artifact(error)) if error.is_validation() => return 3,
            _ => {}
        }
    }
    1
}

fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::{Digest, PhaseRecord, RunRecord};

    #[test]
    fn exit_codes_distinguish_usage_damage_and_failure() {
        let config = Config::from_toml(Preset::Smoke, "sed = 1", "run.toml").unwrap_err();
        assert_eq!(exit_code(&SelectError::from(config)), 2);
        assert_eq!(exit_code(&UsageError("no".into())), 2);
        assert_eq!(exit_code(&ValidationError("no".into())), 3);
        let id = Digest::of(b"");
        assert_eq!(exit_code(&Error::Damaged { id, found: "x".into() }), 3);
        assert_eq!(exit_code(&Error::NotFound { what: "trial", id }), 1);
        assert_eq!(exit_code(&std::io::Error::other("x")), 1);
    }

    #[test]
    fn a_message_cannot_forge_another_one() {
        let name = "a\u{1b}[2K\nerror: \u{202e}b";
        assert_eq!(indented(name), "a\\u{1b}[2K\n    error: \\u{202e}b");
    }

    #[test]
    fn settings_that_differ_are_listed_by_key_and_counted() {
        let mut given = Config::default();
        given.labels.threshold = 0.05;
        given.data.tickers = vec!["AAPL".into()];
        given.tuner.stages[0].trials += 1;
        let list = settings_that_differ(&Config::default(), &given);
        for part in
            ["labels.threshold (run: 0.02, given: 0.05)", "data.tickers (run: ", "tuner.stages[0].trials"]
        {
            assert!(list.contains(part), "{list}");
        }
        given.seed += 1;
        given.data.period = "1y".into();
        given.training.patience += 1;
        given.training.cost_bps += 1.0;
        let list = settings_that_differ(&Config::default(), &given);
        assert!(list.matches("(run: ").count() == LISTED && list.ends_with(", and 2 more"), "{list}");
        assert_eq!(settings_that_differ(&given, &given), "");
    }

    #[test]
    fn a_named_run_keeps_its_configuration_and_rejects_a_different_one() {
        let directory = tempfile::tempdir().unwrap();
        let args = RunArgs {
            workspace: directory.path().to_owned(),
            run: Some("mine".into()),
            ..Default::default()
        };
        let smoke = RunArgs { preset: Some(PresetArg::Smoke), ..args.clone() };
        let made = smoke.select().unwrap();
        made.run.write_record(&RunRecord::new("mine", &made.config).unwrap()).unwrap();
        assert_eq!(args.select().unwrap().config, made.config);
        let imported = RunRecord::imported("old", PhaseRecord::new(Digest::of(b""), []));
        made.workspace.run("old").write_record(&imported).unwrap();
        let old = RunArgs { run: Some("old".into()), ..smoke.clone() };
        assert_eq!(old.select().unwrap().config, made.config, "imported results accept any settings");
        assert_eq!(smoke.select().unwrap().config, made.config);
        let other = RunArgs { seed: Some(1), ..smoke };
        let Err(SelectError::Usage(refused)) = other.select() else { panic!("a different seed is accepted") };
        let seeds = format!("seed (run: {}, given: 1);", made.config.seed);
        assert!(refused.to_string().contains(&seeds), "{refused}");
        for bad in ["", "..", "a/b", ".x"] {
            assert!(RunArgs { run: Some(bad.into()), ..args.clone() }.select().is_err(), "{bad}");
        }
    }
}
