//! The faults of bars, summed up by reason: one line for hundreds of equal remarks.

use crate::digits::{count, counted};
use artifact_core::schema::{Fault, FaultAction, FaultKind, Severity};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

/// Up to how many faults of one reason are told one by one.
const TOLD: usize = 3;
/// How many tickers a line names.
const TICKERS: usize = 5;

/// The faults of one kind about which the same was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// What is wrong.
    pub kind: FaultKind,
    /// What was done.
    pub action: FaultAction,
    /// The faults, in the seal's order; at least one.
    pub faults: Vec<&'a Fault>,
    /// How many rows or dates they cover, by ticker, in order of first mention.
    pub tickers: Vec<(&'a str, usize)>,
}

impl<'a> Reason<'a> {
    /// The faults by reason: those that removed rows first, then the more severe ones.
    pub fn all(faults: &'a [Fault]) -> Vec<Self> {
        let mut reasons: Vec<Self> = Vec::new();
        for fault in faults {
            match reasons.iter_mut().find(|one| (one.kind, one.action) == (fault.kind, fault.action)) {
                Some(reason) => reason.faults.push(fault),
                None => {
                    let (kind, action) = (fault.kind, fault.action);
                    reasons.push(Self { kind, action, faults: vec![fault], tickers: Vec::new() });
                }
            }
        }
        reasons.iter_mut().for_each(|reason| reason.tickers = rows_by_ticker(&reason.faults));
        reasons.sort_by_key(|reason| {
            (Reverse(reason.action.removes()), Reverse(reason.kind.severity()), reason.kind)
        });
        reasons
    }

    /// How much they matter.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// How many rows or dates they cover, over all tickers.
    pub fn rows(&self) -> usize {
        self.tickers.iter().map(|(_, rows)| rows).sum()
    }

    /// The lines that tell them: each fault by itself if there are few, else one for all.
    pub fn lines(&self) -> Vec<String> {
        if self.faults.len() > TOLD {
            return vec![self.to_string()];
        }
        self.faults.iter().map(|fault| format!("{fault}: {}", self.action.describe())).collect()
    }
}

/// How many rows the faults of each ticker cover; a row with several faults counts once.
fn rows_by_ticker<'a>(faults: &[&'a Fault]) -> Vec<(&'a str, usize)> {
    let mut tickers: Vec<(&str, usize)> = Vec::new();
    let mut seen = BTreeSet::new();
    for fault in faults {
        let ticker = fault.ticker.as_str();
        let rows = if seen.insert((ticker, fault.date, fault.line)) { fault.rows } else { 0 };
        match tickers.last_mut().filter(|(last, _)| *last == ticker) {
            Some((_, sum)) => *sum += rows,
            None => match tickers.iter_mut().find(|(known, _)| *known == ticker) {
                Some((_, sum)) => *sum += rows,
                None => tickers.push((ticker, rows)),
            },
        }
    }
    tickers
}

impl fmt::Display for Reason<'_> {
    /// `missing cell on 15 rows, bar dropped: AAPL 3, MSFT 12; first AAPL 2019-12-31 (line 261): open is missing`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_dates = matches!(self.kind, FaultKind::Gap | FaultKind::LateStart | FaultKind::EarlyEnd);
        let noun = if by_dates { "date" } else { "row" };
        write!(
            f,
            "{} on {}, {}: ",
            self.kind.describe(),
            counted(self.rows(), noun),
            self.action.describe()
        )?;
        let mut largest = self.tickers.clone();
        largest.sort_by_key(|(_, rows)| Reverse(*rows));
        let named: Vec<String> =
            largest.iter().take(TICKERS).map(|(ticker, rows)| format!("{ticker} {}", count(*rows))).collect();
        f.write_str(&named.join(", "))?;
        if let Some(more @ 1..) = self.tickers.len().checked_sub(TICKERS) {
            write!(f, " and {}", counted(more, "more ticker"))?;
        }
        match self.faults.first() {
            Some(first) => write!(f, "; first {first}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(ticker: &str, day: &str, kind: FaultKind, action: FaultAction, rows: usize) -> Fault {
        let detail = "volume is 0".to_owned();
        Fault {
            ticker: ticker.into(),
            date: day.parse().unwrap(),
            line: Some(7),
            kind,
            detail,
            action,
            rows,
            until: None,
        }
    }

    #[test]
    fn equal_remarks_are_one_line_and_removals_come_first() {
        let zero = |day: u32| {
            let (kind, action) = (FaultKind::ZeroVolume, FaultAction::Noted);
            fault("A", &format!("2020-01-{day:02}"), kind, action, 1)
        };
        let mut faults: Vec<Fault> = (1..=9).map(zero).collect();
        faults.push(fault("B", "2020-01-01", FaultKind::ZeroVolume, FaultAction::Noted, 20));
        faults.push(fault("B", "2020-01-05", FaultKind::MissingCell, FaultAction::RowDropped, 1));
        faults.push(fault("B", "2020-01-05", FaultKind::MissingCell, FaultAction::RowDropped, 1));
        let reasons = Reason::all(&faults);
        assert_eq!(
            reasons.iter().map(|one| (one.kind, one.rows())).collect::<Vec<_>>(),
            [(FaultKind::MissingCell, 1), (FaultKind::ZeroVolume, 29)]
        );
        assert_eq!(reasons[0].lines().len(), 2);
        assert_eq!(reasons[0].lines()[0], "B 2020-01-05 (line 7): volume is 0: bar dropped");
        assert_eq!(
            reasons[1].lines(),
            ["zero volume on 29 rows, noted: B 20, A 9; first A 2020-01-01 (line 7): volume is 0"]
        );
    }
}
