//! All numbers of a file settle its decimal mark.

use super::missing::is_missing;
use super::parts::{is_plain_group, is_written_with, parts};
use crate::error::{Fault, Result};
use crate::form::DecimalMark;
use crate::quoted;

/// What the numbers seen so far show.
#[derive(Debug, Default)]
pub(crate) struct NumberSurvey {
    /// The first number that only a decimal point explains.
    point: Option<(u64, String)>,
    /// The first number that only a decimal comma explains.
    comma: Option<(u64, String)>,
    /// The first number with a point that either explains, such as `1.234`.
    open_point: Option<(u64, String)>,
    /// The first number with a comma that either explains, such as `1,234`.
    open_comma: Option<(u64, String)>,
}

impl NumberSurvey {
    /// Takes note of a cell. One that is no number shows nothing.
    pub(crate) fn add(&mut self, line: u64, cell: &str) {
        let Some(mark) = cell.bytes().find(|byte| matches!(byte, b'.' | b',')) else { return };
        // Once settled, only what contradicts is of interest; plain numbers are the bulk of a file.
        if mark == b'.' && self.point.is_some() && !cell.contains(',') && cell.matches('.').count() == 1 {
            return;
        }
        if is_missing(cell) {
            return;
        }
        let Ok(parts) = parts(cell) else { return };
        // An exponent comes with a mantissa, which nobody writes with thousands.
        let mantissa = !parts.exponent.is_empty();
        let is_group = |decimal| parts.digits.chars().any(|c| matches!(c, '.' | ',') && c != decimal);
        let may = |decimal| is_written_with(parts.digits, decimal) && !(mantissa && is_group(decimal));
        let slot = match (may('.'), may(',')) {
            (true, false) => &mut self.point,
            (false, true) => &mut self.comma,
            (true, true) if mark == b'.' => &mut self.open_point,
            (true, true) => &mut self.open_comma,
            (false, false) => return,
        };
        if slot.is_none() {
            *slot = Some((line, quoted::cell(cell)));
        }
    }

    /// The decimal mark of all numbers.
    ///
    /// Three digits after each point are a fraction, as every program would read them, unless the separator is a
    /// semicolon: those who write it have the comma as decimal mark, and then the point may separate thousands.
    pub(crate) fn decide(self, separator: Option<char>) -> Result<DecimalMark> {
        let undecided = |(line, text): (u64, String)| Err(Fault::UndecidedNumbers { text }.on(line));
        match (self.point, self.comma) {
            (Some((line, text)), Some((comma_line, comma))) => {
                let fault = if comma_line > line {
                    Fault::MixedNumbers { text: comma, mark: "comma", other: text, other_line: line }
                        .on(comma_line)
                } else {
                    Fault::MixedNumbers { text, mark: "point", other: comma, other_line: comma_line }.on(line)
                };
                Err(fault)
            }
            (Some(_), None) => Ok(DecimalMark::Point),
            (None, Some(_)) => Ok(DecimalMark::Comma),
            (None, None) => match (self.open_point, self.open_comma) {
                (_, Some(comma)) => undecided(comma),
                (Some(point), None) if separator == Some(';') => undecided(point),
                _ => Ok(DecimalMark::Point),
            },
        }
    }
}

/// Whether a cell holds a number in any form, or nothing.
pub(crate) fn looks_like_number(cell: &str) -> bool {
    is_missing(cell)
        || parts(cell).is_ok_and(|parts| {
            parts.digits.chars().any(|c| c.is_ascii_digit()) && !parts.digits.chars().all(is_plain_group)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(cells: &[&str], separator: char) -> std::result::Result<DecimalMark, String> {
        let mut survey = NumberSurvey::default();
        for (line, cell) in (2..).zip(cells) {
            survey.add(line, cell);
        }
        survey.decide(Some(separator)).map_err(|error| error.of("A").to_string())
    }

    #[test]
    fn one_number_settles_the_rest() {
        assert_eq!(decide(&["1,234", "50.32"], ','), Ok(DecimalMark::Point));
        assert_eq!(decide(&["1.234", "50,32"], ';'), Ok(DecimalMark::Comma));
        assert_eq!(decide(&["1.234.567"], ';'), Ok(DecimalMark::Comma));
        assert_eq!(decide(&["1,234,567"], ','), Ok(DecimalMark::Point));
        assert_eq!(decide(&["110.123", "110.456"], '\t'), Ok(DecimalMark::Point));
        assert_eq!(decide(&["5.032e1"], ';'), Ok(DecimalMark::Point));
        assert_eq!(decide(&["1'234", "100"], ';'), Ok(DecimalMark::Point));
    }

    #[test]
    fn what_no_number_settles_is_refused() {
        for (cell, separator) in [("1,234", ';'), ("1,234", ','), ("1.234", ';')] {
            let error = decide(&["100", cell], separator).unwrap_err();
            assert_eq!(
                error,
                format!(
                    "A, line 3: in {cell:?} the mark may be a decimal mark or separate thousands, and no number of \
                     the file \
                     tells: write numbers without thousands separators and with a decimal point, and separate cells \
                     with \
                     commas"
                )
            );
        }
        assert_eq!(
            decide(&["1.5", "1,5"], ';').unwrap_err(),
            "A, line 3: \"1,5\" has a decimal comma, but \"1.5\" of line 2 has not: write all numbers alike"
        );
    }
}
