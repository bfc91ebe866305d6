//! Typed values as the texts of cells.

use crate::records::trimmed;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::borrow::Cow;

/// The cells of a column by row.
pub(crate) type Cells<'a> = Box<dyn Fn(usize) -> Cow<'a, str> + 'a>;

/// Whether the values of a type can be cells.
pub(crate) fn is_readable(kind: &DataType) -> bool {
    use DataType as D;
    match kind {
        D::Dictionary(_, values) => !matches!(**values, D::Dictionary(..)) && is_readable(values),
        D::Null | D::Boolean | D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Date32 | D::Date64 => true,
        D::Time32(_) | D::Time64(_) | D::Timestamp(..) => true,
        other => other.is_numeric(),
    }
}

/// The cells of a column whose type is readable; a null is empty.
pub(crate) fn cells(column: &ArrayRef) -> Cells<'_> {
    let column: &dyn Array = column.as_ref();
    let values = values(column);
    Box::new(move |row| if column.is_null(row) { Cow::Borrowed("") } else { values(row) })
}

/// The cells that are not null.
fn values(column: &dyn Array) -> Cells<'_> {
    use DataType as D;
    match column.data_type() {
        D::Boolean => {
            Box::new(|row| Cow::Borrowed(if column.as_boolean().value(row) { "true" } else { "false" }))
        }
        D::Utf8 => Box::new(|row| Cow::Borrowed(trimmed(column.as_string::<i32>().value(row)))),
        D::LargeUtf8 => Box::new(|row| Cow::Borrowed(trimmed(column.as_string::<i64>().value(row)))),
        D::Utf8View => Box::new(|row| Cow::Borrowed(trimmed(column.as_string_view().value(row)))),
        D::Float16 => float::<Float16Type>(column, |value| value.to_f64()),
        D::Float32 => float::<Float32Type>(column, f64::from),
        D::Float64 => float::<Float64Type>(column, |value| value),
        D::Decimal32(..) => decimal::<Decimal32Type>(column),
        D::Decimal64(..) => decimal::<Decimal64Type>(column),
        D::Decimal128(..) => decimal::<Decimal128Type>(column),
        D::Decimal256(..) => decimal::<Decimal256Type>(column),
        D::Date32 => written::<Date32Type>(column, |days| day(days.into())),
        D::Date64 => written::<Date64Type>(column, |millis| match millis.rem_euclid(DAY_MILLIS) {
            0 => day(millis / DAY_MILLIS),
            _ => instant(DateTime::from_timestamp_millis(millis)),
        }),
        D::Time32(TimeUnit::Second) => written::<Time32SecondType>(column, |count| time(count.into(), 1)),
        D::Time32(_) => written::<Time32MillisecondType>(column, |count| time(count.into(), 1_000)),
        D::Time64(TimeUnit::Microsecond) => {
            written::<Time64MicrosecondType>(column, |count| time(count, 1_000_000))
        }
        D::Time64(_) => written::<Time64NanosecondType>(column, |count| time(count, 1_000_000_000)),
        D::Timestamp(unit, zone) => timestamp(column, *unit, zone.as_deref()),
        D::Dictionary(..) => dictionary(column),
        _ => match whole(column) {
            Some(whole) => Box::new(move |row| Cow::Owned(whole(row).to_string())),
            None => Box::new(|_| Cow::Borrowed("")),
        },
    }
}

/// The milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// What a count says that stands for no date and no time: no reader takes it for one.
fn beyond() -> String {
    "beyond the calendar".to_owned()
}

fn day(days: i64) -> String {
    let date = TimeDelta::try_days(days).and_then(|days| NaiveDate::default().checked_add_signed(days));
    date.map_or_else(beyond, |date| date.to_string())
}

fn time(count: i64, per_second: i64) -> String {
    let (seconds, rest) = (count.div_euclid(per_second), count.rem_euclid(per_second));
    let nanoseconds = rest * (1_000_000_000 / per_second);
    let parts = u32::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
    let time = parts.and_then(|(seconds, nanoseconds)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds)
    });
    time.map_or_else(beyond, |time| time.format("%H:%M:%S%.f").to_string())
}

