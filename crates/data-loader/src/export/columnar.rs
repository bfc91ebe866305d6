//! Frozen bars as typed columns.

use crate::panel::Panel;
use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use artifact_core::schema::COLUMNS;
use ndarray::s;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::sync::Arc;

/// Writes the rows of a panel, ticker by ticker.
pub(super) fn write(panel: &Panel, out: impl Write + Send) -> Result<()> {
    let own = panel.own_columns().iter().map(String::as_str);
    let numbers = COLUMNS.into_iter().chain(own).map(|name| Field::new(name, DataType::Float64, true));
    let has_clock = panel.dates.iter().any(|date| date.has_clock());
    let date = if has_clock { DataType::Timestamp(TimeUnit::Millisecond, None) } else { DataType::Date32 };
    let rest = [Field::new("date", date, false), Field::new("ticker", DataType::Utf8, false)];
    let schema = Arc::new(Schema::new(rest.into_iter().chain(numbers).collect::<Vec<_>>()));
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties.build()))?;
    for place in 0..panel.ticker_count() {
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns(panel, place, has_clock))?)?;
    }
    writer.close()?;
    Ok(())
}

/// The columns of a ticker, without the rows in which it has no value at all.
fn columns(panel: &Panel, place: usize, has_clock: bool) -> Vec<ArrayRef> {
    let values = panel.values();
    let of_ticker = values.slice(s![.., place, ..]);
    let rows: Vec<usize> =
        (0..panel.rows()).filter(|&row| of_ticker.row(row).iter().any(|value| !value.is_nan())).collect();
    let seconds = rows.iter().map(|&row| panel.dates[row].seconds());
    let dates: ArrayRef = if has_clock {
        Arc::new(TimestampMillisecondArray::from_iter_values(seconds.map(|seconds| seconds * 1000)))
    } else {
        // Every date of the calendar is within the range of days.
        let days = seconds.map(|seconds| i32::try_from(seconds.div_euclid(86_400)).unwrap_or_default());
        Arc::new(Date32Array::from_iter_values(days))
    };
    let mut columns: Vec<ArrayRef> =
        vec![dates, Arc::new(StringArray::from_iter_values(rows.iter().map(|_| &panel.tickers[place])))];
    for column in of_ticker.columns() {
        let cells = rows.iter().map(|&row| column[row]).map(|value| (!value.is_nan()).then_some(value));
        columns.push(Arc::new(cells.collect::<Float64Array>()));
    }
    columns
}
