//! All dates of a file settle how it writes them.

use super::clock::Zone;
use super::form::{DateForm, Order};
use super::shape::{self, NoStamp, Shape, Stamp};
use crate::error::{Fault, Result};
use crate::quoted;

/// What the dates seen so far show.
#[derive(Debug, Default)]
pub(crate) struct DateSurvey {
    first: Option<Seen>,
    /// The first date whose first number can only be a day or a year.
    not_month_first: Option<Seen>,
    /// The first date whose second number can only be a day.
    month_first: Option<Seen>,
    /// The first date of two-digit numbers whose first can only be a year.
    year_first: Option<Seen>,
    /// Whether some third number of two digits can only be a year.
    year_last: bool,
    /// How often the first and the third number change from row to row.
    changes: [u64; 2],
    before: [u32; 3],
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    line: u64,
    text: String,
    shape: Shape,
    clock: bool,
    zone: ZoneKind,
}

/// What kind of zone a stamp has: one file has one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ZoneKind {
    None,
    Offset,
    Named,
}

impl ZoneKind {
    fn of(zone: Zone<'_>) -> Self {
        match zone {
            Zone::None => Self::None,
            Zone::Offset(_) => Self::Offset,
            Zone::Named(_) => Self::Named,
        }
    }
}

impl Seen {
    fn of(line: u64, text: &str, stamp: &Stamp<'_>) -> Self {
        let zone = ZoneKind::of(stamp.zone);
        Self { line, text: quoted::cell(text), shape: stamp.shape, clock: stamp.clock.is_some(), zone }
    }

    /// The form, for a message that says how two dates differ.
    fn form(&self) -> String {
        let clock = if self.clock { " with a time" } else { "" };
        let zone = match self.zone {
            ZoneKind::Offset if self.clock => " and a zone",
            ZoneKind::Named => " and the name of a zone",
            _ => "",
        };
        format!("{}{clock}{zone}", self.shape)
    }
}

impl DateSurvey {
    /// Takes note of a date.
    pub(crate) fn add(&mut self, line: u64, column: &str, text: &str) -> Result<()> {
        let stamp = shape::parse(text).map_err(|no| not_a_date(no, column, text).on(line))?;
        let Some(first) = &self.first else {
            self.first = Some(Seen::of(line, text, &stamp));
            self.before = stamp.parts;
            self.note(line, text, &stamp);
            return Ok(());
        };
        let zone = ZoneKind::of(stamp.zone);
        if (first.shape, first.clock, first.zone) != (stamp.shape, stamp.clock.is_some(), zone) {
            let fault = Fault::MixedDates {
                text: quoted::cell(text),
                form: Seen::of(line, text, &stamp).form().into(),
                other_line: first.line,
                other_form: first.form().into(),
            };
            return Err(fault.on(line));
        }
        self.note(line, text, &stamp);
        Ok(())
    }

    fn note(&mut self, line: u64, text: &str, stamp: &Stamp<'_>) {
        let [first, second, third] = stamp.parts;
        let two_digits = matches!(stamp.shape, Shape::TwoDigits(_));
        if !two_digits && !matches!(stamp.shape, Shape::YearLast(_)) {
            return;
        }
        let note = |slot: &mut Option<Seen>, holds: bool| {
            if holds && slot.is_none() {
                *slot = Some(Seen::of(line, text, stamp));
            }
        };
        note(&mut self.not_month_first, first > 12);
        note(&mut self.month_first, second > 12);
        note(&mut self.year_first, two_digits && (first > 31 || first == 0));
        self.year_last |= two_digits && (third > 31 || third == 0);
        self.changes[0] += u64::from(first != self.before[0]);
        self.changes[1] += u64::from(third != self.before[2]);
        self.before = stamp.parts;
    }

    /// The form of all dates; `None` if there was none.
    pub(crate) fn decide(self) -> Result<Option<DateForm>> {
        let Some(first) = self.first.clone() else { return Ok(None) };
        let order = match first.shape {
            Shape::YearLast(_) => self.day_or_month(&first, ["D/M/YYYY", "M/D/YYYY"])?,
            Shape::TwoDigits(_) => self.two_digits(&first)?,
            _ => Order::YearMonthDay,
        };
        Ok(Some(DateForm::Found(first.shape, order)))
    }

