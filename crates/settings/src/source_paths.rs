//! The parameters of built-in sources that are paths: relative to the configuration file, and no part of any name or key.

use crate::part::PartSetting;
use std::path::Path;

/// What begins the URL of an SQLite database; its file follows.
const SQLITE: &str = "sqlite:";

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
            let file = source.params.text("url").and_then(|url| url.strip_prefix(SQLITE)).map(str::to_owned);
            if let Some(file) = file {
                source.params.set("url", format!("{SQLITE}{}", to(&file).unwrap_or_default()));
            }
        }
        _ => {}
    }
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

        let server = PartSetting::named("sql").with("url", "postgresql://host/bars");
        let other = PartSetting::named("mine").with("cache", "answers");
        for source in [server, other] {
            let mut same = source.clone();
            resolve(&mut same, directory);
            clear(&mut same);
            assert_eq!(same, source);
        }
    }
}
