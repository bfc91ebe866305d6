//! The source against real databases.

use super::Sql;
use crate::sources::{RawColumn, Source, SourceBars, SourceRequest};
use ::settings::Columns;
use ::settings::part::{Catalog, PartSetting};
use serde::Deserialize;
use std::sync::Arc;

/// The configuration's `columns`.
#[derive(Deserialize)]
struct Given {
    columns: Columns,
}

fn read_as(
    setting: &PartSetting,
    columns: &str,
    password: Option<&str>,
) -> Result<(SourceBars, Vec<RawColumn>), String> {
    let mut catalog: Catalog<dyn Source> = Catalog::new("source");
    let passwords = password.map(postgres_tls::Passwords::given).unwrap_or_default();
    catalog.add(Arc::new(Sql::with_passwords(passwords)));
    let chosen = catalog.choose(setting).map_err(|error| error.to_string())?;
    let Given { columns } = toml_of(columns);
    let request =
        SourceRequest { params: &chosen.params, files: &[], columns: &columns, date_format: None, seed: 0 };
    chosen.part.read_with_columns(&request).map_err(|error| error.to_string())
}

fn toml_of(columns: &str) -> Given {
    serde_json::from_str(&format!("{{\"columns\": {columns}}}")).unwrap()
}

fn read(setting: &PartSetting) -> Result<SourceBars, String> {
    Ok(read_as(setting, "[]", None)?.0)
}

/// The tables and rows that both databases get.
const ROWS: &str = "create table bars (ticker text, day date, o double precision, high double precision, \
                    low double precision, close double precision, volume bigint, side double precision); \
                    insert into bars values ('aaa', '2015-01-02', 0.1, 2, 0.05, 0.30000000000000004, 100, 1), \
                    ('aaa', '2015-01-05', 1, 2, 1, null, 200, null), ('bbb', '2015-01-02', 3, 4, 3, 4, null, -1);";

const QUERY: &str =
    "select ticker, day as date, o as open, high, low, close, volume from bars order by ticker, day";

