//! One header line and one row a bar.

use super::{check, check_error};

#[test]
fn one_ticker_per_file() {
    let file = check(
        "date,open,high,low,close,volume\n2015-01-02,1,3,0.5,2,100\n2015-01-05,2,4,,3,200\n",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 100 @2", "A 2015-01-05 00:00:00 2 4 NaN 3 200 @3"],
    );
    assert_eq!(file.form.to_string(), "plain, separator ',', dates YYYY-MM-DD");
    assert_eq!(file.tickers[0].offsets, None);
}

#[test]
fn a_long_file_is_grouped_by_ticker() {
    check(
        "Close,Symbol,Date,Open,High,Low,Volume,Sector\n2,msft,2015-01-02,1,3,1,10,x\n5,AAPL,2015-01-02,5,5,5,10,x\n\
         3,MSFT,2015-01-05,2,4,1,10,x\n",
        &[
            "AAPL 2015-01-02 00:00:00 5 5 5 5 10 @3",
            "MSFT 2015-01-02 00:00:00 1 3 1 2 10 @2",
            "MSFT 2015-01-05 00:00:00 2 4 1 3 10 @4",
        ],
    );
}

#[test]
fn adjusted_closes_splits_and_dividends_are_read() {
    let file = check(
        "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n\
         2015-01-02,1,3,0.5,2,1.5,100,0.25,1.0\n",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 100 @2"],
    );
    let rows = &file.tickers[0];
    assert_eq!(rows.adjusted.as_deref(), Some(&[1.5][..]));
    assert_eq!(rows.dividends.as_deref(), Some(&[0.25][..]));
    assert_eq!(rows.splits.as_deref(), Some(&[1.0][..]));
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    const HEADER: &str = "date,open,high,low,close,volume\n";
    let check_rows = |rows: &str, expected: &str| check_error(&format!("{HEADER}{rows}"), expected);
    let empty = "A.csv: the file is empty: expected a header line such as `date,open,high,low,close,volume` and rows \
        below it";
    check_error("", empty);
    check_error("\n\n", empty);
    check_rows("", "A.csv: a header but no rows");
    check_error(
        "date,open,low,close,volume\n",
        "A.csv: no column `high`: found date, open, low, close, volume",
    );
    check_rows(
        "2015-01-02,1,x,1,2,3\n",
        "A.csv, line 2: `high` \"x\" is not a number: expected digits with a decimal mark, or an empty cell where \
         the value \
         is missing",
    );
    for cell in ["1e999", "inf"] {
        check_rows(
            &format!("2015-01-02,1,{cell},1,2,3\n"),
            &format!(
                "A.csv, line 2: `high` \"{cell}\" is not a number: expected a finite number, or an empty cell where \
                 the \
                 value is missing"
            ),
        );
    }
    check_rows(
        "2015-01-02,1,2\n",
        "A.csv, line 2: cells in the row: 3, in the header: 6 (separator ','): complete the row, or fetch the file \
         again if it is \
         cut off",
    );
    check_rows(
        "2015-01-02,1,5,2,5,3,5,4,5,3\n",
        "A.csv, line 2: cells in the row: 10, in the header: 6 (separator ','): quote cells with commas inside, \
         decimal commas too",
    );
    check_rows(
        "2015-02-30,1,2,1,2,3\n",
        "A.csv, line 2: `date` \"2015-02-30\" is not a date of the form YYYY-MM-DD: correct it, or state another \
         date format",
    );
    check_error(
        "ticker,date,open,high,low,close\n,2015-01-02,1,2,1,2\n",
        "A.csv, line 2: the ticker is empty",
    );
    check_error(
        "ticker,date,open,high,low,close\n\"a\nb\",2015-01-02,1,2,1,2\n",
        "A.csv, line 2: \"a\\nb\" is not a ticker: it has a line break or another control character; correct the cell",
    );
    check_error(
        "ticker,date,open,high,low,close\na\u{2028}b,2015-01-02,1,2,1,2\n",
        "A.csv, line 2: \"a\\u{2028}b\" is not a ticker: it has a line break or another control character; correct the \
         cell",
    );
    check_error(
        "date,open,Open,high,low,close\n2015-01-02,1,2,2,1,2\n",
        "A.csv, line 2: columns 2 and 3 are both `open` but differ: remove or rename one of them",
    );
    check("date,open,Open,high,low,close\n2015-01-02,1,1,2,1,2\n", &["A 2015-01-02 00:00:00 1 2 1 2 NaN @2"]);
}

#[test]
fn without_any_ticker_a_file_is_refused() {
    let text = "date,open,high,low,close\n2015-01-02,1,2,1,2\n";
    let error = crate::read(text.as_bytes(), "-", &crate::Reading::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "-: no ticker: add a column `ticker`, or name the file after its ticker (`AAPL.csv`)"
    );
}
