use super::*;
use chrono::NaiveDate;

const HEADER: &str = "date,open,high,low,close,volume\n";

fn read_text(text: &str) -> Result<Vec<RawBars>, SourceError> {
    read(text.as_bytes(), "A.csv", Some("A"))
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    let error = read_text(text).unwrap_err();
    let mut message = error.to_string();
    if let Some(cause) = std::error::Error::source(&error) {
        message = format!("{message}: {cause}");
    }
    assert!(message.contains(expected), "{message:?} lacks {expected:?}");
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn one_ticker_per_file() {
    let all = read_text(&format!("{HEADER}2015-01-02,1,3,0.5,2,100\n2015-01-05,2,4,1,3,200\n")).unwrap();
    let [bars] = all.as_slice() else { panic!("one ticker expected") };
    assert_eq!((bars.ticker.as_str(), bars.origin.as_str()), ("A", "A.csv"));
    assert_eq!(bars.bars[0].values(), [1.0, 3.0, 0.5, 2.0, 100.0]);
    assert_eq!(bars.bars.iter().map(|bar| bar.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(bars.bars[1].date, day("2015-01-05"));
}

#[test]
fn a_long_file_is_grouped_by_ticker() {
    let text = "Close,Symbol,Date,Open,High,Low,Volume,Sector\n\
                2,msft,2015-01-02,1,3,1,10,x\n5,AAPL,2015-01-02,5,5,5,10,x\n3,MSFT,2015-01-05,2,4,1,10,x\n";
    let all = read_text(text).unwrap();
    let shape: Vec<_> = all.iter().map(|bars| (bars.ticker.as_str(), bars.bars.len())).collect();
    assert_eq!(shape, [("AAPL", 1), ("MSFT", 2)]);
    assert_eq!(all[1].bars[1].line, 4);
}

#[test]
fn spreadsheet_quirks_are_accepted() {
    let text = "\u{feff}Timestamp , OPEN,High,Low,Close,Volume\r\n2015-01-02T00:00:00,1,3,1,2, 10 \r\n\
                2015-01-05 00:00,2,NaN,null,,N/A\r\n";
    let all = read_text(text).unwrap();
    assert_eq!(all[0].bars[0].values(), [1.0, 3.0, 1.0, 2.0, 10.0]);
    assert_eq!(all[0].bars.iter().map(|bar| bar.line).collect::<Vec<_>>(), [2, 3]);
    let second = all[0].bars[1].values();
    assert_eq!(second[0], 2.0);
    assert!(second[1..].iter().all(|value| value.is_nan()));
}

#[test]
fn adjusted_closes_are_read_beside_the_prices() {
    let text =
        "Date,Open,High,Low,Close,Volume,Adj Close\n2015-01-02,8,12,6,10,100,5\n2015-01-05,8,12,6,0,100,\n";
    let read = read_text(text).unwrap().swap_remove(0);
    assert_eq!(read.bars[0].values(), [8.0, 12.0, 6.0, 10.0, 100.0]);
    let adjusted = read.actions.adjusted.unwrap();
    assert!(adjusted[0] == 5.0 && adjusted[1].is_nan());
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    check_error("", "A.csv is empty");
    check_error("\n\n", "A.csv is empty");
    check_error(HEADER, "no rows");
    check_error("date,open,low,close,volume\n", "no column `high`: found date, open, low");
    check_error("day,open,high,low,close,volume\n", "no column `date` or `timestamp`");
    check_error("date,open,Open,high,low,close,volume\n", "column `open` twice");
    check_error(&format!("{HEADER}2015-01-02,1,x,1,2,3\n"), "line 2, column `high`: \"x\"");
    check_error(&format!("{HEADER}2015-01-02,1,1e999,1,2,3\n"), "is not a number");
    check_error(&format!("{HEADER}2015-01-02,1,inf,1,2,3\n"), "is not a number");
    check_error(&format!("{HEADER}\n02.01.2015,1,2,1,2,3\n"), "line 3, column `date`: \"02.01.2015\"");
    check_error(&format!("{HEADER}2015-01-02 15:30,1,2,1,2,3\n"), "must be daily");
    check_error(&format!("{HEADER}2015-01-02,1,2\n"), "line: 2");
    check_error(&format!("ticker,{HEADER},2015-01-02,1,2,1,2,3\n"), "line 2: the ticker is empty");
    let error = read(HEADER.as_bytes(), "-", None).unwrap_err();
    assert!(error.to_string().contains("names no ticker"), "{error}");
}

#[test]
fn bytes_that_are_not_text_are_an_error() {
    let bytes = [HEADER.as_bytes(), b"2015-01-02,\xff\xfe,1,1,1,1\n"].concat();
    let error = read(bytes.as_slice(), "A.csv", Some("A")).unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
}

#[test]
fn files_name_their_tickers() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{HEADER}2015-01-02,1,2,1,2,3\n")).unwrap();
        path
    };
    let paths = [write("msft_data.csv"), write("BRK.B.csv")];
    let all = read_files(&paths).unwrap();
    let tickers: Vec<_> = all.iter().map(|bars| bars.ticker.as_str()).collect();
    assert_eq!(tickers, ["MSFT", "BRK.B"]);
    assert_eq!(all[0].origin, "msft_data.csv");

    let twice = [write("msft.csv"), paths[0].clone()];
    let error = read_files(&twice).unwrap_err();
    assert!(error.to_string().contains("MSFT is in both"), "{error}");
    let gone = [folder.path().join("gone.csv")];
    let error = read_files(&gone).unwrap_err();
    assert!(error.to_string().contains("gone.csv"), "{error}");
    assert!(matches!(read_files(&[]), Err(SourceError::NoFiles)));
}
