//! Claims about the frozen bars.

use crate::bars::{Bars, CLOSE, RowBytes, VOLUME};
use crate::context::Context;
use crate::findings::Findings;
use crate::objects::Objects;
use artifact_core::Error;
use artifact_core::schema::{Claim, FaultAction, FaultKind, Seal, Snapshot, SnapshotId};

/// How many equal leading bars of a ticker can be a backward fill; fewer can be chance.
const COPIES: usize = 3;

/// A snapshot's manifest and its rows.
pub(crate) struct Frozen {
    pub(crate) snapshot: Snapshot,
    pub(crate) rows: RowBytes,
}

/// Reads a snapshot and checks its fingerprint, row count and dates. `None` if the manifest cannot be used; an error if
/// its rows cannot be read.
pub(crate) fn read(
    objects: &Objects<'_>,
    id: SnapshotId,
    findings: &mut Findings,
) -> Result<Option<Frozen>, Error> {
    let Some(snapshot) = objects.read(id, findings) else {
        return Ok(None);
    };
    let rows = RowBytes::read(objects, &snapshot)?;
    let (claim, subject) = (Claim::SnapshotFingerprint, format!("snapshot {}", id.short()));
    let fingerprint = rows.fingerprint(&snapshot)?;
    findings.equal(claim, &subject, "a fingerprint of", snapshot.fingerprint, fingerprint);
    findings.equal(claim, &subject, "a row count of", snapshot.rows, rows.len());
    let ascending = (0..rows.len()).all(|row| {
        let date = rows.date(row);
        date.is_some() && (row == 0 || rows.date(row - 1) < date)
    });
    findings.check(claim, &subject, ascending, "dates that do not ascend", "every date after the one before");
    let ends = (rows.date(0), rows.date(rows.len().saturating_sub(1)));
    let stated = (Some(snapshot.first_date), Some(snapshot.last_date));
    findings.check(claim, &subject, ends == stated, format!("{stated:?}"), format!("the rows' own {ends:?}"));
    let counts = [("rows", rows.len()), ("tickers", snapshot.tickers.len())];
    findings.evidence_with(claim, &subject, &counts, Some(fingerprint));
    Ok(Some(Frozen { snapshot, rows }))
}

/// Checks that the development rows are, byte for byte, the sealed rows before the boundary.
pub(crate) fn check_cut(seal: &Seal, all: &Frozen, development: &Frozen, findings: &mut Findings) {
    let (claim, subject) = (Claim::DevelopmentRows, format!("snapshot {}", seal.development.short()));
    findings.equal(claim, &subject, "a row count of", development.rows.len(), seal.split_row);
    let differing =
        (0..development.rows.len()).filter(|&row| development.rows.row(row) != all.rows.row(row)).count();
    let expected = format!("the rows of snapshot {} before row {}", seal.snapshot.short(), seal.split_row);
    findings.check(claim, &subject, differing == 0, format!("{differing} rows that differ"), &expected);
    let counts = [("rows_compared", development.rows.len()), ("rows_differing", differing)];
    findings.evidence(claim, &subject, &counts);

    let claim = Claim::TickersAndOrder;
    let names = |snapshot: &Snapshot| snapshot.tickers.join(", ");
    findings.equal(claim, &subject, "tickers", names(&development.snapshot), names(&all.snapshot));
    let columns = |snapshot: &Snapshot| snapshot.columns.join(", ");
    findings.equal(claim, &subject, "columns", columns(&development.snapshot), columns(&all.snapshot));
    let given: Vec<&str> = seal.source.columns.iter().map(|column| column.name.as_str()).collect();
    let own = all.snapshot.own_columns().join(", ");
    findings.equal(claim, "the seal", "columns of one's own", given.join(", "), own);
    findings.evidence(claim, &subject, &[("tickers", all.snapshot.tickers.len())]);
    check_account(seal, all, findings);

    let (claim, subject) = (Claim::SplitBoundaries, "the seal");
    let boundary = (seal.rows as f64 * seal.train_test_split_ratio).floor() as usize;
    findings.equal(claim, subject, "rows", seal.rows, all.rows.len());
    findings.equal(claim, subject, "split_row", seal.split_row, boundary);
    let date = all.rows.date(seal.split_row);
    let found = format!("split_date {}", seal.split_date);
    findings.check(claim, subject, date == Some(seal.split_date), found, format!("the row's own {date:?}"));
    findings.evidence(claim, subject, &[("rows", seal.rows), ("split_row", seal.split_row)]);
}

/// Checks that the seal's account of rows is that of the frozen rows: that a ticker has as many bars as were used and
/// filled, and is empty in all other rows.
fn check_account(seal: &Seal, all: &Frozen, findings: &mut Findings) {
    let claim = Claim::TickersAndOrder;
    for (place, account) in seal.account.iter().flat_map(|account| &account.tickers).enumerate() {
        let subject = format!("the account of {}", account.ticker);
        let name = all.snapshot.tickers.get(place).map_or("", String::as_str);
        findings.equal(claim, &subject, "a ticker of", &account.ticker, &name.to_owned());
        let bars = (0..all.rows.len()).filter(|&row| all.rows.has_close(&all.snapshot, row, place)).count();
        findings.equal(claim, &subject, "rows with a bar", account.used + account.filled, bars);
        findings.equal(claim, &subject, "rows without a bar", account.empty, all.rows.len() - bars);
        let sum = account.outside + account.removed() + account.merged + account.used;
        findings.equal(claim, &subject, "rows given", account.given, sum);
    }
}

