//! What holds for any bytes, and for any table in any dialect.

use super::lines;
use crate::check_bytes;
use crate::reading::Reading;
use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;

/// Text that is nearly a file of bars.
fn nearly_bars() -> impl Strategy<Value = String> {
    let cell = prop_oneof![
        4 => "[0-9]{1,3}([.,][0-9]{1,3})?",
        2 => "20(0[0-9]|1[0-9])[-/.](0[1-9]|1[0-2])[-/.][0-2][0-9]",
        1 => "[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{2}|[0-9]{4})( 0[0-9]:[0-5][0-9](Z|[-+]0[0-9]:00| [AP]M| EST)?)?",
        1 => "[0-9]{5,19}|NaN|-|1e999|inf|\"\"|\"a\nb\"|\"1,5\"|#|[1-3] (Jan|May) 20[0-9]{2}|\\PC{0,4}",
    ];
    let header = prop_oneof![
        Just("date,open,high,low,close,volume"),
        Just("Date;Open;High;Low;Close;Adj Close;Volume"),
        Just("ticker\tdate\ttime\topen\thigh\tlow\tclose"),
        Just("Price,Close,High,Low,Open\nTicker,A,A,A,A\nDate,,,,"),
        Just(",A_Open,A_High,A_Low,A_Close,B_Open,B_High,B_Low,B_Close"),
        Just("<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>"),
        Just("date,close"),
        Just("1,2,3,4,5"),
    ];
    let rows = prop::collection::vec(prop::collection::vec(cell, 1..9), 0..6);
    (header, rows, "[,;\t|]", "\n|\r\n|\r|\n\n").prop_map(|(header, rows, separator, ending)| {
        let rows: Vec<String> = rows.iter().map(|row| row.join(&separator)).collect();
        format!("{header}{ending}{}", rows.join(&ending))
    })
}

/// How a table is written.
#[derive(Debug, Clone)]
struct Dialect {
    separator: char,
    comma: bool,
    quoted: bool,
    thousands: bool,
    date: usize,
    ending: &'static str,
    encoding: usize,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let separator = prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')];
    let ending = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n\n")];
    (separator, any::<bool>(), any::<bool>(), any::<bool>(), 0..9_usize, ending, 0..5_usize).prop_map(
        |(separator, comma, quoted, thousands, date, ending, encoding)| {
            // Commas in cells need quotes where commas separate.
            let quoted = quoted || separator == ',' && (comma || thousands || date == 8);
            Dialect { separator, comma, quoted, thousands, date, ending, encoding }
        },
    )
}

impl Dialect {
    fn number(&self, hundredths: u32) -> String {
        let (whole, fraction) = (hundredths / 100, hundredths % 100);
        let (mark, group) = if self.comma { (',', '.') } else { ('.', ',') };
        let whole = match whole {
            1000.. if self.thousands => format!("{}{group}{:03}", whole / 1000, whole % 1000),
            _ => whole.to_string(),
        };
        format!("{whole}{mark}{fraction:02}")
    }

    fn date(&self, day: NaiveDate) -> String {
        const FORMS: [&str; 9] = [
            "%Y-%m-%d",
            "%Y/%m/%d",
            "%Y%m%d",
            "%d.%m.%Y",
            "%m/%d/%Y",
            "%d-%m-%y",
            "%d-%b-%y",
            "%Y-%m-%dT00:00:00.0000000",
            "%b %-d, %Y",
        ];
        day.format(FORMS[self.date]).to_string()
    }

    fn write(&self, table: &[(NaiveDate, [u32; 5])]) -> Vec<u8> {
        let cell = |text: String| if self.quoted { format!("\"{text}\"") } else { text };
        let line = |cells: Vec<String>| cells.join(&self.separator.to_string()) + self.ending;
        let mut text = line(
            ["Date", "Open", "High", "Low", "Close", "Volume"].map(|name| cell(name.to_owned())).to_vec(),
        );
        for (day, values) in table {
            let values = values.iter().map(|value| cell(self.number(*value)));
            text += &line(std::iter::once(cell(self.date(*day))).chain(values).collect());
        }
        match self.encoding {
            0 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            1 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            2 => zstd::encode_all(text.as_bytes(), 1).unwrap(),
            _ => text.into_bytes(),
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_rows(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(check_bytes(&bytes), Ok(()));
    }

    #[test]
    fn what_is_nearly_a_file_is_an_error_or_rows(text in nearly_bars(), at in 0..400_usize, byte: u8, change: bool) {
        let mut bytes = text.into_bytes();
        if let Some(slot) = bytes.get_mut(at).filter(|_| change) {
            *slot = byte;
        }
        prop_assert_eq!(check_bytes(&bytes), Ok(()));
    }

    #[test]
    fn what_is_nearly_json_is_an_error_or_rows(text in "[\\[{][\\[\\]{}\",:0-9a-c \ndatechrtopnhigloesv]{0,80}") {
        prop_assert_eq!(check_bytes(text.as_bytes()), Ok(()));
    }

    #[test]
    fn a_table_reads_back_from_any_dialect(
        dialect in dialect(),
        first in 0..9000_i32,
        values in prop::collection::vec(prop::array::uniform5(0..99_999_999_u32), 40..60),
    ) {
        // Forty days hold a day beyond the twelfth, and a number of two decimals settles the mark.
        let day = |row: usize| NaiveDate::from_num_days_from_ce_opt(730_000 + first + row as i32).unwrap();
        let table: Vec<_> = values.into_iter().enumerate().map(|(row, values)| (day(row), values)).collect();
        let reading = Reading { ticker: Some("A".to_owned()), ..Reading::default() };
        let file = crate::read(&dialect.write(&table), "A.csv", &reading);
        let file = file.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let step = if dialect.ending == "\n\n" { 2 } else { 1 };
        let expected: Vec<String> = table.iter().enumerate().map(|(row, (day, values))| {
            let plain = |value: u32| format!("{}.{:02}", value / 100, value % 100).parse::<f64>().unwrap().to_string();
            let values = values.map(plain);
            format!("A {day} 00:00:00 {} @{}", values.join(" "), 1 + step * (row + 1))
        }).collect();
        prop_assert!(day(0).year() > 1990);
        prop_assert_eq!(lines(&file), expected);
    }
}
