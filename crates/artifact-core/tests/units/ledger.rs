//! The test ledger: what its readers detect.

use artifact_core::ledger::{Entry, Event, Openings, parse};
use artifact_core::schema::{FrozenPlan, FrozenPlanId};
use artifact_core::{Digest, Envelope, Error, Id, Ledger, canonical_json};
use serde_json::{Map, Value};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A plan for test rows from `split_row` on; the ledger does not look at the rest.
fn plan(split_row: usize) -> FrozenPlan {
    let document = include_bytes!("../golden/frozen_plan.json");
    let plan = Envelope::<FrozenPlan>::from_bytes(document, "frozen_plan.json").unwrap().payload;
    FrozenPlan { split_row, ..plan }
}

fn plan_id() -> FrozenPlanId {
    Id::new(Digest::of(b"plan"))
}

fn path(directory: &TempDir) -> PathBuf {
    directory.path().join("ledger/test-access.jsonl")
}

/// An entry as it is on disk: with its own digest.
fn line(entry: &Entry) -> String {
    let mut document: Map<String, Value> = serde_json::from_slice(&canonical_json(entry).unwrap()).unwrap();
    document.insert("digest".into(), entry.digest().unwrap().to_string().into());
    String::from_utf8(canonical_json(&document).unwrap()).unwrap() + "\n"
}

fn read_line(line: &str) -> Entry {
    let mut document: Map<String, Value> = serde_json::from_str(line).unwrap();
    document.remove("digest");
    serde_json::from_value(document.into()).unwrap()
}

const AT: &str = "2020-01-01T00:00:00Z";

/// A ledger of two openings that were scored.
fn written() -> (TempDir, Ledger) {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    for split_row in [7, 8] {
        let unsealing = ledger.unseal(AT, "run", plan_id(), &plan(split_row)).unwrap();
        ledger.score(AT, unsealing, Digest::of(b"figures")).unwrap();
    }
    (directory, ledger)
}

#[test]
fn entries_are_chained() {
    let (_directory, ledger) = written();
    let entries = ledger.entries().unwrap();
    assert_eq!(entries.len(), 4);
    for pair in entries.windows(2) {
        assert_eq!(pair[1].previous, pair[0].digest().unwrap());
    }
    let Event::Scored { unsealed, metrics } = &entries[3].event else { panic!("{:?}", entries[3]) };
    assert_eq!((*unsealed, *metrics), (entries[2].digest().unwrap(), Digest::of(b"figures")));
    assert_eq!(entries[3].configuration, plan(8).configuration);
    assert_eq!((entries[3].snapshot, entries[3].split_row), (plan(8).snapshot, 8));
}

#[test]
fn changed_removed_and_reordered_lines_are_found() {
    let check = |expected_line: usize, damage: fn(&mut Vec<String>)| {
        let (directory, ledger) = written();
        let text = fs::read_to_string(path(&directory)).unwrap();
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        damage(&mut lines);
        fs::write(path(&directory), lines.concat()).unwrap();
        match ledger.entries().unwrap_err() {
            Error::Ledger { line, .. } => assert_eq!(line, expected_line),
            other => panic!("{other}"),
        }
        let refused = ledger.unseal(AT, "run", plan_id(), &plan(7));
        assert!(refused.is_err(), "a broken ledger must not be continued");
    };
    check(2, |lines| lines[1] = lines[1].replace("2020", "2021"));
    check(4, |lines| lines[3] = lines[3].replace("2020", "2021"));
    // Changed together with its digest: the next line reveals it.
    check(3, |lines| {
        let mut entry = read_line(&lines[1]);
        entry.at = "2021".into();
        lines[1] = line(&entry);
    });
    check(2, |lines| drop(lines.remove(1)));
    check(2, |lines| lines.swap(1, 2));
    check(1, |lines| drop(lines.remove(0)));
    check(4, |lines| lines[3] = lines[3].trim_end().to_owned());
    check(2, |lines| lines[1] = "\n".into());
    check(2, |lines| lines.insert(1, lines[0].clone()));
}

#[test]
fn every_byte_of_every_line_counts() {
    let (directory, _) = written();
    let text = fs::read(path(&directory)).unwrap();
    for place in (0..text.len()).step_by(7) {
        let mut damaged = text.clone();
        damaged[place] ^= 1;
        assert!(parse(&damaged, &path(&directory)).is_err(), "byte {place}");
    }
}

/// Writes entries whose chain is sound.
fn chained(mut entries: Vec<Entry>) -> Vec<u8> {
    let mut previous = Digest::of(b"");
    let mut text = Vec::new();
    for (place, entry) in entries.iter_mut().enumerate() {
        (entry.index, entry.previous) = (place as u64 + 1, previous);
        previous = entry.digest().unwrap();
        text.extend(line(entry).into_bytes());
    }
    text
}

