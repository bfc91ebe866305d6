//! The source against a server on this machine that speaks the service's wire format.

use super::Yahoo;
use crate::sources::{Source, SourceBars, SourceRequest};
use ::settings::Columns;
use ::settings::part::{Catalog, PartSetting};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Two bars of New York, 2015-01-02 and 2015-01-05, with a split and a dividend on the second.
const CHART: &str = r#"{"chart":{"result":[{"meta":{"currency":"USD","symbol":"AAPL","gmtoffset":-18000},
"timestamp":[1420209000,1420468200],
"events":{"dividends":{"1420468200":{"amount":0.5,"date":1420468200}},
"splits":{"1420468200":{"date":1420468200,"numerator":2.0,"denominator":1.0,"splitRatio":"2:1"}}},
"indicators":{"quote":[{"open":[1.5,2.5],"high":[2.0,3.0],"low":[1.0,2.0],"close":[1.75,2.75],"volume":[100,null]}],
"adjclose":[{"adjclose":[0.75,2.75]}]}}],"error":null}}"#;

/// An unknown ticker.
const UNKNOWN: &str = r#"{"chart":{"result":null,"error":{"code":"Not Found",
"description":"No data found, symbol may be delisted"}}}"#;

/// Answers one connection after the other, each with the next of some responses.
struct Server {
    address: String,
    requests: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(responses: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/chart", listener.local_addr().unwrap());
        let answer = move |response: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            stream.write_all(response.as_bytes()).unwrap();
            String::from_utf8(request).unwrap().lines().next().unwrap_or_default().to_owned()
        };
        let requests = std::thread::spawn(move || responses.into_iter().map(answer).collect());
        Self { address, requests }
    }

    /// The first lines of all requests.
    fn requests(self) -> Vec<String> {
        self.requests.join().unwrap()
    }
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

fn chart(body: &str) -> String {
    response("200 OK", "Content-Type: application/json\r\n", body)
}

fn setting(address: &str) -> PartSetting {
    let setting = PartSetting::named("yahoo").with("tickers", vec!["aapl"]).with("url", address);
    let setting = setting.with("from", "2015-01-01").with("to", "2015-01-31");
    setting.with("requests_per_second", 100.0).with("attempts", 3).with("timeout", 5)
}

fn read(setting: &PartSetting) -> Result<SourceBars, String> {
    let mut catalog: Catalog<dyn Source> = Catalog::new("source");
    catalog.add(Arc::new(Yahoo));
    let chosen = catalog.choose(setting).map_err(|error| error.to_string())?;
    let columns = Columns::default();
    let request =
        SourceRequest { params: &chosen.params, files: &[], columns: &columns, date_format: None, seed: 0 };
    chosen.part.read(&request).map_err(|error| error.to_string())
}

/// Checks the message after one ticker and the host, for which `AAPL from HOST: ` stands.
#[track_caller]
fn check_error(responses: Vec<String>, expected: &str) {
    let server = Server::start(responses);
    let host = server.address.split('/').nth(2).unwrap().to_owned();
    let error = read(&setting(&server.address)).unwrap_err();
    assert_eq!(error, format!("AAPL from {host}: {expected}"));
    server.requests();
}

#[test]
fn bars_splits_and_dividends_are_read() {
    let server = Server::start(vec![chart(CHART)]);
    let found = read(&setting(&server.address)).unwrap();
    let bars = &found.bars[0];
    assert_eq!((bars.ticker.as_str(), bars.origin.as_str(), bars.bars.len()), ("AAPL", "AAPL.json", 2));
    assert_eq!(bars.bars[0].values(), [1.5, 2.0, 1.0, 1.75, 100.0]);
    assert_eq!(bars.bars[1].date.to_string(), "2015-01-05");
    assert!(bars.bars[1].volume.is_nan());
    assert_eq!(bars.actions.splits, Some(vec![0.0, 2.0]));
    assert_eq!(bars.actions.dividends, Some(vec![0.0, 0.5]));
    assert_eq!(bars.actions.adjusted, Some(vec![0.75, 2.75]));
    assert_eq!(found.files[0].name, "AAPL.json");
    assert_eq!(found.files[0].sha256, artifact_core::Digest::of(CHART.as_bytes()));
    // A day more on both sides: 2014-12-31 and 2015-02-02.
    let expected = "GET /chart/AAPL?period1=1419984000&period2=1422835200&interval=1d&events=div%2Csplits&\
                    includeAdjustedClose=true HTTP/1.1";
    assert_eq!(server.requests(), [expected]);
}

#[test]
fn days_outside_the_question_are_left_out() {
    let server = Server::start(vec![chart(CHART)]);
    let found = read(&setting(&server.address).with("to", "2015-01-04")).unwrap();
    assert_eq!((found.bars[0].bars.len(), found.bars[0].actions.splits.clone()), (1, Some(vec![0.0])));
    server.requests();
}

