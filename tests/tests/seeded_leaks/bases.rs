//! Real runs of several configurations, each made once.

use crate::made_run::MadeRun;
use std::sync::OnceLock;
use tests::{Bench, csv, csv_config};

/// Which run a mutation breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Contiguous folds with the frozen scaler, label purge, an embargo.
    Frozen,
    /// Walk-forward folds that refit scaler and class weights, strict purge, other labels, features and pooling.
    Refitting,
}

const EMBARGO: &str = "[split]\nembargo = 3\n";

const REFITTING: &str = r#"
[split]
purge = "strict"
embargo = 2
[labels]
rule = "horizon"
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
            Base::Frozen => FROZEN.get_or_init(|| made("", EMBARGO, "", &bars())),
            Base::Refitting => REFITTING_RUN.get_or_init(|| made("", REFITTING, REFIT, &bars())),
        }
    }
}

/// Bars of three tickers, by file name.
pub(crate) fn bars() -> Vec<(&'static str, String)> {
    vec![("AAA.csv", csv(360, 0.0)), ("BBB.csv", csv(360, 1.0)), ("CCC.csv", csv(360, 2.5))]
}

/// Makes a run with the real binaries: `top` stands before all sections, `sections` before phase 1, `extended` in
/// phase 2.
pub(crate) fn made(top: &str, sections: &str, extended: &str, bars: &[(&str, String)]) -> MadeRun {
    let files: Vec<&str> = bars.iter().map(|(name, _)| *name).collect();
    let config = csv_config(&files).replacen("[tuner]", &format!("{sections}\n[tuner]"), 1);
    let config = config.replacen("[extended]", &format!("[extended]\n{extended}"), 1);
    let bench = Bench::new(&format!("{top}{config}"));
    bars.iter().for_each(|(name, text)| bench.write(name, text));
    bench.run_phases(4);
    MadeRun::of(&bench)
}
