//! What became of the rows that a source gave, in words.

use crate::digits::{count, counted, percent};
use artifact_core::schema::{Account, FaultAction, Seal, Spacing, TickerAccount};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The share of a panel from which a loss calls for a decision.
const COSTLY: f64 = 0.1;
/// How many tickers a sentence names.
const TICKERS: usize = 5;

/// What the rows of the panel were made of: the spacing unless it is daily, the clock of intraday bars, how many rows were
/// merged into longer bars, the dates that were dropped, and the rows that
/// were left out, ticker by ticker. Empty where nothing was left out, and where a seal has no account.
pub fn losses(seal: &Seal) -> Vec<String> {
    let Some(account) = &seal.account else { return Vec::new() };
    let mut lines = Vec::new();
    if account.spacing != Spacing::Daily {
        lines.push(format!("the bars are {}", account.spacing.describe()));
    }
    if let Some(clock) = account.clock {
        lines.push(format!("times of day are {}", clock.describe()));
    }
    let merged: usize = account.tickers.iter().map(|ticker| ticker.merged).sum();
    if merged > 0 {
        let bars: usize = account.tickers.iter().map(|ticker| ticker.used + ticker.uncommon).sum();
        lines.push(format!("{} merged into {}", counted(merged + bars, "row"), counted(bars, "longer bar")));
    }
    if let dropped @ 1.. = account.dropped_dates(seal.rows) {
        let all = counted(account.dates, "date");
        lines.push(format!("{} of {all} dropped: not all tickers have a bar on them", count(dropped)));
    }
    let losers: Vec<&TickerAccount> = account.tickers.iter().filter(|ticker| ticker.removed() > 0).collect();
    lines.extend(losers.iter().take(TICKERS).map(|ticker| loss(ticker)));
    if let Some(more @ 1..) = losers.len().checked_sub(TICKERS) {
        let rows: usize = losers[TICKERS..].iter().map(|ticker| ticker.removed()).sum();
        lines.push(format!("{} of {} dropped", counted(rows, "row"), counted(more, "more ticker")));
    }
    lines
}

/// `4 of 29 rows of A dropped: 3 faulty, 1 given twice`
fn loss(ticker: &TickerAccount) -> String {
    let parts = [
        (ticker.faulty, "faulty"),
        (ticker.repeated, "of a date given twice"),
        (ticker.uncommon, "on dates that another ticker lacks"),
    ];
    let parts = parts.into_iter().filter(|(rows, _)| *rows > 0);
    let parts: Vec<String> = parts.map(|(rows, why)| format!("{} {why}", count(rows))).collect();
    let given = counted(ticker.given - ticker.outside, "row");
    format!("{} of {given} of {} dropped: {}", count(ticker.removed()), ticker.ticker, parts.join(", "))
}

/// What to do about losses of more than a tenth: of the dates, because not all tickers have a bar on them, or of a ticker's
/// rows, because they are faulty.
pub fn advice(seal: &Seal) -> Vec<String> {
    let Some(account) = &seal.account else { return Vec::new() };
    let mut lines = Vec::from_iter(costly_dates(seal, account));
    let costly = |ticker: &&TickerAccount| {
        let (dropped, wanted) = (ticker.faulty + ticker.repeated, ticker.given - ticker.outside);
        dropped as f64 > COSTLY * wanted as f64
    };
    lines.extend(account.tickers.iter().filter(costly).map(|ticker| {
        let (dropped, wanted) = (ticker.faulty + ticker.repeated, ticker.given - ticker.outside);
        format!(
            "{} of the rows of {} in the period ({} of {}) are dropped as faulty: correct the source, or leave the ticker out",
            percent(dropped as f64 / wanted as f64, 0),
            ticker.ticker,
            count(dropped),
            count(wanted)
        )
    }));
    lines
}

