//! How vendors and programs lay columns out.

use super::{check, check_error, lines, read_text};
use crate::field::Field;
use crate::form::Layout;
use crate::reading::{Names, Reading};
use std::collections::BTreeMap;

#[test]
fn yfinance_stacks_headers() {
    let file = check(
        "Price,Close,High,Low,Open,Volume\nTicker,MSFT,MSFT,MSFT,MSFT,MSFT\nDate,,,,,\n2019-01-02,2,3,0.5,1,100\n",
        &["MSFT 2019-01-02 00:00:00 1 3 0.5 2 100 @4"],
    );
    assert_eq!(file.form.layout, Layout::Stacked);
    let rows = [
        "AAPL 2019-01-02 00:00:00 1 3 0.5 2 10 @4",
        "MSFT 2019-01-02 00:00:00 5 7 4 6 20 @4",
        "MSFT 2019-01-03 00:00:00 5 7 4 6 20 @5",
    ];
    let values = "2019-01-02,1,3,0.5,2,10,5,7,4,6,20\n2019-01-03,,,,,,5,7,4,6,20\n";
    let tickers = ["AAPL"; 5].into_iter().chain(["MSFT"; 5]).collect::<Vec<_>>().join(",");
    let fields = ["Open,High,Low,Close,Volume"; 2].join(",");
    check(&format!("Ticker,{tickers}\nPrice,{fields}\nDate,,,,,,,,,,\n{values}"), &rows);
    check(&format!(",{fields}\n,{tickers}\nDate,,,,,,,,,,\n{values}"), &rows);
    let without_third = format!(",{fields}\n,{tickers}\n{values}");
    check(
        &without_third,
        &rows.map(|row| row.replace("@4", "@3").replace("@5", "@4")).each_ref().map(String::as_str),
    );
}

#[test]
fn headers_hold_tickers() {
    let row = ["AAPL 2019-01-02 00:00:00 1 3 0.5 2 10 @2"];
    let values = "2019-01-02,1,3,0.5,2,10,1.5\n";
    for names in [
        "\"\",AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close,AAPL.Volume,AAPL.Adjusted",
        "Date,AAPL_Open,AAPL_High,AAPL_Low,AAPL_Close,AAPL_Volume,AAPL_Adj Close",
        "Date,Open_AAPL,High_AAPL,Low_AAPL,Close_AAPL,Volume_AAPL,Adj Close_AAPL",
        "Date,\"('Open','AAPL')\",\"('High','AAPL')\",\"('Low','AAPL')\",\"('Close','AAPL')\",\"('Volume',\
         'AAPL')\",\"('Adj Close','AAPL')\"",
    ] {
        let file = check(&format!("{names}\n{values}"), &row);
        assert_eq!(file.form.layout, Layout::Prefixed);
        assert_eq!(file.tickers[0].adjusted.as_deref(), Some(&[1.5][..]));
    }
    check(
        "Date,A_Open,A_High,A_Low,A_Close,B_Open,B_High,B_Low,B_Close\n2019-01-02,1,3,0.5,2,5,7,4,6\n",
        &["A 2019-01-02 00:00:00 1 3 0.5 2 NaN @2", "B 2019-01-02 00:00:00 5 7 4 6 NaN @2"],
    );
    check(
        "Date,A_Open,A_High,A_Low,A_Close,VIX_Close\n2019-01-02,1,3,0.5,2,5\n",
        &["A 2019-01-02 00:00:00 1 3 0.5 2 NaN @2"],
    );
    check_error(
        "Date,A_Open,A_High,A_Low,A_Close,B_Open,B_Low\n2019-01-02,1,3,0.5,2,5,5\n",
        "A.csv: no column `high` and `close` of B: found Date, A_Open, A_High, A_Low, A_Close, B_Open, B_Low",
    );
}

#[test]
fn brackets_and_times_apart() {
    let file = check(
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
         2015.01.02\t00:00:00\t1.5\t3\t0.5\t2\t77\t0\t3\n2015.01.02\t01:00:00\t1.5\t3\t0.5\t2\t78\t0\t3\n",
        &["A 2015-01-02 00:00:00 1.5 3 0.5 2 77 @2", "A 2015-01-02 01:00:00 1.5 3 0.5 2 78 @3"],
    );
    assert_eq!((file.form.layout, file.form.clock), (Layout::Bracketed, true));
    assert_eq!(file.form.headers[&Field::Volume], "<TICKVOL>");
    check(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n\
         AAPL.US,D,20150102,000000,1,3,0.5,2,100,0\n",
        &["AAPL.US 2015-01-02 00:00:00 1 3 0.5 2 100 @2"],
    );
    check(
        "<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>\nSBER;60;20150102;100000;1.5;3;0.5;2;100\n",
        &["SBER 2015-01-02 10:00:00 1.5 3 0.5 2 100 @2"],
    );
    check_error(
        "Date,Time,Open,High,Low,Close\n2015-01-02,noon,1,2,1,2\n",
        "A.csv, line 2: `Time` \"noon\" is not a date or time: expected one such as 09:30:00",
    );
}