#[test]
fn each_score_belongs_to_an_opening_of_its_own() {
    let (directory, ledger) = written();
    let entries = ledger.entries().unwrap();
    let [opening, score] = [entries[0].clone(), entries[1].clone()];
    let check = |entries: Vec<Entry>, sound: bool| {
        let found = parse(&chained(entries.clone()), &path(&directory));
        assert_eq!(found.is_ok(), sound, "{entries:#?}");
    };
    check(vec![opening.clone(), score.clone()], true);
    check(vec![score.clone()], false);
    check(vec![opening.clone(), score.clone(), score.clone()], false);
    check(vec![opening.clone(), Entry { run: "other".into(), ..score.clone() }], false);
    check(vec![opening, Entry { split_row: 9, ..score }], false);
}

#[test]
fn the_last_lines_can_neither_be_removed_nor_changed() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    for run in ["a", "b", "c"] {
        ledger.unseal(AT, run, plan_id(), &plan(7)).unwrap();
    }
    let text = fs::read_to_string(path(&directory)).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let check = |text: String, expected: usize| {
        fs::write(path(&directory), text).unwrap();
        match ledger.entries().unwrap_err() {
            Error::Ledger { line, .. } => assert_eq!(line, expected),
            other => panic!("{other}"),
        }
        assert!(ledger.unseal(AT, "run", plan_id(), &plan(7)).is_err());
    };
    check(lines[..2].concat(), 3);
    check(lines[..1].concat(), 2);
    check(String::new(), 1);
    // Changed together with its own digest.
    let mut last = read_line(lines[2]);
    last.run = "another".to_owned();
    check(lines[..2].concat() + &line(&last), 3);
    fs::write(path(&directory), &text).unwrap();
    assert_eq!(ledger.entries().unwrap().len(), 3);

    // A missing ledger is noticed too; if the head is gone as well, `artifact fsck` finds the gap from the scored runs.
    fs::remove_file(path(&directory)).unwrap();
    assert!(ledger.entries().is_err());
    fs::write(path(&directory), &text).unwrap();
    fs::remove_file(path(&directory).with_extension("head")).unwrap();
    assert!(ledger.entries().is_err());
}

#[test]
fn a_crash_between_line_and_head_is_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    let (head, open) = (path(&directory).with_extension("head"), |run: &str| {
        ledger.unseal(AT, run, plan_id(), &plan(7)).unwrap();
        fs::read(path(&directory)).unwrap()
    });
    open("a");
    fs::remove_file(&head).unwrap();
    open("b");
    let behind = fs::read(&head).unwrap();
    let killed = open("c");
    fs::write(&head, &behind).unwrap();
    assert_eq!(ledger.entries().unwrap().len(), 3);
    // The next writer is killed at the same place: the head is then behind by that one line, not by two.
    open("d");
    let ahead = fs::read(&head).unwrap();
    fs::write(path(&directory), &killed).unwrap();
    fs::write(&head, &behind).unwrap();
    ledger.mend().unwrap();
    assert_ne!(fs::read(&head).unwrap(), behind);
    fs::write(&head, &ahead).unwrap();
    assert!(ledger.entries().is_err(), "line 4 was acknowledged, and is gone");
}

#[test]
fn what_follows_the_last_whole_line_was_never_acknowledged() {
    for rest in [&b"{\"at\":\"2020-01-0"[..], b"\0\0\0\0", b"{}", &[0xff; 9000]] {
        let (directory, ledger) = written();
        let whole = fs::read(path(&directory)).unwrap();
        fs::write(path(&directory), [&whole, rest].concat()).unwrap();
        assert_eq!(ledger.entries().unwrap().len(), 4);
        assert_eq!(ledger.bytes().unwrap(), whole);
        ledger.unseal(AT, "another", plan_id(), &plan(7)).unwrap();
        assert_eq!(ledger.entries().unwrap().len(), 5);
        assert!(fs::read(path(&directory)).unwrap().starts_with(&whole));

        fs::write(path(&directory), [&fs::read(path(&directory)).unwrap(), rest].concat()).unwrap();
        ledger.mend().unwrap();
        assert_eq!(fs::read(path(&directory)).unwrap(), ledger.bytes().unwrap());
    }
    let directory = tempfile::tempdir().unwrap();
    Ledger::new(path(&directory)).mend().unwrap();
    assert!(!path(&directory).exists(), "nothing to mend is no reason to begin a ledger");
}

