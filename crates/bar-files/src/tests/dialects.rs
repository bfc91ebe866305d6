//! Separators, marks, quotes, line breaks, notes and what a spreadsheet leaves behind.

use super::{check, check_error, read_text};
use crate::form::DecimalMark;

const ROW: &str = "A 2019-01-02 00:00:00 50.32 51.45 50.16 51.43 619501 @2";

#[test]
fn separators_are_found() {
    for separator in [",", ";", "\t", "|"] {
        let text =
            ["Date,Open,High,Low,Close,Volume", "2019-01-02,50.32,51.45,50.16,51.43,619501", ""].join("\n");
        let file = check(&text.replace(',', separator), &[ROW]);
        assert_eq!(file.form.separator.map(String::from).as_deref(), Some(separator));
    }
    check(
        "sep=;\r\nDate;Open;High;Low;Close;Volume\r\n2019-01-02;50.32;51.45;50.16;51.43;619501\r\n",
        &[&ROW.replace("@2", "@3")],
    );
}

#[test]
fn decimal_commas_and_thousands_are_read() {
    let text = "Date;Open;High;Low;Close;Volume\n2019-01-02;50,32;51,45;50,16;51,43;619.501\n";
    let file = check(text, &[ROW]);
    assert_eq!(file.form.decimal_mark, DecimalMark::Comma);
    assert_eq!(file.form.to_string(), "plain, separator ';', decimal comma, dates YYYY-MM-DD");
    check(
        "Date,Open,High,Low,Close,Volume\n2019-01-02,\"50,32\",\"51,45\",\"50,16\",\"51,43\",619501\n",
        &[ROW],
    );
    check(
        "Date,Open,High,Low,Close,Volume\n2019-01-02,\"5,032.00\",\"5,145.00\",\"5,016.00\",\"5,143.00\",\"619,501\"\n",
        &["A 2019-01-02 00:00:00 5032 5145 5016 5143 619501 @2"],
    );
    check(
        "Date;Open;High;Low;Close;Volume\n2019-01-02;5.032,00;5 145,00;5\u{a0}016,0;5'143,0;1.619.501\n",
        &["A 2019-01-02 00:00:00 5032 5145 5016 5143 1619501 @2"],
    );
}

#[test]
fn marks_that_nothing_settles_are_refused() {
    check_error(
        "Date;Open;High;Low;Close\n2019-01-02;1,234;1,245;1,216;1,243\n",
        "A.csv, line 2: in \"1,234\" the mark may be a decimal mark or separate thousands, and no number of the file \
         tells: \
         write numbers without thousands separators and with a decimal point, and separate cells with commas",
    );
    check_error(
        "Date;Open;High;Low;Close\n2019-01-02;1,5;2;1;1\n2019-01-03;1.5;2;1;1\n",
        "A.csv, line 3: \"1.5\" has a decimal point, but \"1,5\" of line 2 has not: write all numbers alike",
    );
}

#[test]
fn quotes_marks_and_line_breaks_are_read() {
    check(
        "\u{feff}\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\r\n\
         \"2019-01-02\",\"50.32\",\"51.45\",\"50.16\",\"51.43\",\"619501\"\r\n",
        &[ROW],
    );
    check("Date,Open,High,Low,Close,Volume\r2019-01-02,50.32,51.45,50.16,51.43,619501\r", &[ROW]);
    check(
        "Note,Date,Open,High,Low,Close\n\"a\nb\",2019-01-02,1,2,1,2\n\n,2019-01-03,1,2,1,2",
        &["A 2019-01-02 00:00:00 1 2 1 2 NaN @2", "A 2019-01-03 00:00:00 1 2 1 2 NaN @5"],
    );
    check_error(
        "Date,Open,High,Low,Close\n2019-01-02,1,2,1,2\n2019-01-03,\"1,2,1,2\n2019-01-04,1,2,1,2\n",
        "A.csv, line 3: a quote opens here and never closes: close it, or fetch the file again if it is cut off",
    );
}

#[test]
fn blank_rows_comments_and_notes_are_left_out() {
    let file = check(
        "# from somewhere\n\nDate,Open,High,Low,Close,Volume\n,,,,,\n2019-01-02,1,2,1,2,3\n  \n,,,,,,,\n\
         Source: a vendor\nData: all rights reserved,,,,,\n",
        &["A 2019-01-02 00:00:00 1 2 1 2 3 @5"],
    );
    assert_eq!(file.form.notes, [8, 9]);
    check_error(
        "Date,Open,High,Low,Close\n2019-01-02,1,2,1,2\nTotal,1,2,1,2\n",
        "A.csv, line 3: `Date` \"Total\" is not a date: expected one such as 2015-01-02",
    );
    check_error(
        "Date,Open,High,Low,Close\n2019-01-02,1,2,1,2\n2019-01-0",
        "A.csv, line 3: cells in the row: 1, in the header: 5 (separator ','): complete the row, or fetch the file \
         again if it is cut \
         off",
    );
}

