//! JSON of vendors and programs.

use super::{check, check_error, lines, read_text};
use crate::form::Layout;
use crate::reading::{Names, Reading};

#[test]
fn arrays_and_lines_of_objects() {
    let file = check(
        "[\n{\"date\":\"2015-01-02\",\"open\":1,\"high\":3,\"low\":0.5,\"close\":2},\n\
         {\"date\":\"2015-01-05\",\"open\":\"1.5\",\"high\":3,\"low\":null,\"close\":2,\"volume\":7}\n]",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 NaN @2", "A 2015-01-05 00:00:00 1.5 3 NaN 2 7 @3"],
    );
    assert_eq!(file.form.to_string(), "JSON objects, dates YYYY-MM-DD");
    let file = check(
        "{\"ticker\":\"b\",\"t\":1420156800000,\"o\":1,\"h\":3,\"l\":0.5,\"c\":2,\"v\":7}\n\n\
         {\"ticker\":\"a\",\"t\":1420156800000,\"o\":1,\"h\":3,\"l\":0.5,\"c\":2,\"v\":7}\n",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 7 @3", "B 2015-01-02 00:00:00 1 3 0.5 2 7 @1"],
    );
    assert_eq!(file.form.layout, Layout::JsonLines);
    check(
        "{\"ticker\":\"X\",\"count\":1,\"results\":[{\"t\":1420156800000,\"o\":1,\"h\":3,\"l\":0.5,\"c\":2,\"v\":7}]}",
        &["X 2015-01-02 00:00:00 1 3 0.5 2 7 @1"],
    );
    check(
        "{\"s\":\"ok\",\"t\":[1420156800],\"o\":[1],\"h\":[3],\"l\":[0.5],\"c\":[2],\"v\":[7]}",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 7 @1"],
    );
    check(
        "[{\"Date\":\"\\/Date(1420156800000)\\/\",\"open\":1,\"high\":3,\"low\":0.5,\"close\":2}]",
        &["A 2015-01-02 00:00:00 1 3 0.5 2 NaN @1"],
    );
}

#[test]
fn arrays_of_arrays_need_names() {
    let text =
        "[[1499040000000,\"0.01634790\",\"0.8\",\"0.015758\",\"0.015771\",\"148976.11\",1499644799999]]";
    let names =
        ["open time", "open", "high", "low", "close", "volume", "close time"].map(str::to_owned).to_vec();
    let reading = Reading { ticker: Some("A".to_owned()), names: Names::Listed(names), ..Reading::default() };
    let file = crate::read(text.as_bytes(), "A.json", &reading).unwrap();
    assert_eq!(lines(&file), ["A 2017-07-03 00:00:00 0.0163479 0.8 0.015758 0.015771 148976.11 @1"]);
    let names = ["x", "x", "date", "open", "high", "low", "close"].map(str::to_owned).to_vec();
    let reading = Reading { names: Names::Listed(names), ..reading };
    let file = crate::read(b"[[7,8,20150102,1,3,0.5,2]]", "A.json", &reading).unwrap();
    assert_eq!(lines(&file), ["A 2015-01-02 00:00:00 1 3 0.5 2 NaN @1"]);
    check_error(
        "[[1,2]]",
        "A.csv, line 1: no header line: the first line is 1, 2; list the names of all columns in order",
    );
}

#[test]
fn alpha_vantage() {
    let file = check(
        "{\n\"Meta Data\": {\"1. Information\": \"Daily\", \"2. Symbol\": \"ibm\"},\n\"Time Series (Daily)\": {\n\
         \"2015-01-05\": {\"1. open\": \"1\", \"2. high\": \"3\", \"3. low\": \"0.5\", \"4. close\": \"2\", \
         \"5. adjusted close\": \"1.5\", \"6. volume\": \"7\", \"7. dividend amount\": \"0.1\", \"8. split \
         coefficient\": \"1.0\"}\n}}",
        &["IBM 2015-01-05 00:00:00 1 3 0.5 2 7 @4"],
    );
    assert_eq!(file.tickers[0].adjusted.as_deref(), Some(&[1.5][..]));
    assert_eq!(file.form.layout, Layout::AlphaVantage);
    check_error(
        "{\"Note\": \"Thank you for using the service: five calls a minute\"}",
        "A.csv: this JSON object holds no table of bars (Note: Thank you for using the service: f…): expected an \
         array of \
         objects, one a bar",
    );
}

#[test]
fn yahoo_charts() {
    let text = r#"{"chart":{"result":[{"meta":{"symbol":"^axjo","gmtoffset":36000},
        "timestamp":[1420153200,
        1420412400],
        "events":{"dividends":{"1420412400":{"amount":0.25,"date":1420412400}},
        "splits":{"1420153200":{"date":1420153200,"numerator":2,"denominator":1}}},
        "indicators":{"quote":[{"open":[1,null],"high":[3,3],"low":[0.5,0.5],"close":[2,2],"volume":[7,0]}],
        "adjclose":[{"adjclose":[1.5,2]}]}}],"error":null}}"#;
    let file = check(
        text,
        &["^AXJO 2015-01-02 09:00:00 1 3 0.5 2 7 @2", "^AXJO 2015-01-05 09:00:00 NaN 3 0.5 2 0 @3"],
    );
    let rows = &file.tickers[0];
    assert_eq!(rows.offsets.as_deref(), Some(&[36000, 36000][..]));
    assert_eq!(rows.splits.as_deref(), Some(&[2.0, 0.0][..]));
    assert_eq!(rows.dividends.as_deref(), Some(&[0.0, 0.25][..]));
    assert_eq!(rows.adjusted.as_deref(), Some(&[1.5, 2.0][..]));
    let short = text.replace("[3,3]", "[3]");
    assert_eq!(read_text(&short).unwrap_err(), "A.csv: 1 values of `high` for 2 of `timestamp`");
    check_error(
        "{\"chart\":{\"result\":null,\"error\":{\"code\":\"Not Found\",\"description\":\"No data found\"}}}",
        "A.csv: Yahoo reports an error: \"No data found\"",
    );
}

#[test]
fn json_that_does_not_parse_is_refused() {
    check_error("[{\"date\":1,\n", "A.csv, line 2: the JSON is cut off: fetch the file again");
    check_error("{\"a\":1}\n{\"a\" 1}\n", "A.csv, line 2: not valid JSON at column 6: expected `:`");
    check_error(
        "[{\"date\":1,\"close\":1,\n\"close\":2}]",
        "A.csv, line 1: the object has \"close\" twice: remove one of them",
    );
    assert!(read_text("[]").is_err() && read_text("{}").is_err() && read_text("[1]").is_err());
}
