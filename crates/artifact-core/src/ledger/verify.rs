//! What a ledger must say beyond its chain: each score belongs to one opening of its own.

use super::{Entry, Event, chain};
use crate::Error;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads and verifies the text of a ledger, oldest entry first; `path` names it in errors.
///
/// # Errors
///
/// [`Error::Ledger`] naming the first line that breaks the chain, or scores what was not opened.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, Error> {
    let entries = chain(path).parse(bytes)?;
    check_scores(&entries, path)?;
    Ok(entries)
}

/// Checks that each score names an earlier opening of the same run, settings and test rows, which no other has named.
pub(super) fn check_scores(entries: &[Entry], path: &Path) -> Result<(), Error> {
    let mut unscored = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Unsealed { .. } => drop(unscored.insert(entry.digest()?, position)),
            Event::Scored { unsealed, .. } => {
                let opened = unscored.remove(unsealed).map(|opening| &entries[opening]);
                if !opened.is_some_and(|opened| entry.is_about_the_same_as(opened)) {
                    let reason =
                        format!("it scores the opening {}, which is none of its own", unsealed.short());
                    return Err(chain(path).broken(position + 1, reason));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::files::{checked_line, parse_checked};
    use crate::ledger::Ledger;
    use crate::schema::{FrozenPlan, FrozenPlanId};
    use crate::{Digest, Envelope, Id};
    use std::fs;
    use tempfile::TempDir;

    /// A plan for test rows from `split_row` on; the ledger does not look at the rest.
    pub(in crate::ledger) fn plan(split_row: usize) -> FrozenPlan {
        let document = include_bytes!("../../tests/golden/frozen_plan.json");
        let plan = Envelope::<FrozenPlan>::from_bytes(document, "frozen_plan.json").unwrap().payload;
        FrozenPlan { split_row, ..plan }
    }

    pub(in crate::ledger) fn plan_id() -> FrozenPlanId {
        Id::new(Digest::of(b"plan"))
    }

    pub(in crate::ledger) const AT: &str = "2020-01-01T00:00:00Z";

    /// A ledger of two openings that were scored.
    fn written() -> (TempDir, Ledger) {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(directory.path().join("ledger/test-access.jsonl"));
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
            let (_directory, ledger) = written();
            let text = fs::read_to_string(&ledger.path).unwrap();
            let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
            damage(&mut lines);
            fs::write(&ledger.path, lines.concat()).unwrap();
            match ledger.entries().unwrap_err() {
                Error::Ledger { line, .. } => assert_eq!(line, expected_line),
                other => panic!("{other}"),
            }
            let refused = ledger.unseal(AT, "run", plan_id(), &plan(7));
            assert!(refused.is_err(), "a broken ledger must not be continued");
        };
        check(2, |lines| lines[1] = lines[1].replace("2020", "2021"));
        check(4, |lines| lines[3] = lines[3].replace("2020", "2021"));
        // Changed together with its digest: the next line tells.
        check(3, |lines| {
            let mut entry: Entry = parse_checked(lines[1].as_bytes(), "").unwrap();
            entry.at = "2021".into();
            lines[1] = String::from_utf8(checked_line(&entry).unwrap()).unwrap() + "\n";
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
        let (_directory, ledger) = written();
        let text = fs::read(&ledger.path).unwrap();
        for place in (0..text.len()).step_by(7) {
            let mut damaged = text.clone();
            damaged[place] ^= 1;
            assert!(parse(&damaged, &ledger.path).is_err(), "byte {place}");
        }
    }

    /// Writes entries whose chain is sound.
    fn chained(mut entries: Vec<Entry>) -> Vec<u8> {
        let mut previous = Digest::of(b"");
        let mut text = Vec::new();
        for (place, entry) in entries.iter_mut().enumerate() {
            (entry.index, entry.previous) = (place as u64 + 1, previous);
            previous = entry.digest().unwrap();
            text.extend(checked_line(entry).unwrap());
            text.push(b'\n');
        }
        text
    }

    #[test]
    fn scores_belong_to_one_opening_of_their_own() {
        let (_directory, ledger) = written();
        let entries = ledger.entries().unwrap();
        let [opening, score] = [entries[0].clone(), entries[1].clone()];
        let check = |entries: Vec<Entry>, sound: bool| {
            let found = parse(&chained(entries.clone()), &ledger.path);
            assert_eq!(found.is_ok(), sound, "{entries:#?}");
        };
        check(vec![opening.clone(), score.clone()], true);
        check(vec![score.clone()], false);
        check(vec![opening.clone(), score.clone(), score.clone()], false);
        check(vec![opening.clone(), Entry { run: "other".into(), ..score.clone() }], false);
        check(vec![opening, Entry { split_row: 9, ..score }], false);
    }
}
