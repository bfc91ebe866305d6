//! Files of typed columns.

use super::lines;
use crate::reading::{Names, Reading};
use crate::{Field, FileBars, check_bytes, read_series};
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, Date32Array, Date64Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array,
    Int32Array, Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Encoding;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use std::sync::Arc;

/// Files that pandas wrote, by `columnar/write.py`.
const WRITTEN: [(&str, &[u8]); 5] = [
    ("tokyo.parquet", include_bytes!("columnar/tokyo.parquet")),
    ("wide.parquet", include_bytes!("columnar/wide.parquet")),
    ("levels.parquet", include_bytes!("columnar/levels.parquet")),
    ("long.feather", include_bytes!("columnar/long.feather")),
    ("long-zstd.feather", include_bytes!("columnar/long-zstd.feather")),
];

fn column<A: arrow_array::Array + 'static>(name: &str, values: A) -> (String, ArrayRef) {
    (name.to_owned(), Arc::new(values))
}

/// The four prices 1, 3, 1 and 2 in every row.
fn prices(rows: usize) -> Vec<(String, ArrayRef)> {
    let of = |name, value| column(name, Float64Array::from(vec![value; rows]));
    vec![of("open", 1.0), of("high", 3.0), of("low", 1.0), of("close", 2.0)]
}

fn parquet(columns: Vec<(String, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow(columns: Vec<(String, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn read(bytes: &[u8], reading: Reading) -> Result<FileBars, String> {
    let reading = Reading { ticker: Some("A".to_owned()), ..reading };
    crate::read(bytes, "A.parquet", &reading).map_err(|error| error.to_string())
}

/// Checks that columns read alike from both kinds of file.
#[track_caller]
fn check(columns: Vec<(String, ArrayRef)>, expected: &[&str], dates: &str) {
    for (bytes, kind) in [(parquet(columns.clone()), "Parquet"), (arrow(columns), "Arrow")] {
        let file = read(&bytes, Reading::default()).unwrap();
        assert_eq!(lines(&file), expected, "{kind}");
        assert_eq!(file.form.to_string(), format!("{kind}, dates {dates}, no volume column"));
    }
}

/// Checks that columns are refused alike.
#[track_caller]
fn check_error(columns: Vec<(String, ArrayRef)>, expected: &str) {
    for bytes in [parquet(columns.clone()), arrow(columns)] {
        assert_eq!(read(&bytes, Reading::default()).unwrap_err(), expected);
    }
}

#[test]
fn files_of_pandas_are_read() {
    let found = |name: &str| {
        let (_, bytes) = WRITTEN.into_iter().find(|(known, _)| *known == name).unwrap();
        read(bytes, Reading::default()).unwrap()
    };
    let tokyo = found("tokyo.parquet");
    let day = ["2015-01-02", "2015-01-05", "2015-01-06"];
    let values = ["1.5 2 1 1.75 100", "2.5 3 2 NaN 200", "3.5 4 3 3.75 300"];
    let of = |ticker: &str, step: u64, first: u64| -> Vec<String> {
        let rows = (0..3).map(|row| (row, first + step * row as u64));
        rows.map(|(row, line)| format!("{ticker} {} 00:00:00 {} @{line}", day[row], values[row])).collect()
    };
    assert_eq!(lines(&tokyo), of("A", 1, 1));
    assert_eq!(tokyo.form.to_string(), "Parquet, dates YYYY-MM-DD with a zone");
    assert_eq!(tokyo.tickers[0].offsets, Some(vec![9 * 3600; 3]));

    let wide = found("wide.parquet");
    assert_eq!(lines(&wide), [of("AAA", 1, 1), of("BBB", 1, 1)].concat());
    assert_eq!(wide.form.to_string(), "Parquet, tickers in headers, dates YYYY-MM-DD");
    for name in ["long.feather", "long-zstd.feather", "levels.parquet"] {
        assert_eq!(lines(&found(name)), [of("AAA", 2, 1), of("BBB", 2, 2)].concat(), "{name}");
    }
    assert_eq!(found("long.feather").form.to_string(), "Arrow, dates YYYY-MM-DD");
}

#[test]
fn dates_of_every_type_are_read() {
    let days = [16_437_i32, 16_440];
    let expected = ["A 2015-01-02 00:00:00 1 3 1 2 NaN @1", "A 2015-01-05 00:00:00 1 3 1 2 NaN @2"];
    let seconds: Vec<i64> = days.iter().map(|&day| i64::from(day) * 86_400).collect();
    let scaled = |factor: i64| seconds.iter().map(|second| second * factor).collect::<Vec<_>>();
    let text = ["2015-01-02", " 2015-01-05 "];
    let dictionary: DictionaryArray<Int32Type> = text.into_iter().collect();
    for (dates, form) in [
        (column("date", Date32Array::from(days.to_vec())), "YYYY-MM-DD"),
        (column("date", Date64Array::from(scaled(1_000))), "YYYY-MM-DD"),
        (column("date", TimestampSecondArray::from(scaled(1))), "YYYY-MM-DD"),
        (column("date", TimestampMillisecondArray::from(scaled(1_000))), "YYYY-MM-DD"),
        (column("date", TimestampMicrosecondArray::from(scaled(1_000_000))), "YYYY-MM-DD"),
        (column("date", TimestampNanosecondArray::from(scaled(1_000_000_000))), "YYYY-MM-DD"),
        (column("date", StringArray::from(text.to_vec())), "YYYY-MM-DD"),
        (column("date", LargeStringArray::from(text.to_vec())), "YYYY-MM-DD"),
        (column("date", StringViewArray::from(text.to_vec())), "YYYY-MM-DD"),
        (column("date", dictionary), "YYYY-MM-DD"),
        (column("date", Int32Array::from(vec![20_150_102, 20_150_105])), "YYYYMMDD"),
        (column("__index_level_0__", Date32Array::from(days.to_vec())), "YYYY-MM-DD"),
    ] {
        check([prices(2), vec![dates]].concat(), &expected, form);
    }
    let unix = column("time", Int64Array::from(seconds));
    check([prices(2), vec![unix]].concat(), &expected, "unix seconds with a zone");
}

#[test]
fn a_stamp_with_a_zone_is_on_the_day_of_the_zone() {
    // 15:30 of the 1st in UTC.
    let stamp = 1_420_126_200;
    for (zone, expected) in [
        ("Asia/Tokyo", "A 2015-01-02 00:30:00 1 3 1 2 NaN @1"),
        ("+09:00", "A 2015-01-02 00:30:00 1 3 1 2 NaN @1"),
        ("America/New_York", "A 2015-01-01 10:30:00 1 3 1 2 NaN @1"),
        ("UTC", "A 2015-01-01 15:30:00 1 3 1 2 NaN @1"),
    ] {
        let stamps = column("date", TimestampSecondArray::from(vec![stamp]).with_timezone(zone));
        check([prices(1), vec![stamps]].concat(), &[expected], "YYYY-MM-DD with a time of day with a zone");
    }
    let odd = column("date", TimestampSecondArray::from(vec![stamp]).with_timezone("Mars/Olympus"));
    check_error(
        [prices(1), vec![odd]].concat(),
        "A.parquet, line 1: `date` \"in the unknown zone Mars/Olympus\" is not a date: expected one such as 2015-01-02",
    );
}

#[test]
fn numbers_of_every_type_are_read() {
    let tickers: DictionaryArray<Int8Type> = ["B"].into_iter().collect();
    let decimal = Decimal128Array::from(vec![12_345]).with_precision_and_scale(9, 2).unwrap();
    let columns = vec![
        column("ticker", tickers),
        column("date", Date32Array::from(vec![16_437])),
        column("time", Time32SecondArray::from(vec![34_200])),
        column("open", Int32Array::from(vec![-7])),
        column("high", decimal),
        column("low", Float32Array::from(vec![0.1_f32])),
        column("close", StringArray::from(vec!["5.5"])),
        column("volume", UInt64Array::from(vec![u64::from(u32::MAX)])),
        column("adj_close", Float64Array::from(vec![f64::NAN])),
        column("dividend", Float64Array::from(vec![None])),
    ];
    let expected = "B 2015-01-02 09:30:00 -7 123.45 0.10000000149011612 5.5 4294967295 @1";
    let file = read(&parquet(columns.clone()), Reading::default()).unwrap();
    assert_eq!(lines(&file), [expected]);
    assert!(file.tickers[0].adjusted.as_ref().unwrap()[0].is_nan());
    assert!(file.tickers[0].dividends.as_ref().unwrap()[0].is_nan());
    assert_eq!(lines(&read(&arrow(columns), Reading::default()).unwrap()), [expected]);
}

#[test]
fn columns_are_found_as_the_caller_says() {
    let columns = vec![
        column("day", Date32Array::from(vec![16_437])),
        column("a", Float64Array::from(vec![1.0])),
        column("b", Float64Array::from(vec![3.0])),
        column("c", Float64Array::from(vec![1.0])),
        column("d", Float64Array::from(vec![2.0])),
        column("side", Int64Array::from(vec![-1])),
    ];
    let bytes = parquet(columns);
    let fields = [(Field::Open, "a"), (Field::High, "b"), (Field::Low, "c"), (Field::Close, "d")];
    let mapped = fields.into_iter().map(|(field, name)| (field, name.to_owned())).collect();
    let reading =
        Reading { names: Names::Mapped(mapped), own: vec!["Side".to_owned()], ..Reading::default() };
    let file = read(&bytes, reading).unwrap();
    assert_eq!(lines(&file), ["A 2015-01-02 00:00:00 1 3 1 2 NaN @1"]);
    assert_eq!(file.tickers[0].own, [[-1.0]]);
    let listed = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        read(&bytes, Reading { names: Names::Listed(names), ..Reading::default() })
    };
    let all = listed(&["date", "open", "high", "low", "close", "x"]).unwrap();
    assert_eq!(lines(&all), lines(&file));
    let error = listed(&["date", "open", "high", "low", "close"]).unwrap_err();
    assert!(error.contains("cells in the row: 6, but columns listed: 5"), "{error}");
    let series = read_series(&bytes, "A.parquet", "side", None).unwrap();
    assert_eq!(
        (series[0].value, series[0].line, series[0].time.to_string().as_str()),
        (-1.0, 1, "2015-01-02 00:00:00")
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let date = || column("date", Date32Array::from(vec![16_437]));
    check_error(
        [prices(1)[..3].to_vec(), vec![date()]].concat(),
        "A.parquet: no column `close`: found open, high, low, date",
    );
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]);
    let error = read(
        &parquet([prices(1)[..3].to_vec(), vec![date(), column("close", list)]].concat()),
        Reading::default(),
    );
    let error = error.unwrap_err();
    assert!(
        error.starts_with("A.parquet, line 1: `close` \"<List") && error.contains("is not a number"),
        "{error}"
    );
    let infinite = column("close", Float64Array::from(vec![f64::INFINITY]));
    check_error(
        [prices(1)[..3].to_vec(), vec![date(), infinite]].concat(),
        "A.parquet, line 1: `close` \"inf\" is not a number: expected a finite number, or an empty cell where the value is \
         missing",
    );
    let beyond = column("date", Date32Array::from(vec![i32::MAX]));
    check_error(
        [prices(1), vec![beyond]].concat(),
        "A.parquet, line 1: `date` \"beyond the calendar\" is not a date: expected one such as 2015-01-02",
    );
    check_error(
        [prices(0), vec![column("date", Date32Array::from(Vec::<i32>::new()))]].concat(),
        "A.parquet: a header but no rows",
    );
    let packed = WRITTEN[0].1;
    let error = read(&packed[..packed.len() - 1], Reading::default()).unwrap_err();
    assert!(error.starts_with("A.parquet: the Parquet data are damaged or cut off ("), "{error}");
    let error = read(&WRITTEN[3].1[..100], Reading::default()).unwrap_err();
    assert!(error.starts_with("A.parquet: the Arrow data are damaged or cut off ("), "{error}");
}

/// A file whose numbers are in this encoding, with missing values.
fn encoded(version: WriterVersion, encoding: Encoding) -> Vec<u8> {
    let columns = vec![
        column("ticker", StringArray::from(vec!["A", "A", "B"])),
        column("date", Int32Array::from(vec![20_150_102, 20_150_105, 20_150_106])),
        column("open", Float64Array::from(vec![1.0, 1.5, 2.0])),
        column("high", Float32Array::from(vec![3.0_f32; 3])),
        column("low", Float64Array::from(vec![Some(1.0), None, Some(1.0)])),
        column("close", Int64Array::from(vec![Some(2), Some(2), None])),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut properties =
        WriterProperties::builder().set_writer_version(version).set_dictionary_enabled(false);
    properties = properties.set_column_encoding(ColumnPath::from("ticker"), Encoding::PLAIN);
    for name in ["date", "open", "high", "low", "close"] {
        properties = properties.set_column_encoding(ColumnPath::from(name), encoding);
    }
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn delta_encodings_are_refused_by_name() {
    let properties = WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    let properties = properties.set_dictionary_enabled(false).build();
    let batch = RecordBatch::try_from_iter(
        [prices(1), vec![column("date", Date32Array::from(vec![16_437]))]].concat(),
    );
    let batch = batch.unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_eq!(
        read(&bytes, Reading::default()).unwrap_err(),
        "A.parquet: the Parquet data are packed with delta encoding, which this program does not unpack: write the file \
         with plain or dictionary encoding"
    );
}

/// The files of pandas, and one for every further encoding of values and version of pages.
fn every_file() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> =
        WRITTEN.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for encoding in [Encoding::PLAIN, Encoding::BYTE_STREAM_SPLIT] {
            let bytes = encoded(version, encoding);
            let file = read(&bytes, Reading::default()).unwrap();
            let expected = [
                "A 2015-01-02 00:00:00 1 3 1 2 NaN @1",
                "A 2015-01-05 00:00:00 1.5 3 NaN 2 NaN @2",
                "B 2015-01-06 00:00:00 2 3 1 NaN NaN @3",
            ];
            assert_eq!(lines(&file), expected, "{version:?} {encoding}");
            files.push((format!("{version:?} {encoding}"), bytes));
        }
    }
    files
}

#[test]
fn what_holds_of_every_reading_holds_of_typed_columns() {
    for (name, bytes) in every_file() {
        assert_eq!(check_bytes(&bytes), Ok(()), "{name}");
    }
}

#[test]
fn a_truncated_file_is_an_error() {
    for (name, bytes) in WRITTEN {
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], Reading::default()).is_err(), "{name} of {length} bytes");
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_rows() {
    for (name, mut bytes) in every_file() {
        for at in 0..bytes.len() {
            for mask in [1 << (at % 8), 0xff] {
                bytes[at] ^= mask;
                // A panic is what this looks for; the message has to say where it was.
                let result = std::panic::catch_unwind(|| read(&bytes, Reading::default()).map(drop));
                assert!(result.is_ok(), "{name}, byte {at} changed by {mask:#x}");
                bytes[at] ^= mask;
            }
        }
    }
}

proptest! {
    #[test]
    fn values_keep_their_bits(bits in prop::collection::vec(prop::array::uniform4(any::<u64>()), 1..40)) {
        let value = |row: usize, place: usize| {
            let value = f64::from_bits(bits[row][place]);
            if value.is_finite() { value } else { f64::NAN }
        };
        let of = |name: &str, place| {
            column(name, Float64Array::from_iter_values((0..bits.len()).map(|row| value(row, place))))
        };
        let days = (0..bits.len() as i32).map(|row| 16_437 + row);
        let columns = vec![
            column("date", Date32Array::from_iter_values(days)),
            of("open", 0), of("high", 1), of("low", 2), of("close", 3),
        ];
        for bytes in [parquet(columns.clone()), arrow(columns)] {
            let file = read(&bytes, Reading::default()).map_err(TestCaseError::fail)?;
            for (row, bar) in file.tickers[0].bars.iter().enumerate() {
                for (place, found) in [bar.open, bar.high, bar.low, bar.close].into_iter().enumerate() {
                    let expected = value(row, place);
                    prop_assert!(found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan());
                }
            }
        }
    }
}
