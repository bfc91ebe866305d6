//! Which trial comes next.
//!
//! Trial `n` is suggested from the outcomes of trials `0 ..= n - parallelism` only, and from the points of those in
//! between. So whoever asks first may take it as soon as the former are finished and the latter suggested, and the
//! suggestion does not depend on which fit happens to end first, on the number of threads and processes, or on
//! interruptions.
//!
//! External inputs are fixed once and recorded: an enqueued configuration becomes the first trial that was never taken
//! before; another program's result is seen by the first such trial and all later ones.

use crate::storage::{Next, Outlook, Row, StudyRows, TrialProgress};

/// The budget of a study, and the rule for its next trial.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The number of finished trials to reach, including other programs' results.
    pub(super) total: u64,
    /// How many trials may be in flight: trial `n` does not see the outcomes of the `parallelism - 1` trials before it.
    pub(super) parallelism: u64,
}

impl Plan {
    /// How many trials of our own the budget has room for: trials `0 .. own` belong to it. Other programs' results take the
    /// room of trials to come, not of those that are finished.
    pub(super) fn own(&self, rows: &StudyRows) -> u64 {
        let room = self.total.saturating_sub(rows.externals().count() as u64);
        room.max(rows.settled().min(self.total))
    }

    /// How many trials trial `number` sees the outcomes of: trials `0 .. visible`.
    pub(super) fn visible(&self, number: u64) -> u64 {
        (number + 1).saturating_sub(self.parallelism)
    }

    /// Chooses the next trial; `check` returns what is wrong with an enqueued configuration, if anything.
    pub(super) fn next(&self, rows: &StudyRows, check: impl Fn(&Row) -> Result<(), String>) -> Outlook {
        let mut refused = Vec::new();
        let own = self.own(rows);
        let finished = |number| matches!(rows.progress(number), TrialProgress::Finished(_));
        let known = |number| finished(number) || rows.tried(number).is_some();
        // All trials below this one are finished.
        let settled = rows.settled().min(own);
        let vacant = (settled..own).find(|&number| rows.progress(number) == TrialProgress::Vacant);
        let next = match vacant {
            None if settled == own => Next::Done,
            // The points of the trials in between are seen too. Every attempt at a trial tries the same values, so the
            // record of any attempt will do, even of one that was interrupted.
            Some(number) if self.visible(number) <= settled && (settled..number).all(known) => {
                // Only a trial that was never taken may consume external inputs: a retry must repeat its first attempt.
                let fresh = number == rows.fresh();
                let mut waiting = None;
                for row in rows.waiting().take_while(|_| fresh) {
                    match check(row) {
                        Ok(()) => {
                            waiting = Some(row.id);
                            break;
                        }
                        Err(reason) => refused.push((row.id, reason)),
                    }
                }
                let unseen = rows.externals().filter(|row| fresh && row.seen_from.is_none());
                Next::Take { number, waiting, seen: unseen.map(|row| row.number).collect() }
            }
            // No deadlock: all that the lowest unfinished trial sees is finished, so it is running or can be taken.
            Some(_) => Next::Wait,
            None => Next::Drain,
        };
        Outlook { refused, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::RowState::{self, *};
    use crate::storage::tests::study_rows;

    const PLAN: Plan = Plan { total: 6, parallelism: 2 };

    /// A study with these rows, in this order: state and trial.
    fn next(rows: &[(RowState, Option<u64>)]) -> Next {
        PLAN.next(&study_rows(rows), |_| Ok(())).next
    }

    fn take(number: u64) -> Next {
        Next::Take { number, waiting: None, seen: Vec::new() }
    }

    #[test]
    fn a_trial_waits_for_exactly_what_it_sees() {
        assert_eq!(next(&[]), take(0));
        assert_eq!(next(&[(Running, Some(0))]), take(1), "trial 1 sees nothing with parallelism 2");
        assert_eq!(next(&[(Running, Some(0)), (Complete, Some(1))]), Next::Wait, "trial 2 sees trial 0");
        assert_eq!(next(&[(Complete, Some(0)), (Running, Some(1))]), take(2));
    }

    #[test]
    fn a_trial_waits_until_the_values_of_earlier_ones_are_recorded() {
        let mut rows = study_rows(&[(Running, Some(0))]);
        let mut row = rows.iter().next().unwrap().clone();
        row.described = false;
        rows.insert(row);
        assert_eq!(PLAN.next(&rows, |_| Ok(())).next, Next::Wait);
    }

    #[test]
    fn interrupted_trials_come_first_and_take_nothing_new() {
        let rows = [(Failed, Some(0)), (Running, Some(1)), (Waiting, None), (Complete, None)];
        assert_eq!(next(&rows), take(0), "it was taken before the configuration was enqueued");
    }

    #[test]
    fn a_fresh_trial_takes_what_waits_and_sees_what_others_found() {
        let rows = [(Complete, Some(0)), (Waiting, None), (Waiting, None), (Complete, None), (Failed, None)];
        assert_eq!(next(&rows), Next::Take { number: 1, waiting: Some(2), seen: vec![3] });
        let outlook =
            PLAN.next(&study_rows(&rows), |row| if row.id == 2 { Err("bad".into()) } else { Ok(()) });
        assert_eq!(outlook.refused, [(2, "bad".to_owned())]);
        assert_eq!(outlook.next, Next::Take { number: 1, waiting: Some(3), seen: vec![3] });
    }

    #[test]
    fn the_budget_counts_finished_trials_of_all_programs() {
        let mut rows: Vec<_> = (0..4).map(|number| (Complete, Some(number))).collect();
        rows.extend([(Complete, None), (Failed, Some(4)), (Running, Some(4))]);
        assert_eq!(next(&rows), Next::Drain, "four are done, one is external, the sixth runs");
        rows.push((Complete, Some(4)));
        assert_eq!(next(&rows), Next::Done);
        for _ in 0..6 {
            rows.push((Complete, None));
            assert_eq!(next(&rows), Next::Done);
        }
        assert_eq!(PLAN.own(&study_rows(&rows)), 5, "what is finished stays in the study");
        assert_eq!(Plan { total: 2, ..PLAN }.own(&study_rows(&rows)), 2);
    }
}
