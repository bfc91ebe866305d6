//! The scaler `by_last`.

use super::{Affine, Scaler, WithinWindow};
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

/// Divides each column of each window by its value at the decision row, the window's last one, and subtracts 1: how far
/// each row was above or below the present, as a fraction of the present. Qlib's data set `Alpha360` treats prices and
/// volumes so.
///
/// It is meant for columns that are always well above 0, such as prices and volumes: the nearer to 0 the last value, the
/// larger the others become, and a negative one turns their signs. Where the last value is 0 or there is none, the column
/// is 0, as is a cell without a value.
pub(crate) struct ByLast;

const COLUMNS: &str = "columns";

impl Part for ByLast {
    fn declaration(&self) -> Declaration {
        let doc = "Divides each column of each window by its last value and subtracts 1.";
        Declaration::new("by_last", doc).parameter(
            Parameter::text(
                COLUMNS,
                "The columns that are divided, separated by ';'; the others stay as they are. Empty: all.",
            )
            .default(""),
        )
    }
}

impl Scaler for ByLast {
    fn fit(&self, _cells: &[f64], _params: &Params) -> Affine {
        Affine::IDENTITY
    }

    fn within_window(&self, columns: &[String], params: &Params) -> Result<Option<WithinWindow>, String> {
        let divided = divided(columns, params.text(COLUMNS).unwrap_or_default())?;
        Ok(Some(WithinWindow::new(move |window, columns| divide(window, columns, &divided))))
    }
}

/// Which of a ticker's columns are divided.
fn divided(columns: &[String], wanted: &str) -> Result<Vec<bool>, String> {
    let wanted: Vec<&str> = wanted.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
    match wanted.iter().find(|name| !columns.iter().any(|column| column == *name)) {
        Some(name) => Err(format!(
            "{COLUMNS} names {name:?}, which is no feature column; they are {}",
            columns.join("; ")
        )),
        None => Ok(columns.iter().map(|name| wanted.is_empty() || wanted.contains(&name.as_str())).collect()),
    }
}

/// Divides the columns of a window. With several tickers side by side, each has the columns of `divided`.
fn divide(window: &mut [f32], columns: usize, divided: &[bool]) {
    let last = window.len().saturating_sub(columns);
    for (column, _) in (0..columns).zip(divided.iter().cycle()).filter(|(_, divided)| **divided) {
        let present = f64::from(window[last + column]);
        for value in window.iter_mut().skip(column).step_by(columns) {
            // Not finite where the last value is missing or 0, which gives 0 in the end.
            *value = (f64::from(*value) / present - 1.0) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(mut window: Vec<f32>, columns: &[&str], wanted: &str, all: usize) -> Vec<f32> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let params: Params = [(COLUMNS, wanted)].into_iter().collect();
        ByLast.within_window(&columns, &params).unwrap().unwrap().apply(&mut window, all);
        window
    }

    #[test]
    fn by_hand() {
        let window = vec![50.0, 8.0, 150.0, 2.0, 100.0, 4.0];
        assert_eq!(scaled(window, &["close", "volume"], "", 2), [-0.5, 1.0, 0.5, -0.5, 0.0, 0.0]);
    }

    #[test]
    fn a_column_whose_last_value_is_zero_or_missing_is_zero() {
        let window = vec![5.0, 5.0, f32::NAN, 0.0, f32::NAN, 2.0];
        assert_eq!(scaled(window, &["a", "b", "c"], "", 3), [0.0; 6]);
        assert_eq!(scaled(vec![1e38, 1e-38], &["a"], "", 1), [0.0; 2], "what overflows is 0");
    }

    #[test]
    fn only_the_columns_that_are_named_are_divided_in_every_ticker() {
        // Two tickers with two columns each.
        let window = vec![1.0, 1.0, 6.0, 6.0, 2.0, 2.0, 3.0, 3.0];
        let expected = [1.0, -0.5, 6.0, 1.0, 2.0, 0.0, 3.0, 0.0];
        assert_eq!(scaled(window, &["rsi", "close"], " close; ", 4), expected);
        let error = divided(&["rsi".into(), "close".into()], "open").unwrap_err();
        assert!(error.contains("\"open\", which is no feature column; they are rsi; close"), "{error}");
    }
}
