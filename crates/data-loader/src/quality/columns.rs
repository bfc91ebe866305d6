//! Columns of one's own: no rule of prices applies to them, so all that can be wrong is an infinite value or a date that
//! occurs twice.

use super::{QualityError, QualityPolicy};
use crate::sources::{RawBars, RawColumn};
use artifact_core::schema::{Fault, FaultAction, FaultKind};
use settings::OnFault;

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
        if let Some(pair) = column.cells.windows(2).find(|pair| pair[0].date == pair[1].date) {
            let ticker = column.ticker.as_ref().map(|ticker| format!("{} of {ticker}", column.name));
            return Err(QualityError::DuplicateDate {
                origin: column.origin.clone(),
                ticker: ticker.unwrap_or_else(|| column.name.clone()),
                date: pair[0].date,
                first_line: pair[0].line,
                second_line: pair[1].line,
            });
        }
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
            }));
            cell.value = f64::NAN;
        }
    }
    match policy.on_fault {
        OnFault::Error if !faults.is_empty() => Err(QualityError::Faults { faults }),
        _ => Ok(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::RawCell;

    fn column(ticker: Option<&str>, days: &[(i64, f64)]) -> RawColumn {
        let date = |days| chrono::NaiveDate::default() + chrono::TimeDelta::days(days);
        let cell = |(place, &(day, value)): (usize, &(i64, f64))| RawCell {
            date: date(day),
            line: 2 + place as u64,
            value,
        };
        let cells = days.iter().enumerate().map(cell).collect();
        RawColumn { name: "score".into(), ticker: ticker.map(str::to_owned), origin: "a.csv".into(), cells }
    }

    fn bars(ticker: &str) -> RawBars {
        RawBars { ticker: ticker.into(), origin: "a.csv".into(), bars: Vec::new() }
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

        let mut columns = [column(Some("A"), &[(1, 1.0), (2, 2.0), (1, 1.0)])];
        let error = check_columns(&mut columns, &tickers, &QualityPolicy::default()).unwrap_err().to_string();
        assert!(error.contains("score of A") && error.contains("lines 2 and 4"), "{error}");
    }
}
