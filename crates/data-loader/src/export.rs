//! Frozen bars written out again, so that other programs can read them, and freezing them again gives the same snapshot.

use crate::panel::Panel;
use artifact_core::Moment;
use artifact_core::schema::COLUMNS;
use ndarray::s;
use std::io::{self, Write};

#[cfg(feature = "parquet")]
mod columnar;

/// Writes a panel as one long table of CSV: `date`, `ticker`, the five columns of a bar, those of one's own; ticker by
/// ticker, by ascending date. Rows in which a ticker has no value at all are left out.
///
/// Numbers are written with the fewest digits that are read back as the same bits; a missing value is an empty cell.
///
/// # Errors
///
/// If `out` cannot be written, or a ticker or column begins with `=`, `+`, `-`, `@`, a tab or a carriage return: spreadsheets
/// take such a cell for a formula, and an escape would be read back as another name.
pub fn write_csv(panel: &Panel, out: impl Write) -> csv::Result<()> {
    if let Some(name) = panel.tickers.iter().chain(panel.own_columns()).find(|name| is_formula(name)) {
        let reason = format!(
            "{name:?} begins like a formula, which a spreadsheet would run; export to Parquet with --format parquet"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason).into());
    }
    let mut writer = csv::Writer::from_writer(out);
    let own = panel.own_columns().iter().map(String::as_str);
    writer.write_record(["date", "ticker"].into_iter().chain(COLUMNS).chain(own))?;
    let number = |value: &f64| if value.is_nan() { String::new() } else { value.to_string() };
    let has_clock = panel.dates.iter().any(|date| date.has_clock());
    for (place, ticker) in panel.tickers.iter().enumerate() {
        for (row, &date) in panel.dates.iter().enumerate() {
            let values = panel.values().slice_move(s![row, place, ..]);
            if values.iter().all(|value| value.is_nan()) {
                continue;
            }
            let cells = values.iter().map(number);
            writer.write_record([stamp(date, has_clock), ticker.clone()].into_iter().chain(cells))?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// Whether a spreadsheet takes a cell of this text for a formula.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A row's date, or, where any row has a time of day, its date and time: a file writes all stamps in one form.
fn stamp(date: Moment, has_clock: bool) -> String {
    if has_clock { format!("{}T{}", date.date(), date.time()) } else { date.to_string() }
}

/// Writes the same table as Parquet: days or milliseconds, texts and numbers of 64 bits, packed with zstd; a missing value is a null.
///
/// # Errors
///
/// If `out` cannot be written.
#[cfg(feature = "parquet")]
pub fn write_parquet(panel: &Panel, out: impl Write + Send) -> parquet::errors::Result<()> {
    columnar::write(panel, out)
}

/// The configuration under which the written file freezes to the same panel. Nothing is filled forward, because what
/// was filled is among the rows.
pub fn configuration(panel: &Panel, file: &str) -> String {
    let list = |items: &mut dyn Iterator<Item = &String>| {
        let items: Vec<String> = items.map(|item| toml_text(item)).collect();
        format!("[{}]", items.join(", "))
    };
    let mut text = format!(
        "# Freezes the bars of {file} to the snapshot that they were exported from.\n\n[data]\nsource = \"csv\"\nfiles = [{}]\n",
        toml_text(file)
    );
    text += &format!("tickers = {}\n", list(&mut panel.tickers.iter()));
    if !panel.own_columns().is_empty() {
        text += &format!("columns = {}\n", list(&mut panel.own_columns().iter()));
    }
    text + "period = \"max\"\nalignment = \"union\"\nmax_forward_fill = 0\nadjust = false\n"
}

/// A text as TOML writes it. JSON's escapes are TOML's as well, but for DEL, which JSON leaves as it is.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::freeze;
    use crate::parts::DataParts;
    use crate::snapshot::freeze_panel;
    use artifact_core::Moment;
    use artifact_core::{MemoryStore, producer};
    use chrono::TimeDelta;
    use ndarray::Array3;
    use proptest::prelude::*;
    use settings::{Config, Preset};

    #[test]
    fn a_name_that_a_spreadsheet_would_run_is_not_written() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)"] {
            let dates = vec![Moment::default(), Moment::default() + TimeDelta::days(1)];
            let panel = Panel::new(vec![name.to_owned()], dates, Array3::from_elem((2, 1, 5), 1.0)).unwrap();
            let mut out = Vec::new();
            let refused = write_csv(&panel, &mut out).unwrap_err().to_string();
            assert!(
                out.is_empty() && refused.contains(name) && refused.contains("--format parquet"),
                "{refused}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_exported_freezes_to_the_same_snapshot(
            rows in 10usize..40,
            closes in prop::collection::vec(prop::num::f64::POSITIVE | prop::num::f64::NORMAL, 80),
            empty in prop::collection::vec(any::<bool>(), 80),
            own in prop::collection::vec(prop::num::f64::NORMAL, 80),
            hours in prop::sample::select(vec![24_i64, 6]),
        ) {
            let tickers = vec!["B\"R, K".to_owned(), "A".to_owned()];
            let values = Array3::from_shape_fn((rows, 2, 6), |(t, k, c)| {
                let at = 2 * t + k;
                // The first and the last row have both bars, so that no row is empty and none is cut off.
                let is_empty = empty[at] && t > 0 && t + 1 < rows && !(empty[2 * t] && empty[2 * t + 1]);
                match c {
                    5 => own[at],
                    _ if is_empty => f64::NAN,
                    4 => at as f64 / 3.0,
                    _ => closes[at].abs().clamp(1e-300, 1e300),
                }
            });
            let dates = (0..rows).map(|row| Moment::default() + TimeDelta::hours(hours * row as i64)).collect();
            let bars = values.slice(s![.., .., ..5]).to_owned();
            let panel = Panel::new(tickers, dates, bars).unwrap();
            let panel = panel.with_columns(vec!["side".into()], &values.slice(s![.., .., 5..]).to_owned()).unwrap();

            let folder = tempfile::tempdir().unwrap();
            let create = |name| std::fs::File::create(folder.path().join(name)).unwrap();
            write_csv(&panel, create("bars.csv")).unwrap();
            #[cfg(feature = "parquet")]
            write_parquet(&panel, create("bars.parquet")).unwrap();
            let names = ["bars.csv", "bars.parquet"];
            for name in &names[..if cfg!(feature = "parquet") { 2 } else { 1 }] {
                std::fs::write(folder.path().join("bars.toml"), configuration(&panel, name)).unwrap();
                let config = Config::load(Preset::Empty, Some(&folder.path().join("bars.toml"))).unwrap();
                let store = MemoryStore::default();
                let (_, seal) = freeze(&store, &config, &DataParts::builtin()).unwrap();
                prop_assert_eq!(seal.snapshot, freeze_panel(&store, &panel, producer!()).unwrap(), "{}", name);
            }
        }
    }
}
