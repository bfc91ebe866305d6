//! Real runs of several configurations, each made once.

use crate::made_run::MadeRun;
use std::sync::OnceLock;
use tests::{Sandbox, csv, csv_config};

/// Which run a mutation breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Contiguous folds with the frozen scaler, label purge, an embargo.
    Frozen,
    /// Walk-forward folds that refit scaler and class weights, strict purge, other labels, features and pooling.
    Refitting,
}

const EMBARGO: &str = "[split]\nembargo = 3\n[labels]\nrule = \"first_touch\"\n";

const REFITTING: &str = r#"
[split]
purge = "strict"
embargo = 2
[labels]
rule = "horizon"
entry = "close"
threshold = 0.03
[features]
set = "close"
[scaler]
per = "ticker"
"#;

const REFIT: &str = "method = \"walk_forward\"\nrefit_preprocessing = true\n";

impl Base {
    /// The run.
    pub(crate) fn run(self) -> &'static MadeRun {
        static FROZEN: OnceLock<MadeRun> = OnceLock::new();
        static REFITTING_RUN: OnceLock<MadeRun> = OnceLock::new();
        match self {
            Base::Frozen => FROZEN.get_or_init(|| of_one_geometry(EMBARGO, "")),
            Base::Refitting => REFITTING_RUN.get_or_init(|| of_one_geometry(REFITTING, REFIT)),
        }
    }
}

/// Bars of three tickers, by file name.
pub(crate) fn bars() -> Vec<(&'static str, String)> {
    vec![("AAA.csv", csv(360, 0.0)), ("BBB.csv", csv(360, 1.0)), ("CCC.csv", csv(360, 2.5))]
}

/// Makes a run with the real binaries. In the configuration, `top` goes before all sections, `sections` before
/// `[tuner]` and `extended` into `[extended]`.
pub(crate) fn made(top: &str, sections: &str, extended: &str, bars: &[(&str, String)]) -> MadeRun {
    run(&configured(top, sections, extended, bars), bars)
}

/// Makes a run whose trials all have the same windows, so that the effect of a mutation does not depend on the trials
/// that a sampler suggests.
fn of_one_geometry(sections: &str, extended: &str) -> MadeRun {
    let bars = bars();
    let config = configured("", sections, extended, &bars);
    let config = config.replacen("time_window = { choices = [5, 7] }", "time_window = 5", 1);
    let config = config.replacen("seq_length = { choices = [8, 12] }", "seq_length = 8", 1);
    assert!(config.contains("time_window = 5\nseq_length = 8\n"), "the windows are fixed");
    run(&config, &bars)
}

fn configured(top: &str, sections: &str, extended: &str, bars: &[(&str, String)]) -> String {
    let files: Vec<&str> = bars.iter().map(|(name, _)| *name).collect();
    let config = csv_config(&files).replacen("[tuner]", &format!("{sections}\n[tuner]"), 1);
    let config = config.replacen("[extended]", &format!("[extended]\n{extended}"), 1);
    format!("{top}{config}")
}

fn run(config: &str, bars: &[(&str, String)]) -> MadeRun {
    let sandbox = Sandbox::new(config);
    bars.iter().for_each(|(name, text)| sandbox.write(name, text));
    sandbox.run_phases(4);
    MadeRun::of(&sandbox)
}