#[test]
fn vendors_have_names_of_their_own() {
    let row = ["A 2015-01-30 00:00:00 1 3 0.5 2 1500000 @2"];
    check(
        "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change \
         %\"\n\"01/30/2015\",\"2\",\"1\",\"3\",\"0.5\",\"1.50M\",\"0.37%\"\n",
        &row,
    );
    check("Date,Close/Last,Volume,Open,High,Low\n01/30/2015,$2,1500000,$1,$3,$0.5\n", &row);
    check("Trade Date,Open,High,Low,Settle,Volume\n2015-01-30,1,3,0.5,2,1500000\n", &row);
    check(",Open,High,Low,Close,Volume\n2015-01-30,1,3,0.5,2,1500000\n", &row);
    check("Unnamed: 0,open,high,low,close,volume\n2015-01-30,1,3,0.5,2,1500000\n", &row);
    let file = check(
        "unix,date,symbol,open,high,low,close,Volume USD,Volume BTC\n1,2015-01-30 \
         00:00:00,BTC/USD,1,3,0.5,2,9,1500000\n",
        &["BTC/USD 2015-01-30 00:00:00 1 3 0.5 2 1500000 @2"],
    );
    assert_eq!(file.form.headers[&Field::Volume], "Volume BTC");
    let quandl = check(
        "Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,Adj. Open,Adj. High,Adj. Low,Adj. Close,Adj. Volume\n\
         2015-01-30,1,3,0.5,2,1500000,0.5,1,9,9,9,1.5,9\n",
        &row,
    );
    assert_eq!(quandl.tickers[0].adjusted.as_deref(), Some(&[1.5][..]));
    assert_eq!(quandl.tickers[0].splits.as_deref(), Some(&[1.0][..]));
}

#[test]
fn files_without_a_header_need_names() {
    let text = "20150102,1,3,0.5,2,100\n";
    check_error(
        text,
        "A.csv, line 1: no header line: the first line is 20150102, 1, 3, 0.5, 2, 100; list the names of all columns \
         in order",
    );
    let names = ["date", "open", "high", "low", "close", "volume"].map(str::to_owned).to_vec();
    let reading = Reading { ticker: Some("A".to_owned()), names: Names::Listed(names), ..Reading::default() };
    let file = crate::read(text.as_bytes(), "A.csv", &reading).unwrap();
    assert_eq!(lines(&file), ["A 2015-01-02 00:00:00 1 3 0.5 2 100 @1"]);
    assert_eq!(file.form.to_string(), "no header line, separator ',', dates YYYYMMDD");
    let error = crate::read(b"20150102,1,3,0.5,2\n", "A.csv", &reading).unwrap_err();
    assert_eq!(
        error.to_string(),
        "A.csv, line 1: cells in the row: 5, but columns listed: 6; list the names of all columns in order"
    );
}

#[test]
fn some_headers_are_given_and_columns_of_ones_own_read() {
    let text = "Stamp,A1,High,Low,B1,Vix Cls\n2015-01-02,1,3,0.5,2,13.5\n";
    let mapped = [(Field::Date, "Stamp"), (Field::Open, "a1"), (Field::Close, "B1")];
    let mapped: BTreeMap<Field, String> =
        mapped.into_iter().map(|(field, name)| (field, name.to_owned())).collect();
    let reading = Reading {
        ticker: Some("A".to_owned()),
        names: Names::Mapped(mapped.clone()),
        own: vec!["vix_cls".to_owned()],
        ..Reading::default()
    };
    let file = crate::read(text.as_bytes(), "A.csv", &reading).unwrap();
    assert_eq!(lines(&file), ["A 2015-01-02 00:00:00 1 3 0.5 2 NaN @2"]);
    assert_eq!(file.tickers[0].own, [[13.5]]);
    let own = vec!["gone".to_owned()];
    let error = crate::read(text.as_bytes(), "A.csv", &Reading { own, ..reading }).unwrap_err();
    assert_eq!(error.to_string(), "A.csv: no column `gone`: found Stamp, A1, High, Low, B1, Vix Cls");
}

#[test]
fn what_is_not_bars_is_named() {
    for (header, seen) in [
        ("Date,Value", "a series of one value"),
        ("timestamp,bid,ask", "quotes of bid and ask"),
        ("timestamp,price,qty,side", "single trades"),
        ("timestamp,bid1,ask1,bidsize1", "an order book"),
    ] {
        check_error(
            &format!("{header}\n"),
            &format!(
                "A.csv: this looks like {seen}, not bars: expected columns of dates, open, high, low and close; \
                 found {}",
                header.replace(',', ", ")
            ),
        );
    }
}

#[test]
fn tickers_are_in_upper_case_and_in_order() {
    let file =
        read_text("Ticker,Date,Open,High,Low,Close\nölm,2015-01-02,1,3,0.5,2\nA<b>,2015-01-02,1,3,0.5,2\n")
            .unwrap();
    let tickers: Vec<&str> = file.tickers.iter().map(|rows| rows.ticker.as_str()).collect();
    assert_eq!(tickers, ["A<B>", "ÖLM"]);
}
