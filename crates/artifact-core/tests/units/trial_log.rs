//! The log of trials.

use artifact_core::schema::TrialState;
use artifact_core::{Digest, Id, LoggedTrial, TrialLog};
use std::fs;

fn trial(study: &str, number: u64, rows: &str) -> LoggedTrial {
    LoggedTrial {
        study_key: Digest::of(study.as_bytes()),
        number,
        params: Digest::of(b"params"),
        development_snapshot: Id::new(Digest::of(rows.as_bytes())),
        trial: Id::new(Digest::of(b"trial")),
        state: TrialState::Complete,
        sharpe: Some(0.125 * number as f64),
    }
}

fn log() -> (tempfile::TempDir, TrialLog) {
    let directory = tempfile::tempdir().unwrap();
    let log = TrialLog::new(directory.path().join("ledger/trials.jsonl"));
    (directory, log)
}

#[test]
fn a_trial_counts_once_whoever_runs_it_again() {
    let (_directory, log) = log();
    let (mut one, mut other) = (log.writer(), log.writer());
    assert!(one.record_summary("t", "first", trial("a", 0, "rows")).unwrap());
    assert!(!other.record_summary("t", "second", trial("a", 0, "rows")).unwrap(), "the log has it");
    assert!(other.record_summary("t", "second", trial("a", 1, "rows")).unwrap());
    assert!(!one.record_summary("t", "first", trial("a", 1, "rows")).unwrap(), "the other writer added it");
    assert!(one.record_summary("t", "first", trial("b", 0, "rows")).unwrap(), "another study");
    assert!(one.record_summary("t", "first", trial("c", 0, "other rows")).unwrap());
    let other = LoggedTrial { params: Digest::of(b"enqueued"), ..trial("a", 1, "rows") };
    assert!(one.record_summary("t", "third", other).unwrap(), "other values under the same number");
    let on = |rows: &str| log.trials_on(Id::new(Digest::of(rows.as_bytes()))).unwrap().len();
    assert_eq!((on("rows"), on("other rows"), on("no rows")), (4, 1, 0));
    let entries = log.entries().unwrap();
    let runs: Vec<&str> = entries.iter().map(|entry| entry.run.as_str()).collect();
    assert_eq!(runs, ["first", "second", "first", "first", "third"]);
}

#[test]
fn later_trials_do_not_change_how_many_a_choice_was_made_from() {
    let (_directory, log) = log();
    let mut writer = log.writer();
    for (study, number, rows) in [
        ("a", 0, "rows"),
        ("b", 0, "rows"),
        ("c", 0, "other rows"),
        ("a", 1, "rows"),
        ("b", 1, "rows"),
        ("a", 2, "rows"),
    ] {
        writer.record_summary("t", "run", trial(study, number, rows)).unwrap();
    }
    let until = |study: &str, trials| {
        log.trials_until(Id::new(Digest::of(b"rows")), Digest::of(study.as_bytes()), trials).unwrap()
    };
    assert_eq!((until("a", 1), until("a", 2), until("a", 3), until("b", 2)), (1, 3, 5, 4));
    assert_eq!(until("unknown", 7), 7);
}

#[test]
fn concurrent_writers_lose_and_repeat_nothing() {
    let (_directory, log) = log();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let log = &log;
            scope.spawn(move || {
                let mut appender = log.writer();
                for number in 0..25 {
                    let study = if number % 2 == 0 { "shared".into() } else { format!("own {writer}") };
                    appender.record_summary("t", "run", trial(&study, number, "rows")).unwrap();
                }
            });
        }
    });
    assert_eq!(log.entries().unwrap().len(), 13 + 4 * 12);
}

#[test]
fn lines_that_were_changed_or_cut_off_are_found() {
    let (directory, log) = log();
    let mut writer = log.writer();
    for number in 0..3 {
        writer.record_summary("t", "run", trial("a", number, "rows")).unwrap();
    }
    let path = directory.path().join("ledger/trials.jsonl");
    let text = fs::read_to_string(&path).unwrap();

    fs::write(&path, text.replacen("0.125", "0.5", 1)).unwrap();
    let error = log.entries().unwrap_err().to_string();
    assert!(error.contains("line 2 of the trial log") && error.contains("digest is"), "{error}");
    fs::write(&path, text.split_inclusive('\n').skip(1).collect::<String>()).unwrap();
    let error = log.entries().unwrap_err().to_string();
    assert!(error.contains("line 1 of the trial log") && error.contains("its index is 2"), "{error}");
    assert!(
        log.writer().record_summary("t", "run", trial("a", 9, "rows")).is_err(),
        "a broken log must not be continued"
    );

    // A line that was acknowledged cannot be taken for one that was not.
    let end = text.trim_end().rfind('\n').unwrap();
    for cut in [&text[..=end], &text[..end], &text[..text.len() - 1], ""] {
        fs::write(&path, cut).unwrap();
        let error = log.entries().unwrap_err().to_string();
        assert!(error.contains("it is missing; the log had reached line 3"), "{error}");
        assert!(log.writer().record_summary("t", "run", trial("a", 9, "rows")).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), cut, "a broken log stays as it is");
    }
    let error = writer.record_summary("t", "run", trial("a", 9, "rows")).unwrap_err().to_string();
    assert!(error.contains("lines that were read before are gone"), "{error}");
    fs::remove_file(&path).unwrap();
    assert!(log.entries().is_err());
}

#[test]
fn a_log_of_an_earlier_version_gets_its_head_with_the_next_line() {
    let (directory, log) = log();
    let head = directory.path().join("ledger/trials.head");
    for number in 0..3 {
        log.writer().record_summary("t", "run", trial("a", number, "rows")).unwrap();
    }
    fs::remove_file(&head).unwrap();
    assert_eq!(log.entries().unwrap().len(), 3);
    log.writer().record_summary("t", "run", trial("a", 3, "rows")).unwrap();
    let at_4 = fs::read(&head).unwrap();
    assert!(String::from_utf8_lossy(&at_4).contains("\"index\":4"));

    // An earlier version continues a log that has a head, and leaves the head as it is.
    let mut writer = log.writer();
    for number in 4..7 {
        writer.record_summary("t", "run", trial("a", number, "rows")).unwrap();
    }
    fs::write(&head, &at_4).unwrap();
    assert_eq!(log.entries().unwrap().len(), 7);
    for writer in [&mut writer, &mut log.writer()] {
        fs::write(&head, &at_4).unwrap();
        assert!(!writer.record_summary("t", "run", trial("a", 5, "rows")).unwrap());
    }
    log.mend().unwrap();
    assert!(fs::read_to_string(&head).unwrap().contains("\"index\":7"));
    // The line that the head names is still the one that was written.
    let other = fs::read_to_string(&head).unwrap().replace("\"index\":7", "\"index\":6");
    fs::write(&head, other).unwrap();
    assert!(log.entries().unwrap_err().to_string().contains("line 6 of the trial log"));
}