#[track_caller]
fn check_bars(bars: &SourceBars) {
    let tickers: Vec<_> = bars.bars.iter().map(|bars| (bars.ticker.as_str(), bars.bars.len())).collect();
    assert_eq!(tickers, [("AAA", 2), ("BBB", 1)]);
    let first = bars.bars[0].bars[0];
    assert_eq!(first.values(), [0.1, 2.0, 0.05, 0.300_000_000_000_000_04, 100.0]);
    assert_eq!((first.date.to_string().as_str(), first.line), ("2015-01-02", 2));
    assert!(bars.bars[0].bars[1].close.is_nan() && bars.bars[1].bars[0].volume.is_nan());
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use rusqlite::Connection;
    use tempfile::TempDir;

    fn database() -> (TempDir, PartSetting) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bars.db");
        Connection::open(&file).unwrap().execute_batch(ROWS).unwrap();
        let setting = PartSetting::named("sql").with("url", format!("sqlite:{}", file.display()));
        (folder, setting.with("query", QUERY))
    }

    #[test]
    fn rows_are_bars() {
        let (_folder, setting) = database();
        let found = read(&setting).unwrap();
        check_bars(&found);
        assert_eq!((found.bars[0].origin.as_str(), found.files[0].name.as_str()), ("bars.db", "bars.db"));
        assert_eq!(read(&setting).unwrap().files, found.files);
        let fewer = setting.with("query", QUERY.replace("from bars", "from bars where ticker = 'aaa'"));
        assert_ne!(read(&fewer).unwrap().files, found.files);
    }

    #[test]
    fn columns_are_found_as_the_settings_say() {
        let (_folder, setting) = database();
        let setting = setting.with("query", "select * from bars where ticker = 'aaa'");
        let columns = "{\"date\": \"day\", \"open\": \"o\", \"mine\": \"side\"}";
        let (found, own) = read_as(&setting, columns, None).unwrap();
        assert_eq!(found.bars[0].bars[0].open, 0.1);
        assert_eq!((own[0].name.as_str(), own[0].cells[0].value), ("mine", 1.0));
        let query = "select day as date, o as open, high, low, close from bars where ticker = 'bbb'";
        let unnamed = setting.with("query", query);
        assert!(read(&unnamed).unwrap_err().contains("no ticker"));
        assert_eq!(read(&unnamed.with("ticker", "mine")).unwrap().bars[0].ticker, "MINE");
    }

    #[test]
    fn errors_name_the_file_and_what_is_wrong() {
        let (folder, setting) = database();
        let file = folder.path().join("bars.db");
        let error = |query: &str| read(&setting.clone().with("query", query)).unwrap_err();
        assert_eq!(
            error("select ticker, day as date, o as open, high, low from bars"),
            "bars.db: no column `close`: found ticker, date, open, high, low"
        );
        let unknown = error("select x from bars");
        assert!(
            unknown.starts_with(&format!("the query from {}: no such column: x", file.display())),
            "{unknown}"
        );
        assert!(unknown.ends_with(": correct data.source.query or data.source.url"), "{unknown}");
        let writes = error("delete from bars");
        assert!(writes.ends_with("it would change the database: write a query that only reads"), "{writes}");
        assert!(error(" ").contains("query of sql is empty"));
        assert!(error(&QUERY.replace("from bars", "from bars where false")).contains("no rows"));
        let gone = read(&setting.with("url", "sqlite:gone.db")).unwrap_err();
        assert!(
            gone.starts_with("the query from gone.db: ") && gone.ends_with("check data.source.url"),
            "{gone}"
        );
        check_bars(
            &read(
                &PartSetting::named("sql")
                    .with("url", format!("sqlite:{}", file.display()))
                    .with("query", QUERY),
            )
            .unwrap(),
        );
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_refused_without_showing_it() {
        for url in [
            "postgresql://me:secret@host/bars",
            "postgresql://me:secret@host:x/bars",
            "postgresql://me@host/bars?password=secret",
            "mysql://me:secret@host",
            "host=h password=secret",
        ] {
            let error = read(&PartSetting::named("sql").with("url", url).with("query", QUERY)).unwrap_err();
            assert!(error.starts_with("data.source: url of sql ") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let setting =
            PartSetting::named("sql").with("url", "postgresql://me@127.0.0.1:1/bars").with("query", QUERY);
        let error = read_as(&setting, "[]", Some("secret")).unwrap_err();
        assert!(
            error.starts_with("the query from bars at 127.0.0.1:1: ") && !error.contains("secret"),
            "{error}"
        );
    }

    #[test]
    fn rows_of_a_server_are_bars() {
        let Some(server) = test_support::skip::Need::PostgreSql.or_skip() else { return };
        let mut client =
            ::postgres::Client::connect(&format!("{server}/postgres"), ::postgres::NoTls).unwrap();
        client.batch_execute("create database bars_of_sql").unwrap();
        let url = format!("{server}/bars_of_sql");
        let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
        client.batch_execute(ROWS).unwrap();
        let setting = PartSetting::named("sql").with("url", url.as_str()).with("query", QUERY);
        check_bars(&read(&setting).unwrap());
        let error = |query: &str| read(&setting.clone().with("query", query)).unwrap_err();
        let place = url.split_once('@').unwrap().1.replace("/bars_of_sql", "");
        assert_eq!(
            error("select x from bars"),
            format!(
                "the query from bars_of_sql at {place}: SQLSTATE 42703: column \"x\" does not exist: correct \
                 data.source.query"
            )
        );
        assert!(error("delete from bars returning *").contains("SQLSTATE 25006"));
        assert!(error("select 1; delete from bars").contains("SQLSTATE 42601"));
        assert_eq!(
            error("select ticker, day as date, o as open, high, low from bars"),
            "bars_of_sql: no column `close`: found ticker, date, open, high, low"
        );
        check_bars(&read(&setting).unwrap());
        let typed = "select 'x' as ticker, timestamptz '2015-01-02 00:00+09' as date, 1.50::numeric as open, 2::real as \
                     high, 1::smallint as low, 'NaN'::float8 as close";
        let found = read(&setting.clone().with("query", typed)).unwrap();
        assert_eq!(found.bars[0].bars[0].open, 1.5);
        assert!(found.bars[0].bars[0].close.is_nan());
    }
    #[test]
    fn a_url_says_how_to_encrypt() {
        let Some(server) = test_support::skip::Need::PostgreSql.or_skip() else { return };
        let query = "select 'x' as ticker, date '2015-01-02' as date, ssl::int as open, 1 as high, 1 as low, 1 as close \
                     from pg_stat_ssl where pid = pg_backend_pid()";
        let read_over = |role: &str, host: &str, tls: &str| {
            let url = test_support::tls::url(&server, role, host, tls);
            let setting = PartSetting::named("sql").with("url", url).with("query", query);
            read_as(&setting, "[]", Some("open sesame")).map(|(found, _)| found.bars[0].bars[0].open == 1.0)
        };
        let full = |authority: &str| {
            format!("sslmode=verify-full&sslrootcert={}", test_support::tls::file(authority).display())
        };
        let right = full("authority.pem");
        for (role, tls, encrypted) in
            [("holdfast", "sslmode=disable", false), ("only_tls", "", true), ("with_password", &right, true)]
        {
            assert_eq!(read_over(role, "localhost", tls), Ok(encrypted), "{tls}");
        }
        let refused = |role: &str, host: &str, tls: &str, end: &str| {
            let error = read_over(role, host, tls).unwrap_err();
            assert!(error.starts_with(&format!("the query from postgres at {host}:")), "{error}");
            assert!(error.ends_with(end) && !error.contains("sesame"), "{error}");
        };
        refused("only_tls", "localhost", "sslmode=disable", "set sslmode=require or more in the URL");
        refused("holdfast", "localhost", &full("other-authority.pem"), "may be posing as this one");
        refused(
            "holdfast",
            "elsewhere.example",
            &right,
            "sslmode=verify-ca accepts any server of the authority",
        );
        let gone = read_over("holdfast", "localhost", &full("gone.pem")).unwrap_err();
        assert!(gone.contains("sslrootcert ") && gone.ends_with("or data.source.url"), "{gone}");
        let weak = read_over("holdfast", "localhost", "sslmode=verify-ca").unwrap_err();
        assert!(
            weak.starts_with("data.source: url of sql has sslmode=verify-ca and no sslrootcert"),
            "{weak}"
        );
    }
}
