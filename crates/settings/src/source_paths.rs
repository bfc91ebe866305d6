//! The parameters of built-in sources that are paths: relative to the configuration file, and no part of any name or key.

use crate::part::PartSetting;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::path::Path;

/// What begins the URL of an SQLite database; its file follows.
const SQLITE: &str = "sqlite:";

/// The parameters of PostgreSQL's URLs that are paths.
const CERTIFICATES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

/// The value of `sslrootcert` that names no file.
const SYSTEM: &str = "system";

/// What would end a value in a URL, or mean something else there.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%').add(b'&').add(b'+').add(b'?').add(b'@');

/// Resolves relative paths against a directory.
pub(crate) fn resolve(source: &mut PartSetting, directory: &Path) {
    change(source, |path| Some(directory.join(path).to_string_lossy().into_owned()));
}

/// Removes the paths: what the files hold counts, not where they are.
pub(crate) fn clear(source: &mut PartSetting) {
    change(source, |_| None);
}

fn change(source: &mut PartSetting, to: impl Fn(&str) -> Option<String>) {
    match source.name.as_str() {
        "yahoo" => {
            let Some(cache) = source.params.text("cache").map(str::to_owned) else { return };
            match to(&cache) {
                Some(path) => source.params.set("cache", path),
                None => drop(source.params.remove("cache")),
            }
        }
        "sql" => {
            let Some(url) = source.params.text("url") else { return };
            let changed = match url.strip_prefix(SQLITE) {
                Some(file) => Some(format!("{SQLITE}{}", to(file).unwrap_or_default())),
                None => server(url, to),
            };
            if let Some(changed) = changed {
                source.params.set("url", changed);
            }
        }
        _ => {}
    }
}

/// The URL of a server with other paths of certificates; `None` if it has none.
fn server(url: &str, to: impl Fn(&str) -> Option<String>) -> Option<String> {
    // A question mark before the first @ is part of a password.
    let host = url.find('@').map_or(0, |place| place + 1);
    let mark = host + url.get(host..)?.find('?')?;
    let (server, query) = (url.get(..mark)?, url.get(mark + 1..)?);
    if !query.split('&').any(|pair| path(pair).is_some()) {
        return None;
    }
    let pairs = query.split('&').filter_map(|pair| match path(pair) {
        None => Some(pair.to_owned()),
        Some((key, value)) => {
            let changed = to(&percent_decode_str(value).decode_utf8_lossy())?;
            Some(format!("{key}={}", utf8_percent_encode(&changed, ENCODED)))
        }
    });
    let pairs: Vec<String> = pairs.collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    Some(format!("{server}{mark}{}", pairs.join("&")))
}

/// The key and the value of a parameter that is a path.
fn path(pair: &str) -> Option<(&str, &str)> {
    let (key, value) = pair.split_once('=')?;
    (CERTIFICATES.contains(&key) && !value.is_empty() && value != SYSTEM).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_and_in_no_key() {
        let directory = Path::new("configs");
        let mut yahoo = PartSetting::named("yahoo").with("cache", "answers").with("from", "2015-01-01");
        resolve(&mut yahoo, directory);
        assert_eq!(yahoo.params.text("cache"), Some("configs/answers"));
        clear(&mut yahoo);
        assert_eq!(yahoo, PartSetting::named("yahoo").with("from", "2015-01-01"));

        let mut sql = PartSetting::named("sql").with("url", "sqlite:bars.db");
        resolve(&mut sql, directory);
        assert_eq!(sql.params.text("url"), Some("sqlite:configs/bars.db"));
        clear(&mut sql);
        assert_eq!(sql.params.text("url"), Some("sqlite:"));

        let url = "postgresql://me@host/bars?sslmode=verify-full&sslrootcert=my%20own/ca.pem&sslcert=/c.pem&sslkey=";
        let mut server = PartSetting::named("sql").with("url", url);
        resolve(&mut server, Path::new("a&b"));
        assert_eq!(
            server.params.text("url"),
            Some(
                "postgresql://me@host/bars?sslmode=verify-full&sslrootcert=a%26b/my%20own/ca.pem&sslcert=/c.pem&sslkey="
            )
        );
        clear(&mut server);
        assert_eq!(server.params.text("url"), Some("postgresql://me@host/bars?sslmode=verify-full&sslkey="));
        let mut alone = PartSetting::named("sql").with("url", "postgresql://host/bars?sslrootcert=ca.pem");
        clear(&mut alone);
        assert_eq!(alone.params.text("url"), Some("postgresql://host/bars"));

        let server = PartSetting::named("sql").with("url", "postgresql://host/bars");
        let public = PartSetting::named("sql").with("url", "postgresql://host/bars?sslrootcert=system");
        let other = PartSetting::named("mine").with("cache", "answers");
        for source in [server, public, other] {
            let mut same = source.clone();
            resolve(&mut same, directory);
            clear(&mut same);
            assert_eq!(same, source);
        }
    }
}