fn costly_dates(seal: &Seal, account: &Account) -> Option<String> {
    let dropped = account.dropped_dates(seal.rows);
    if dropped as f64 <= COSTLY * account.dates as f64 {
        return None;
    }
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in seal.faults.iter().filter(|fault| fault.action == FaultAction::DatesDropped) {
        *missing.entry(&fault.ticker).or_default() += fault.rows;
    }
    let mut missing: Vec<(&str, usize)> = missing.into_iter().collect();
    missing.sort_by_key(|(_, dates)| Reverse(*dates));
    let named: Vec<String> = missing
        .iter()
        .take(TICKERS)
        .map(|(ticker, dates)| format!("{ticker} lacks {}", count(*dates)))
        .collect();
    let bars: usize = account.tickers.iter().map(|ticker| ticker.used + ticker.uncommon).sum();
    let kept: usize = account.tickers.iter().map(|ticker| ticker.used).sum();
    Some(format!(
        "alignment = \"intersection\" keeps {} of {} and {} of {}: {}; leave such tickers out, or set alignment = \"union\", \
         which keeps all of them and marks what is missing",
        count(seal.rows),
        counted(account.dates, "date"),
        count(kept),
        counted(bars, "bar"),
        named.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::{Alignment, Clock, DataSource, Fault, FaultKind};
    use artifact_core::{Digest, Id, Params};

    fn ticker(name: &str, given: usize, [faulty, repeated, uncommon]: [usize; 3]) -> TickerAccount {
        let date = "2020-01-01".parse().unwrap();
        TickerAccount {
            ticker: name.into(),
            given,
            outside: 0,
            faulty,
            repeated,
            uncommon,
            merged: 0,
            used: given - faulty - repeated - uncommon,
            filled: 0,
            empty: 0,
            first_date: date,
            last_date: date,
        }
    }

    fn seal(rows: usize, dates: usize, tickers: Vec<TickerAccount>, faults: Vec<Fault>) -> Seal {
        let (kind, period, version) = ("csv".to_owned(), "max".to_owned(), 1);
        let source =
            DataSource { kind, version, params: Params::default(), period, files: vec![], columns: vec![] };
        Seal {
            snapshot: Id::new(Digest::of(b"all")),
            development: Id::new(Digest::of(b"some")),
            rows,
            split_row: 1,
            split_date: "2020-01-01".parse().unwrap(),
            train_test_split_ratio: 0.5,
            alignment: Alignment::Intersection,
            source,
            faults,
            account: Some(Account { spacing: Spacing::Weekly, clock: None, dates, tickers }),
        }
    }

    #[test]
    fn every_loss_is_told_with_its_reason() {
        let tickers = vec![ticker("A", 29, [3, 1, 0]), ticker("B", 25, [0, 0, 0])];
        let seal = seal(25, 25, tickers, vec![]);
        assert_eq!(
            losses(&seal),
            ["the bars are weekly", "4 of 29 rows of A dropped: 3 faulty, 1 of a date given twice"]
        );
        assert_eq!(
            advice(&seal),
            [
                "14 % of the rows of A in the period (4 of 29) are dropped as faulty: correct the source, or leave the ticker out"
            ]
        );
        let mut merged = seal.clone();
        let account = merged.account.as_mut().unwrap();
        (account.spacing, account.clock) = (Spacing::Intraday(300), Some(Clock::AsWritten));
        account.tickers[0].merged = 100;
        assert_eq!(
            losses(&merged)[..3],
            [
                "the bars are 5 minutes apart",
                "times of day are the wall clock as written",
                "150 rows merged into 50 longer bars"
            ]
        );
        assert_eq!(losses(&Seal { account: None, ..seal }), Vec::<String>::new());
    }

    #[test]
    fn a_costly_cut_names_the_tickers_that_cause_it() {
        let late = Fault {
            ticker: "NEW".into(),
            date: "2019-01-01".parse().unwrap(),
            line: None,
            kind: FaultKind::LateStart,
            detail: String::new(),
            action: FaultAction::DatesDropped,
            rows: 1215,
            until: None,
        };
        let tickers = vec![ticker("A", 1259, [0, 0, 1215]), ticker("NEW", 44, [0, 0, 0])];
        let seal = seal(44, 1259, tickers, vec![late]);
        assert_eq!(losses(&seal)[1], "1,215 of 1,259 dates dropped: not all tickers have a bar on them");
        let [advice] = &advice(&seal)[..] else { panic!("one piece of advice") };
        assert!(
            advice.starts_with(
                "alignment = \"intersection\" keeps 44 of 1,259 dates and 88 of 1,303 bars: NEW lacks 1,215; leave such"
            ),
            "{advice}"
        );
    }
}
