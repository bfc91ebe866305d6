//! Columns of one's own: no rule of prices applies to them, so all that can be wrong is an infinite value or a date that
//! occurs twice with different values.

use super::{QualityError, QualityPolicy};
use crate::sources::{RawBars, RawCell, RawColumn};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use settings::{Duplicates, OnFault};

/// Puts the values of every column in order of date, and empties infinite ones, which are faults. A missing value is
/// none. `bars` are the tickers that share the series.
///
/// # Errors
///
/// [`QualityError::Faults`] if there are faults and the policy refuses them, [`QualityError::DuplicateDate`].
pub fn check_columns(
    columns: &mut [RawColumn],
    bars: &[RawBars],
    policy: &QualityPolicy,
) -> Result<Vec<Fault>, QualityError> {
    let mut faults = Vec::new();
    for column in columns {
        column.cells.sort_by_key(|cell| cell.date);
        merge_repeated(column, policy.duplicates)?;
        for cell in column.cells.iter_mut().filter(|cell| cell.value.is_infinite()) {
            // A fault belongs to a ticker; one of a series, to each.
            let tickers: Vec<&String> = match &column.ticker {
                Some(ticker) => vec![ticker],
                None => bars.iter().map(|bars| &bars.ticker).collect(),
            };
            faults.extend(tickers.into_iter().map(|ticker| Fault {
                ticker: ticker.clone(),
                date: cell.date,
                line: Some(cell.line),
                kind: FaultKind::MissingCell,
                detail: format!("{} is {}", column.name, cell.value),
                action: FaultAction::LeftEmpty,
                rows: 1,
                until: None,
            }));
            cell.value = f64::NAN;
        }
    }
    match policy.on_fault {
        OnFault::Error if !faults.is_empty() => Err(QualityError::Faults { faults }),
        _ => Ok(faults),
    }
}

/// Leaves one cell of those with the same date, as rows of bars are left: of equal ones the first, and any rather than an
/// empty one; those that differ are handled by the policy. The cells are in order of date.
fn merge_repeated(column: &mut RawColumn, duplicates: Duplicates) -> Result<(), QualityError> {
    let mut kept: Vec<RawCell> = Vec::with_capacity(column.cells.len());
    for cell in &column.cells {
        let Some(last) = kept.last_mut().filter(|last| last.date == cell.date) else {
            kept.push(*cell);
            continue;
        };
        let equal = cell.value == last.value || cell.value.is_nan();
        match duplicates {
            _ if last.value.is_nan() => *last = *cell,
            _ if equal => {}
            Duplicates::First => {}
            Duplicates::Last => *last = *cell,
            Duplicates::Error => {
                let ticker = column.ticker.as_ref().map(|ticker| format!("{} of {ticker}", column.name));
                return Err(QualityError::DuplicateDate {
                    origin: column.origin.clone(),
                    ticker: ticker.unwrap_or_else(|| column.name.clone()),
                    date: cell.date,
                    first_line: last.line,
                    second_line: cell.line,
                });
            }
        }
    }
    column.cells = kept;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::RawCell;

    fn column(ticker: Option<&str>, days: &[(i64, f64)]) -> RawColumn {
        let date = |days| artifact_core::Moment::default() + chrono::TimeDelta::days(days);
        let cell = |(place, &(day, value)): (usize, &(i64, f64))| RawCell {
            date: date(day),
            line: 2 + place as u64,
            value,
        };
        let cells = days.iter().enumerate().map(cell).collect();
        RawColumn { name: "score".into(), ticker: ticker.map(str::to_owned), origin: "a.csv".into(), cells }
    }

    fn bars(ticker: &str) -> RawBars {
        RawBars::new(ticker, "a.csv", Vec::new())
    }

    #[test]
    fn only_infinite_values_and_repeated_dates_are_wrong() {
        let tickers = [bars("A"), bars("B")];
        let sound = [(1, -3.0), (2, 0.0), (3, f64::NAN), (4, 1e300)];
        let mut columns = [column(Some("A"), &sound)];
        assert_eq!(check_columns(&mut columns, &tickers, &QualityPolicy::default()), Ok(Vec::new()));

        let mut columns =
            [column(Some("B"), &[(2, f64::INFINITY), (1, 5.0)]), column(None, &[(1, f64::NEG_INFINITY)])];
        let mut refused = columns.clone();
        let faults = check_columns(&mut columns, &tickers, &QualityPolicy::default()).unwrap();
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.ticker.as_str(), fault.detail.as_str())).collect();
        assert_eq!(found, [("B", "score is inf"), ("A", "score is -inf"), ("B", "score is -inf")]);
        assert_eq!(faults[0].line, Some(2));
        assert_eq!(columns[0].cells[0].value, 5.0, "in order of date");
        assert!(columns[0].cells[1].value.is_nan());
        let policy = QualityPolicy { on_fault: OnFault::Error, ..QualityPolicy::default() };
        assert!(matches!(check_columns(&mut refused, &tickers, &policy), Err(QualityError::Faults { .. })));

        let repeated = [(1, f64::NAN), (2, 2.0), (1, 1.0), (1, 1.0), (2, f64::NAN)];
        let mut columns = [column(Some("A"), &repeated)];
        check_columns(&mut columns, &tickers, &QualityPolicy::default()).unwrap();
        assert_eq!(columns[0].cells.iter().map(|cell| cell.value).collect::<Vec<_>>(), [1.0, 2.0]);
        let differing = || [column(Some("A"), &[(1, 1.0), (2, 2.0), (1, 1.5)])];
        let mut columns = differing();
        let last = QualityPolicy { duplicates: Duplicates::Last, ..QualityPolicy::default() };
        check_columns(&mut columns, &tickers, &last).unwrap();
        assert_eq!(columns[0].cells[0].value, 1.5);
        let mut columns = differing();
        let error = check_columns(&mut columns, &tickers, &QualityPolicy::default()).unwrap_err().to_string();
        assert!(error.contains("score of A") && error.contains("lines 2 and 4"), "{error}");
    }
}
