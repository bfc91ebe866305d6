//! Series: a column of dates and one of values.

use crate::read_series;

fn read(text: &str, column: &str) -> Result<Vec<String>, String> {
    let cells = read_series(text.as_bytes(), "vix.csv", column, None).map_err(|error| error.to_string())?;
    Ok(cells.iter().map(|cell| format!("{} {} @{}", cell.time.date(), cell.value, cell.line)).collect())
}

#[test]
fn dates_and_values_are_found_by_their_headers() {
    let text = "\u{feff}observation_date,Vix Cls,x\n2020-01-02,13.5,a\n\n2020-01-03,.,b\n";
    assert_eq!(read(text, "vix_cls").unwrap(), ["2020-01-02 13.5 @2", "2020-01-03 NaN @4"]);
    let text = "Datum;Day;Wert\nx;13.1.2020;1.013,5\nSource: a bank;;\n";
    assert_eq!(read(text, "Wert").unwrap(), ["2020-01-13 1013.5 @2"]);
    let text = "[{\"date\":\"2020-01-02\",\"value\":1}]";
    assert_eq!(read(text, "value").unwrap(), ["2020-01-02 1 @1"]);
}

#[test]
fn errors_name_file_column_and_line() {
    let check = |text: &str, expected: &str| assert_eq!(read(text, "close").unwrap_err(), expected);
    check("date,open\n2020-01-02,1\n", "vix.csv: no column `close`: found date, open (separator ',')");
    check("when,close\n2020-01-02,1\n", "vix.csv: no column `date`: found when, close (separator ',')");
    check(
        "date,close\n2020-01-02,1\n2020-01-03,high\n",
        "vix.csv, line 3: `close` \"high\" is not a number: expected digits with a decimal mark, or an empty cell \
         where the \
         value is missing",
    );
    check("date,close\n", "vix.csv: a header but no rows");
    check(
        "date,Close,CLOSE\n2020-01-02,1,2\n",
        "vix.csv: columns 2 and 3 are both `Close` but differ: remove or rename one of them",
    );
}