#[test]
fn trailing_separators_are_no_columns() {
    let rows = ["A 2019-01-02 00:00:00 1 2 1 2 3 @2"];
    check("Date,Open,High,Low,Close,Volume,\n2019-01-02,1,2,1,2,3\n", &rows);
    check("Date,Open,High,Low,Close,Volume\n2019-01-02,1,2,1,2,3,,\n", &rows);
}

#[test]
fn numbers_have_signs_currencies_and_suffixes() {
    check(
        "Date,Open,High,Low,Close,Vol.\n2019-01-02,$50.32,-1.5,5e1,\u{a0}51.43 ,1.5M\n2019-01-03,1,2,1,2,-\n",
        &["A 2019-01-02 00:00:00 50.32 -1.5 50 51.43 1500000 @2", "A 2019-01-03 00:00:00 1 2 1 2 NaN @3"],
    );
    for (cell, remedy) in [
        ("5%", "it is a percentage; name the column of prices"),
        ("(5)", "parentheses may mean a negative number; write it with a minus sign"),
        ("1.5M", "a price has no suffix such as K or M; write it in full"),
    ] {
        check_error(
            &format!("Date,Open,High,Low,Close\n2019-01-02,{cell},2,1,2\n"),
            &format!("A.csv, line 2: `Open` \"{cell}\" is not a number: {remedy}"),
        );
    }
}

#[test]
fn headers_are_shown_shortened_and_escaped() {
    let many: Vec<String> = (0..20).map(|column| format!("column {column}")).collect();
    let error = read_text(&format!("{}\n", many.join(","))).unwrap_err();
    assert!(
        error.ends_with(
            "found column 0, column 1, column 2, column 3, column 4, column 5, column 6, column 7, \
        column 8, column 9, column 10, column 11 and 8 more"
        ),
        "{error}"
    );
    check_error(
        "Date Open High Low Close\n2019-01-02 1 2 1 2\n",
        "A.csv: no column `open`, `high`, `low` and `close`: found Date Open High Low Close (none of the separators \
         , ; | and \
         TAB is in it)",
    );
    let error = read_text("\"Da\nte\",Open,High,Low\n").unwrap_err();
    assert_eq!(error, "A.csv: no column `close`: found Da\\nte, Open, High, Low");
}

#[test]
fn date_forms_are_settled_by_the_whole_file() {
    check(
        "Date,Open,High,Low,Close\n2/1/2015,1,2,1,2\n13/1/2015,1,2,1,2\n",
        &["A 2015-01-02 00:00:00 1 2 1 2 NaN @2", "A 2015-01-13 00:00:00 1 2 1 2 NaN @3"],
    );
    check_error(
        "Date,Open,High,Low,Close\n1/4/1999,1,2,1,2\n",
        "A.csv, line 2: the date \"1/4/1999\" may be D/M/YYYY or M/D/YYYY, and no date of the file tells: say \
         which with date_format",
    );
    let reading = crate::Reading {
        ticker: Some("A".to_owned()),
        date_format: Some("M/D/YYYY".parse().unwrap()),
        ..crate::Reading::default()
    };
    let file = crate::read(b"Date,Open,High,Low,Close\n1/4/1999,1,2,1,2\n", "A.csv", &reading).unwrap();
    assert_eq!(super::lines(&file), ["A 1999-01-04 00:00:00 1 2 1 2 NaN @2"]);
    let file =
        crate::read(b"Date,Open,High,Low,Close\n1/4/1999 12:00:00 AM,1,2,1,2\n", "A.csv", &reading).unwrap();
    assert_eq!(super::lines(&file), ["A 1999-01-04 00:00:00 1 2 1 2 NaN @2"]);
    let error = crate::read(b"Date,Open,High,Low,Close\n13/4/1999,1,2,1,2\n", "A.csv", &reading).unwrap_err();
    assert_eq!(
        error.to_string(),
        "A.csv, line 2: `Date` \"13/4/1999\" is not a date of the form M/D/YYYY: correct it, or state another date \
         format"
    );
}

#[test]
fn stamps_keep_their_clock_and_their_zone() {
    let file = check(
        "Date,Open,High,Low,Close\n2019-01-02 00:00:00-05:00,1,2,1,2\n2019-07-02 09:30:00-04:00,1,2,1,2\n",
        &["A 2019-01-02 00:00:00 1 2 1 2 NaN @2", "A 2019-07-02 09:30:00 1 2 1 2 NaN @3"],
    );
    assert_eq!(file.tickers[0].offsets.as_deref(), Some(&[-18000, -14400][..]));
    assert_eq!(
        file.form.to_string(),
        "plain, separator ',', dates YYYY-MM-DD with a time of day with a zone, no volume column"
    );
    let file =
        check("time,open,high,low,close\n1546387200,1,2,1,2\n", &["A 2019-01-02 00:00:00 1 2 1 2 NaN @2"]);
    assert!(file.form.zone && !file.form.clock);
    let named = read_text("Date,Open,High,Low,Close\n2019-01-02 00:00:00 EST,1,2,1,2\n").unwrap();
    assert_eq!((named.form.zone_name.as_deref(), named.tickers[0].offsets.as_deref()), (Some("EST"), None));
}
