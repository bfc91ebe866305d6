//! At which rows which tickers are answered.

use super::bars::Bars;
use super::error::PredictError;
use super::forecast::Stale;
use artifact_core::Moment;
use artifact_core::schema::{COLUMNS, GivenColumn};
use data_loader::{DateRange, Panel};
use ndarray::Axis;

/// What is predicted at one row.
#[derive(Debug)]
pub(super) struct Answer {
    /// The row.
    pub(super) row: usize,
    /// The places of the tickers that are answered.
    pub(super) tickers: Vec<usize>,
    /// How old the row is, unless it is the newest or one of a history.
    pub(super) stale: Option<Stale>,
}

/// Decides at which rows which tickers are answered.
pub(super) struct Answers<'a> {
    /// The bars.
    pub(super) bars: &'a Bars,
    /// The columns of one's own that the model reads.
    pub(super) columns: &'a [GivenColumn],
    /// Whether the model reads all tickers together, and so needs a bar of each.
    pub(super) joint: bool,
    /// The rows of the model's window.
    pub(super) seq_length: usize,
    /// The rows before them that the features read.
    pub(super) lookback: usize,
}

impl Answers<'_> {
    /// The tickers that have a bar of their own in a row, or none if the model needs those that have not.
    fn at(&self, row: usize) -> Vec<usize> {
        let (count, date) = (self.bars.tickers.len(), self.bars.panel.dates[row]);
        let fresh: Vec<usize> =
            (0..count).filter(|&ticker| self.bars.freshness.has_bar(ticker, date)).collect();
        if self.joint && fresh.len() < count { Vec::new() } else { fresh }
    }

    /// Refuses a row with too few rows before it.
    fn check_rows(&self, found: usize) -> Result<(), PredictError> {
        let (seq_length, lookback) = (self.seq_length, self.lookback);
        if found < seq_length + lookback {
            return Err(PredictError::TooFewRows { found, seq_length, lookback });
        }
        Ok(())
    }

    /// Each ticker at its newest bar, which may be at most `stale` rows old.
    pub(super) fn newest(&self, stale: usize) -> Result<Vec<Answer>, PredictError> {
        let Bars { tickers, panel, freshness } = self.bars;
        self.check_rows(panel.rows())?;
        let mut left: Vec<usize> = (0..tickers.len()).collect();
        let mut answers = Vec::new();
        for row in (0..panel.rows()).rev() {
            if left.is_empty() {
                break;
            }
            let behind = freshness.behind(panel.dates[row]);
            if behind > stale {
                break;
            }
            let fresh = self.at(row);
            let here: Vec<usize> = left.iter().copied().filter(|place| fresh.contains(place)).collect();
            if here.is_empty() {
                continue;
            }
            self.check_rows(row + 1)?;
            if let Some(series) = series_without_value(self.columns, panel, row) {
                let (name, max_forward_fill) = (series.name.clone(), series.max_forward_fill);
                return Err(PredictError::StaleSeries { name, date: panel.dates[row], max_forward_fill });
            }
            left.retain(|place| !here.contains(place));
            let newest = freshness.newest().unwrap_or(panel.dates[row]);
            let stale = (behind > 0).then_some(Stale { newest, rows_behind: behind });
            answers.push(Answer { row, tickers: here, stale });
        }
        if left.is_empty() { Ok(answers) } else { Err(self.no_newest_bar()) }
    }

    /// The error for the ticker that keeps the newest row from being answered.
    fn no_newest_bar(&self) -> PredictError {
        let Bars { tickers, panel, freshness } = self.bars;
        // Where one ticker's gap costs all of them the row, it is the one whose bars end first.
        let place = freshness.oldest();
        let ticker = tickers.get(place).cloned().unwrap_or_default();
        let answered = |row: &usize| self.at(*row).contains(&place);
        let usable = (0..panel.rows()).rev().find(answered).map(|row| panel.dates[row]);
        let behind = usable.map_or(panel.rows(), |date| freshness.behind(date));
        let date = freshness.newest().or(panel.dates.last().copied()).unwrap_or_default();
        let reason = freshness.reason(place, &ticker);
        PredictError::NoNewestBar { ticker, date, reason, behind, joint: self.joint }
    }

    /// Every row from one date to another that has enough rows before it.
    pub(super) fn between(
        &self,
        from: Option<Moment>,
        to: Option<Moment>,
    ) -> Result<Vec<Answer>, PredictError> {
        let panel = &self.bars.panel;
        self.check_rows(panel.rows())?;
        let first = (self.seq_length + self.lookback).saturating_sub(1);
        let asked = DateRange { start: from.unwrap_or(Moment::MIN), end: to.unwrap_or(Moment::MAX) };
        let inside = |row: &usize| asked.contains(panel.dates[*row]);
        let (mut answers, mut without) = (Vec::new(), 0);
        for row in (first..panel.rows()).filter(inside) {
            let tickers = match series_without_value(self.columns, panel, row) {
                Some(_) => Vec::new(),
                None => self.at(row),
            };
            without += self.bars.tickers.len() - tickers.len();
            if !tickers.is_empty() {
                answers.push(Answer { row, tickers, stale: None });
            }
        }
        if without > 0 {
            tracing::info!(
                "{without} predictions are left out: the files have no bar or no series of their date"
            );
        }
        match (answers.is_empty(), panel.dates.get(first), panel.dates.last()) {
            (true, Some(&first), Some(&last)) => Err(PredictError::NoRows { from, to, first, last }),
            _ => Ok(answers),
        }
    }
}

/// The first series that has no value in a row; all tickers have the same values of it. Columns of single tickers may be
/// empty, as a score of the news is on a day without news.
fn series_without_value<'a>(given: &'a [GivenColumn], panel: &Panel, row: usize) -> Option<&'a GivenColumn> {
    let values = panel.values().index_axis_move(Axis(0), row);
    let columns = given.iter().enumerate().filter(|(_, column)| column.file.is_some());
    let mut stale =
        columns.filter(|(place, _)| values.column(COLUMNS.len() + place).iter().all(|cell| cell.is_nan()));
    stale.next().map(|(_, column)| column)
}