/// Checks that no two tickers have the same bars, and that none begins with copies of a later bar.
pub(crate) fn check_bars(context: &Context<'_>, findings: &mut Findings) {
    let bars = &context.development;
    let (rows, tickers) = (bars.rows(), bars.tickers.len());
    let mut most = 0;
    for left in 0..tickers {
        for right in left + 1..tickers {
            // Counted rather than compared whole: a duplicate with gaps or corrections still agrees in most rows.
            let moving = (1..rows).filter(|&row| moves(bars, row, left));
            let (moving, equal) = moving.fold((0, 0), |(moving, equal), row| {
                (moving + 1, equal + usize::from(bars.same_bar((row, left), (row, right))))
            });
            most = most.max(equal);
            let pair = format!("{} and {}", bars.tickers[left], bars.tickers[right]);
            let found = format!("the same bar in {equal} of {moving} rows that differ from the one before");
            findings.check(Claim::DistinctTickers, &pair, 2 * equal <= moving, found, "at most half of them");
        }
    }
    let counts = [("tickers", tickers), ("rows", rows), ("most_equal_bars_of_a_pair", most)];
    findings.evidence(Claim::DistinctTickers, "development rows", &counts);
    // Once the test rows have been opened, they show whether a ticker that stands still before them begins with their
    // copies.
    let known = context.all_bars.as_ref().unwrap_or(bars);
    for ticker in 0..tickers.min(known.tickers.len()) {
        check_beginning(known, ticker, findings);
    }
    check_empty_cells(context, findings);
}

/// Whether a ticker has a bar in a row that differs from the row before. Only these tell two tickers apart: a shared holiday is
/// no sign of a duplicated ticker, and neither are two prices that are pegged to the same value.
fn moves(bars: &Bars, row: usize, ticker: usize) -> bool {
    has_bar(bars, row, ticker) && !bars.same_bar((row - 1, ticker), (row, ticker))
}

/// Checks that a ticker does not begin with copies of its first bar, the mark of a backward fill.
///
/// A ticker that stands still at other times too, such as a pegged price, may begin so of itself: its equal bars say
/// nothing about a fill.
fn check_beginning(bars: &Bars, ticker: usize, findings: &mut Findings) {
    // Without any bar there is nothing to copy: the ticker is listed in the test rows only.
    let first = (0..bars.rows()).find(|&row| has_bar(bars, row, ticker)).unwrap_or(bars.rows());
    let copies = still_from(bars, ticker, first);
    let suspect = copies >= COPIES && !stands_still_after(bars, ticker, first + copies);
    let subject = &bars.tickers[ticker];
    let found = format!("{copies} equal bars from row {first} on, though it never stands still later");
    let claim = Claim::NoBackwardFill;
    findings.check(claim, subject, !suspect, found, format!("fewer than {COPIES} equal bars"));
    let counts = [("first_row_with_a_bar", first), ("equal_bars_at_the_beginning", copies)];
    findings.evidence(claim, subject, &counts);
}

/// Whether a ticker has a whole bar in a row.
fn has_bar(bars: &Bars, row: usize, ticker: usize) -> bool {
    bars.bar(row, ticker)[..VOLUME].iter().all(|value| !value.is_nan())
}

/// How many bars in a row, from `first` on, equal the one there.
fn still_from(bars: &Bars, ticker: usize, first: usize) -> usize {
    (first..bars.rows()).take_while(|&row| bars.same_bar((row, ticker), (first, ticker))).count()
}

/// Whether a ticker stands still from `start` on: it has no further bar at all, so that its price never moved, or as
/// many equal bars in a row as make a beginning suspect.
///
/// Bars at the close before them without any volume do not count: gaps are filled forward with such bars.
fn stands_still_after(bars: &Bars, ticker: usize, start: usize) -> bool {
    let mut row = start;
    let mut moved = false;
    while row < bars.rows() {
        let run = still_from(bars, ticker, row).max(1);
        if has_bar(bars, row, ticker) {
            moved = true;
            let bar = bars.bar(row, ticker);
            let filled = bar[VOLUME] == 0.0 && bars.bar(row - 1, ticker)[CLOSE] == bar[CLOSE];
            if run >= COPIES && !filled {
                return true;
            }
        }
        row += run;
    }
    !moved
}

/// Checks that cells left empty when the bars were frozen are still empty.
fn check_empty_cells(context: &Context<'_>, findings: &mut Findings) {
    let (bars, claim) = (&context.development, Claim::NoBackwardFill);
    // A missing cell that was left empty is one of a column of one's own: the bar of its date is there.
    let left_empty = context
        .seal
        .faults
        .iter()
        .filter(|fault| fault.action == FaultAction::LeftEmpty && fault.kind != FaultKind::MissingCell);
    for fault in left_empty {
        let ticker = bars.tickers.iter().position(|name| *name == fault.ticker);
        let row = bars.dates.iter().position(|date| *date == Some(fault.date));
        // The seal also lists faults of test rows. Their dates are not among the development rows, and are skipped.
        if let (Some(ticker), Some(row)) = (ticker, row) {
            let subject = format!("{} {}", fault.ticker, fault.date);
            let empty = bars.bar(row, ticker).iter().all(|value| value.is_nan());
            findings.check(
                claim,
                &subject,
                empty,
                "a bar",
                "no values: the seal says that it was left empty",
            );
            findings.evidence(claim, &subject, &[("cells_left_empty", 5)]);
        }
    }
}
