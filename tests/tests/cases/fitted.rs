//! Bars and settings that only fitting shows to be too few, too small or too large.

use crate::common::{artifact, case, contains, is_sound, ran, refused, run_phases, smoke, succeeds, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tests::study::rows;
use tests::{Ended, Sandbox};

fn tune(sandbox: &Sandbox) -> Ended {
    smoke(sandbox, "tuner", &["run"])
}

/// Tuning is refused before any fit, with a message that contains the parts.
#[track_caller]
fn tuning_is_refused(sandbox: &Sandbox, parts: &[&str]) {
    refused(&tune(sandbox), 1, parts);
    assert!(!sandbox.run().trial_results().exists(), "no trial was fitted");
}

#[test]
fn windows_that_are_longer_than_the_bars() {
    let needed = ["seq_length 500", "time_window 5", "260 rows", "at least 790 rows are needed"];
    tuning_is_refused(&ran("seq-too-long", 1), &needed);
}

#[test]
fn bars_that_are_too_few_for_any_window() {
    let three = ran("three-rows", 1);
    tuning_is_refused(&three, &["seq_length 10", "3 rows", "at least 33 rows are needed"]);
    // Forty rows are enough for the short windows of the preset that all cases have, but not for the default ones.
    let forty = case("too-few-rows");
    let preset = ["--preset", "default"];
    let frozen = forty.succeeds("data-loader", &[&["freeze"], &preset[..]].concat());
    contains(&frozen.stdout, &["40 rows of NEW"]);
    let tuned = forty.phase("tuner", &[&["run"], &preset[..]].concat());
    refused(
        &tuned,
        1,
        &["seq_length 30 and time_window 5", "40 rows", "at least 55 rows are needed", "more rows"],
    );
}

#[test]
fn fits_that_all_diverge_are_failed_trials_and_no_best_one() {
    let sandbox = ran("lr-explodes", 1);
    let tuned = tune(&sandbox);
    assert_eq!((tuned.code, tuned.stdout.as_str()), (1, ""), "{}", tuned.stderr);
    contains(
        &tuned.stderr,
        &["none of the 5 trials completed", "the training loss is NaN", "lower learning_rate"],
    );
    let found: Value = serde_json::from_str(&sandbox.view(|run| run.trial_results())).unwrap();
    let trials = found["trials"].as_array().unwrap();
    assert_eq!((trials.len(), &found["study"]), (5, &Value::Null));
    for trial in trials {
        assert_eq!((&trial["state"], &trial["metrics"]), (&"failed".into(), &Value::Null));
        contains(trial["error"].as_str().unwrap(), &["not finite", "learning_rate"]);
    }
    refused(&smoke(&sandbox, "tuner", &["best"]), 1, &["no complete trial"]);
    refused(&smoke(&sandbox, "extended-trainer", &["run"]), 2, &["holdfast tune"]);
    is_sound(&sandbox.path("workspace"));
}

#[test]
fn another_search_space_is_refused_in_the_same_run() {
    let sandbox = case("changed-search-space");
    let named = ["--run", "r"];
    for (program, command) in &tests::PHASES[..2] {
        succeeds(&sandbox, program, &[command, &named[..]].concat());
    }
    let before = rows(&sandbox.run().study_database());
    sandbox.write("run.toml", &text("changed-search-space", "config2.toml"));
    let changed = smoke(&sandbox, "tuner", &["run", "--run", "r"]);
    refused(&changed, 2, &["tuner.search_space.batch_size.choices", "[32,64]", "[32,64,128]", "--run NAME"]);
    assert_eq!(rows(&sandbox.run().study_database()), before);
    // Without the name it is a run of its own, with a study of its own.
    for (program, command) in &tests::PHASES[..2] {
        succeeds(&sandbox, program, command);
    }
    assert_eq!(sandbox.workspace().runs().unwrap().len(), 2);
    assert_eq!(rows(&sandbox.workspace().run("r").study_database()), before);
}

/// No file of a run, and nothing that a program printed, has a number that is none. Stored JSON cannot hold one.
#[track_caller]
fn is_finite(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            is_finite(&path);
        } else if path.extension().is_some_and(|end| ["html", "md", "json"].iter().any(|text| end == *text)) {
            let text = fs::read_to_string(&path).unwrap();
            let word = |word: &str| ["nan", "inf", "infinity"].contains(&word.to_lowercase().as_str());
            let found = text.split(|letter: char| !letter.is_alphanumeric()).find(|part| word(part));
            assert_eq!(found, None, "{}", path.display());
        }
    }
}

#[test]
fn prices_near_the_largest_number_are_fitted_to_finite_figures() {
    let sandbox = ran("huge", 5);
    is_finite(sandbox.run().directory());
    is_sound(&sandbox.path("workspace"));
}

#[test]
fn a_price_that_never_changes_is_fitted_and_called_so() {
    let sandbox = ran("constant-price", 1);
    let tuned = tune(&sandbox);
    assert_eq!(tuned.code, 0, "{}", tuned.stderr);
    contains(&tuned.stderr, &["the close of PEG never changes", "there is nothing to learn from it"]);
    run_phases(&sandbox, 5);
    is_finite(sandbox.run().directory());
    is_sound(&sandbox.path("workspace"));
}

#[test]
fn a_ticker_is_no_markup_on_the_page_and_on_the_card() {
    let sandbox = ran("ticker-html", 5);
    for text in [sandbox.view(|run| run.report()), sandbox.view(|run| run.final_model().join("README.md"))] {
        assert!(!text.to_lowercase().contains("<img"), "{text}");
        contains(&text, &["A&lt;IMG SRC=X ONERROR=ALERT(1)&gt;"]);
    }
    let run = sandbox.run().name().to_owned();
    let check = artifact(&sandbox.path("workspace"), &["rebuild-views", &run, "--check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
}