#[test]
fn a_busy_service_is_asked_again() {
    let busy = || response("429 Too Many Requests", "Retry-After: 0\r\n", "Too Many Requests");
    let server = Server::start(vec![
        busy(),
        response("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        chart(CHART),
    ]);
    assert_eq!(read(&setting(&server.address)).unwrap().bars[0].bars.len(), 2);
    assert_eq!(server.requests().len(), 3);
    check_error(
        vec![busy(), busy(), busy()],
        "no answer after 3 attempts, the last with status 429: check the network, try again later, or lower \
         source.requests_per_second",
    );
    check_error(
        vec![response("429 Too Many Requests", "Retry-After: 86400\r\n", "")],
        "status 429, and it asks to wait 86400 seconds: try again then",
    );
}

#[test]
fn a_cut_off_answer_is_asked_for_again() {
    let cut = || chart(CHART).replace("Content-Length: ", "Content-Length: 1");
    let server = Server::start(vec![cut(), chart(CHART)]);
    assert_eq!(read(&setting(&server.address)).unwrap().bars[0].bars.len(), 2);
    assert_eq!(server.requests().len(), 2);
    let server = Server::start(vec![cut()]);
    let error = read(&setting(&server.address).with("attempts", 1)).unwrap_err();
    assert!(error.contains("no answer after 1 attempt, the last with "), "{error}");
    server.requests();
}

#[test]
fn answers_of_another_form_are_named() {
    let remedy = "check source.url and the ticker's spelling, or try again later";
    check_error(
        vec![response("200 OK", "Content-Type: text/html\r\n", "<!DOCTYPE html><html></html>")],
        &format!(
            "the answer: this is a web page (HTML), not text: the download may have failed; fetch the data themselves: \
             {remedy}"
        ),
    );
    check_error(
        vec![chart(&CHART.replace("\"quote\"", "\"quotes\""))],
        &format!("the answer: no `indicators.quote`: {remedy}"),
    );
    check_error(
        vec![chart(&CHART.replace("\"AAPL\"", "\"AAPB\""))],
        &format!("the answer has the bars of AAPB, expected those of AAPL: {remedy}"),
    );
    check_error(
        vec![chart("{}")],
        &format!(
            "the answer: this JSON object holds no table of bars (): expected an array of objects, one a bar: {remedy}"
        ),
    );
    check_error(
        vec![response("404 Not Found", "", UNKNOWN)],
        "status 404: the answer: Yahoo reports an error: \"No data found, symbol may be delisted\": check the ticker's \
         spelling at the service, or take it out of source.tickers",
    );
    check_error(
        vec![response("403 Forbidden", "", "")],
        "status 403: the service refuses access; check source.url",
    );
}

#[test]
fn an_answer_that_is_too_large_is_refused() {
    let server = Server::start(vec![
        "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\nConnection: close\r\n\r\n{".to_owned(),
    ]);
    let error = read(&setting(&server.address)).unwrap_err();
    assert!(
        error.ends_with("the answer exceeds 33554432 bytes: ask for fewer years, or check source.url"),
        "{error}"
    );
    server.requests();
}

#[test]
fn kept_answers_are_used_again_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("answers");
    let server = Server::start(vec![response("404 Not Found", "", UNKNOWN), chart(CHART)]);
    let setting = setting(&server.address).with("cache", cache.to_string_lossy().into_owned());
    read(&setting).unwrap_err();
    assert!(!cache.exists(), "an error is not kept");
    let first = read(&setting).unwrap();
    server.requests();
    let kept = cache.join("AAPL_2015-01-01_2015-01-31_1d.json");
    assert_eq!(std::fs::read(&kept).unwrap(), CHART.as_bytes());
    // Nobody listens any more.
    assert_eq!(read(&setting).unwrap().files, first.files);
    let other = read(&setting.clone().with("to", "2015-01-30").with("attempts", 1)).unwrap_err();
    assert!(other.contains("no answer after 1 attempt"), "{other}");
    std::fs::write(&kept, &CHART[..100]).unwrap();
    let damaged = read(&setting).unwrap_err();
    assert!(
        damaged.contains("AAPL_2015-01-01_2015-01-31_1d.json") && damaged.contains("delete it"),
        "{damaged}"
    );
}

#[test]
fn settings_that_make_no_question_are_refused() {
    let error = |setting: PartSetting| read(&setting).unwrap_err();
    let good = || setting("http://127.0.0.1:1");
    assert_eq!(
        error(good().with("from", "soon")),
        "data.source: from of yahoo is \"soon\", expected a day of the form YYYY-MM-DD"
    );
    assert_eq!(
        error(good().with("from", "2016-01-01")),
        "data.source: from of yahoo is 2016-01-01, after to, 2015-01-31: expected an earlier day"
    );
    assert_eq!(
        error(good().with("url", "ftp://x")),
        "data.source: url of yahoo is \"ftp://x\", expected an address that begins with https://"
    );
    assert_eq!(
        error(good().with("tickers", vec!["A", "a"])),
        "data.source: tickers of yahoo has A twice: remove one of them"
    );
    assert_eq!(error(good().with("tickers", "A")), "tickers of yahoo is \"A\", expected a list of strings");
}

#[test]
fn a_ticker_is_one_part_of_the_address_and_of_the_files_name() {
    assert_eq!(super::cache::encoded("^GSPC"), "%5EGSPC");
    assert_eq!(super::cache::encoded("../A/B?c"), "..%2FA%2FB%3Fc");
    assert_eq!(super::cache::encoded("BRK-B"), "BRK-B");
}