#[test]
fn an_opening_is_resumed_by_its_own_run_and_plan_alone() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    let figures = |text: &str| Digest::of(text.as_bytes());
    let first = ledger.unseal(AT, "run", plan_id(), &plan(7)).unwrap().digest();
    let again = ledger.unseal("2021-01-01T00:00:00Z", "run", plan_id(), &plan(7)).unwrap();
    assert_eq!((again.digest(), again.entry().at.as_str()), (first, AT));
    let score = ledger.score(AT, again, figures("figures")).unwrap();
    // Killed after the score was recorded: the same figures are the same score.
    let again = ledger.unseal(AT, "run", plan_id(), &plan(7)).unwrap();
    assert_eq!(again.digest(), first);
    assert_eq!(ledger.score("2021-01-01T00:00:00Z", again, figures("figures")).unwrap(), score);
    assert_eq!(ledger.entries().unwrap().len(), 2);
    let again = ledger.unseal(AT, "run", plan_id(), &plan(7)).unwrap();
    let other = ledger.score(AT, again, figures("others")).unwrap_err();
    assert!(matches!(other, Error::OtherFigures { line: 2, .. }), "{other}");
    assert_eq!(ledger.entries().unwrap().len(), 2);
    // Another run, another plan, other rows.
    let other_plan = Id::new(Digest::of(b"another plan"));
    for (run, id, split_row) in [("other", plan_id(), 7), ("run", other_plan, 7), ("run", plan_id(), 8)] {
        assert_ne!(ledger.unseal(AT, run, id, &plan(split_row)).unwrap().digest(), first);
    }
    assert_eq!(ledger.openings(plan(0).snapshot, 7).unwrap(), Openings { of_this: 3, overlapping: 1 });
}

#[test]
fn readers_and_writers_side_by_side_raise_no_alarm() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let ledger = &ledger;
                scope.spawn(move || {
                    for run in 0..20 {
                        let run = format!("{writer}-{run}");
                        let unsealing = ledger.unseal(AT, &run, plan_id(), &plan(7)).unwrap();
                        ledger.score(AT, unsealing, Digest::of(run.as_bytes())).unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            scope.spawn(|| {
                let mut before = 0;
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let entries = ledger.entries().unwrap().len();
                    assert!(entries >= before);
                    before = entries;
                }
            });
        }
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
    assert_eq!(ledger.entries().unwrap().len(), 160);
}

#[test]
fn openings_are_counted_by_snapshot_and_row() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    for (run, split_row) in [("a", 7), ("b", 7), ("b", 8)] {
        ledger.unseal(AT, run, plan_id(), &plan(split_row)).unwrap();
    }
    let count = |split_row| ledger.openings(plan(0).snapshot, split_row).unwrap();
    assert_eq!(count(7), Openings { of_this: 2, overlapping: 1 });
    assert_eq!(count(9), Openings { of_this: 0, overlapping: 3 });
    assert_eq!(ledger.openings(Id::new(Digest::of(b"y")), 7).unwrap(), Openings::default());
    let untouched = |of_this, overlapping| Openings { of_this, overlapping }.untouched();
    assert!(untouched(0, 0) && untouched(1, 0));
    // Rows that another test set showed have been seen, also before this set's own opening.
    assert!(!untouched(2, 0) && !untouched(1, 1) && !untouched(0, 1));
}

#[test]
fn later_openings_do_not_change_the_count_of_an_earlier_score() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    let (plan, figures) = (plan(7), |text: &str| Digest::of(text.as_bytes()));
    for text in ["first", "second"] {
        let unsealing = ledger.unseal(AT, "run", Id::new(figures(text)), &plan).unwrap();
        ledger.score(AT, unsealing, figures(text)).unwrap();
    }
    let until = |run: &str, text: &str| {
        let best = plan.best_configuration;
        ledger.openings_until_scored(plan.snapshot, 7, run, best, figures(text)).unwrap().of_this
    };
    assert_eq!((until("run", "first"), until("run", "second")), (1, 2));
    assert_eq!((until("other", "first"), until("run", "unknown")), (1, 2));
}

#[test]
fn the_plan_of_a_score_is_that_of_its_own_opening() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(path(&directory));
    let (plan, figures) = (plan(7), |text: &str| Digest::of(text.as_bytes()));
    let plans = ["a", "b"].map(|name| Id::new(Digest::of(name.as_bytes())));
    for (run, id) in [("one", plans[0]), ("two", plans[1])] {
        let unsealing = ledger.unseal(AT, run, id, &plan).unwrap();
        ledger.score(AT, unsealing, figures("figures")).unwrap();
    }
    let found =
        |run: &str, text: &str| ledger.plan_scored(run, plan.best_configuration, figures(text)).unwrap();
    assert_eq!((found("one", "figures"), found("two", "figures")), (Some(plans[0]), Some(plans[1])));
    assert_eq!((found("three", "figures"), found("one", "others")), (Some(plans[1]), None));
}