    fn day_or_month(&self, seen: &Seen, forms: [&'static str; 2]) -> Result<Order> {
        match (&self.not_month_first, &self.month_first) {
            (Some(_), None) => Ok(Order::DayMonthYear),
            (None, Some(_)) => Ok(Order::MonthDayYear),
            (Some(day), Some(month)) => {
                let (later, other) = if day.line > month.line { (day, month) } else { (month, day) };
                let form = |seen: &Seen| forms[usize::from(seen == month)].into();
                Err(Fault::MixedDates {
                    text: later.text.clone(),
                    form: form(later),
                    other_line: other.line,
                    other_form: form(other),
                }
                .on(later.line))
            }
            (None, None) => {
                let text = seen.text.clone();
                Err(Fault::UndecidedDates { text, first: forms[0], second: forms[1] }.on(seen.line))
            }
        }
    }

    /// Three numbers of two digits: the year is the one that no day or month can be, or else the one that changes less.
    fn two_digits(&self, seen: &Seen) -> Result<Order> {
        let forms = ["D/M/YY", "M/D/YY"];
        // A second number over 12 is a day, which no order with the year first has there.
        let year_is_last = self.year_last || self.month_first.is_some() && self.year_first.is_none();
        match (&self.year_first, year_is_last) {
            (Some(year), true) => {
                Err(Fault::UndecidedDates { text: year.text.clone(), first: "YY/M/D", second: "D/M/YY" }
                    .on(year.line))
            }
            (Some(_), false) => Ok(Order::YearMonthDay),
            (None, true) => self.day_or_month(seen, forms),
            (None, false) if self.changes[0] < self.changes[1] => Ok(Order::YearMonthDay),
            (None, false) if self.changes[1] < self.changes[0] => self.day_or_month(seen, forms),
            (None, false) => {
                Err(Fault::UndecidedDates { text: seen.text.clone(), first: "D/M/YY", second: "YY/M/D" }
                    .on(seen.line))
            }
        }
    }
}

/// The fault of a cell that is not a date.
pub(crate) fn not_a_date(no: NoStamp, column: &str, text: &str) -> Fault {
    let remedy = match no {
        NoStamp::ExcelSerial => {
            "it looks like a spreadsheet's count of days; format the column as a date of the form YYYY-MM-DD before \
             export"
        }
        NoStamp::Other => "expected one such as 2015-01-02",
    };
    let (column, text) = (quoted::bare(column), quoted::cell(text));
    Fault::InvalidDate { column: format!("`{column}`"), text, reason: format!("date: {remedy}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(dates: &[&str]) -> std::result::Result<String, String> {
        let mut survey = DateSurvey::default();
        for (line, date) in (2..).zip(dates) {
            survey.add(line, "Date", date).map_err(|error| error.of("A").to_string())?;
        }
        let form = survey.decide().map_err(|error| error.of("A").to_string())?.unwrap();
        let times: Vec<String> = dates.iter().map(|date| form.read(date).unwrap().time.to_string()).collect();
        Ok(format!("{form}: {}", times.join(" ")))
    }

    #[track_caller]
    fn check(dates: &[&str], expected: &str) {
        assert_eq!(form(dates).unwrap(), expected);
    }

    #[track_caller]
    fn check_error(dates: &[&str], expected: &str) {
        assert_eq!(form(dates).unwrap_err(), expected);
    }

    #[test]
    fn every_form_is_read() {
        check(&["2015-01-02", "2015-1-5"], "YYYY-MM-DD: 2015-01-02 00:00:00 2015-01-05 00:00:00");
        check(&["2015/01/02"], "YYYY/MM/DD: 2015-01-02 00:00:00");
        check(&["20150102"], "YYYYMMDD: 2015-01-02 00:00:00");
        check(&["20150102 093000"], "YYYYMMDD: 2015-01-02 09:30:00");
        check(&["2015010209"], "YYYYMMDD: 2015-01-02 09:00:00");
        check(&["201501020930"], "YYYYMMDD: 2015-01-02 09:30:00");
        check(&["1/2/2015", "1/13/2015"], "M/D/YYYY: 2015-01-02 00:00:00 2015-01-13 00:00:00");
        check(&["2.1.2015", "13.1.2015"], "D.M.YYYY: 2015-01-02 00:00:00 2015-01-13 00:00:00");
        check(&["2-1-2015", "13-1-2015"], "D-M-YYYY: 2015-01-02 00:00:00 2015-01-13 00:00:00");
        check(&["1/31/15", "2/2/15"], "M/D/YY: 2015-01-31 00:00:00 2015-02-02 00:00:00");
        check(
            &["2/1/15", "5/1/15", "13/1/15"],
            "D/M/YY: 2015-01-02 00:00:00 2015-01-05 00:00:00 2015-01-13 00:00:00",
        );
        check(&["15-01-02", "15-01-05"], "YY-M-D: 2015-01-02 00:00:00 2015-01-05 00:00:00");
        check(&["99-12-31", "99-12-30"], "YY-M-D: 1999-12-31 00:00:00 1999-12-30 00:00:00");
        check(&["2-Jan-15"], "D-Mon-YYYY: 2015-01-02 00:00:00");
        check(&["02 January 2015"], "D Mon YYYY: 2015-01-02 00:00:00");
        check(&["Jan 2, 2015", "Sept 30, 2015"], "Mon D, YYYY: 2015-01-02 00:00:00 2015-09-30 00:00:00");
        check(&["2015-01-02T09:30:00.5-05:00"], "YYYY-MM-DD: 2015-01-02 09:30:00.500");
        check(
            &["1/2/2015 12:00:00 AM", "1/30/2015 12:00:00 AM"],
            "M/D/YYYY: 2015-01-02 00:00:00 2015-01-30 00:00:00",
        );
        check(&["/Date(1420156800000)/"], "/Date(milliseconds)/: 2015-01-02 00:00:00");
        check(&["1420156800"], "unix seconds: 2015-01-02 00:00:00");
        check(&["1420156800.5"], "unix seconds: 2015-01-02 00:00:00.500");
        check(&["1420156800000"], "unix milliseconds: 2015-01-02 00:00:00");
        check(&["1420156800000000"], "unix microseconds: 2015-01-02 00:00:00");
        check(&["1420156800000000000"], "unix nanoseconds: 2015-01-02 00:00:00");
    }

    #[test]
    fn what_the_file_leaves_open_is_refused() {
        check_error(
            &["1/4/1999", "1/5/1999"],
            "A, line 2: the date \"1/4/1999\" may be D/M/YYYY or M/D/YYYY, and no date of the file tells: say \
             which with date_format",
        );
        check_error(
            &["13/1/2015", "1/13/2015"],
            "A, line 3: the date \"1/13/2015\" is written as M/D/YYYY, but that of line 2 as D/M/YYYY: write all alike",
        );
        check_error(
            &["2015-01-02", "2015/01/05"],
            "A, line 3: the date \"2015/01/05\" is written as YYYY/MM/DD, but that of line 2 as YYYY-MM-DD: write \
             all alike",
        );
        check_error(
            &["2015-01-02", "2015-01-05 09:30"],
            "A, line 3: the date \"2015-01-05 09:30\" is written as YYYY-MM-DD with a time, but that of line 2 as \
             YYYY-MM-DD: write all alike",
        );
        check_error(
            &["42006"],
            "A, line 2: `Date` \"42006\" is not a date: it looks like a spreadsheet's count of days; format the \
             column as a \
             date of the form YYYY-MM-DD before export",
        );
        check_error(&["soon"], "A, line 2: `Date` \"soon\" is not a date: expected one such as 2015-01-02");
        for text in [
            "",
            "2015",
            "+2015-01-0",
            "2015-01-02x",
            "2015-01-02T",
            "2015-01-02Tnoon",
            "1-2",
            "é",
            "Jan",
            "1.5",
        ] {
            assert!(form(&[text]).is_err(), "{text:?}");
        }
    }

    #[test]
    fn days_outside_the_calendar_are_not_read() {
        let form = DateForm::Found(Shape::YearFirst('-'), Order::YearMonthDay);
        assert_eq!(form.read("2015-02-30"), None);
        assert_eq!(form.read("0015-02-03"), None);
    }
}