/// A time without a zone: the wall clock.
fn instant(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(beyond, |time| time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
}

/// Stamps. With a zone the count is in UTC, and the cell shows the zone's wall clock: a bar of Tokyo is on Tokyo's day.
fn timestamp<'a>(column: &'a dyn Array, unit: TimeUnit, zone: Option<&'a str>) -> Cells<'a> {
    let stamp: Box<dyn Fn(usize) -> Option<DateTime<Utc>>> = match unit {
        TimeUnit::Second => {
            let stamps = column.as_primitive::<TimestampSecondType>();
            Box::new(|row| DateTime::from_timestamp(stamps.value(row), 0))
        }
        TimeUnit::Millisecond => {
            let stamps = column.as_primitive::<TimestampMillisecondType>();
            Box::new(|row| DateTime::from_timestamp_millis(stamps.value(row)))
        }
        TimeUnit::Microsecond => {
            let stamps = column.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row| DateTime::from_timestamp_micros(stamps.value(row)))
        }
        TimeUnit::Nanosecond => {
            let stamps = column.as_primitive::<TimestampNanosecondType>();
            Box::new(|row| Some(DateTime::from_timestamp_nanos(stamps.value(row))))
        }
    };
    let Some(zone) = zone else { return Box::new(move |row| Cow::Owned(instant(stamp(row)))) };
    let zoned = "%Y-%m-%dT%H:%M:%S%.f%:z";
    if let Ok(offset) = zone.parse::<chrono::FixedOffset>() {
        let text = move |time: DateTime<Utc>| time.with_timezone(&offset).format(zoned).to_string();
        return Box::new(move |row| Cow::Owned(stamp(row).map_or_else(beyond, text)));
    }
    match zone.parse::<chrono_tz::Tz>() {
        Ok(zone) => {
            let text = move |time: DateTime<Utc>| time.with_timezone(&zone).format(zoned).to_string();
            Box::new(move |row| Cow::Owned(stamp(row).map_or_else(beyond, text)))
        }
        // Without its offset nobody knows on which day a bar is.
        Err(_) => Box::new(move |_| Cow::Owned(format!("in the unknown zone {zone}"))),
    }
}

fn written<T: ArrowPrimitiveType>(column: &dyn Array, text: fn(T::Native) -> String) -> Cells<'_> {
    let values = column.as_primitive::<T>();
    Box::new(move |row| Cow::Owned(text(values.value(row))))
}

/// Numbers, widened without rounding; NaN is a missing value.
fn float<T: ArrowPrimitiveType>(column: &dyn Array, widen: fn(T::Native) -> f64) -> Cells<'_> {
    let values = column.as_primitive::<T>();
    Box::new(move |row| match widen(values.value(row)) {
        value if value.is_nan() => Cow::Borrowed(""),
        value => Cow::Owned(value.to_string()),
    })
}

fn decimal<T: DecimalType>(column: &dyn Array) -> Cells<'_> {
    let values = column.as_primitive::<T>();
    Box::new(move |row| Cow::Owned(values.value_as_string(row)))
}

/// Values that are written once and named by number.
fn dictionary(column: &dyn Array) -> Cells<'_> {
    let column = column.as_any_dictionary();
    let (keys, cells) = (whole(column.keys()), cells(column.values()));
    let count = column.values().len();
    Box::new(move |row| {
        let key = keys.as_ref().and_then(|keys| usize::try_from(keys(row)).ok());
        key.filter(|&key| key < count).map_or(Cow::Borrowed(""), &cells)
    })
}

/// The values of a column of whole numbers; `None` for one of another type.
fn whole(column: &dyn Array) -> Option<Box<dyn Fn(usize) -> i128 + '_>> {
    fn of<T: ArrowPrimitiveType<Native: Into<i128>>>(column: &dyn Array) -> Box<dyn Fn(usize) -> i128 + '_> {
        let values = column.as_primitive::<T>();
        Box::new(move |row| values.value(row).into())
    }
    Some(match column.data_type() {
        DataType::Int8 => of::<Int8Type>(column),
        DataType::Int16 => of::<Int16Type>(column),
        DataType::Int32 => of::<Int32Type>(column),
        DataType::Int64 => of::<Int64Type>(column),
        DataType::UInt8 => of::<UInt8Type>(column),
        DataType::UInt16 => of::<UInt16Type>(column),
        DataType::UInt32 => of::<UInt32Type>(column),
        DataType::UInt64 => of::<UInt64Type>(column),
        _ => return None,
    })
}
