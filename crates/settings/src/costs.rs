//! What trading costs besides a fixed cost per side.

use artifact_core::schema::{Impact, Spread};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Market impact: the settings of [`Impact`], two of which have defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImpactSetting {
    /// The factor of the square-root law, 0 or more. Default 1, about what is measured for stocks.
    #[serde(default = "one")]
    pub coefficient: f64,
    /// The capital that is traded with, above 0, in the currency of the prices. It has no default.
    pub capital: f64,
    /// The number of bars before a trade from which deviation and traded value are taken, at least 2. Default 20.
    #[serde(default = "twenty")]
    pub days: usize,
}

fn one() -> f64 {
    1.0
}

fn twenty() -> usize {
    20
}

impl ImpactSetting {
    /// The settings in their stored form.
    pub fn stored(self) -> Impact {
        let Self { coefficient, capital, days } = self;
        Impact { coefficient, capital, days }
    }

    /// The first value that is out of range: its key, and why.
    fn fault(&self) -> Option<(&'static str, String)> {
        let Self { coefficient, capital, days } = *self;
        let least = Impact::LEAST_DAYS;
        let checks = [
            (number(coefficient), "coefficient", format!("{coefficient} must be 0 or more")),
            (number(capital) && capital > 0.0, "capital", format!("{capital} must be above 0")),
            (days >= least, "days", format!("{days} must be at least {least} bars")),
        ];
        checks.into_iter().find(|(holds, ..)| !holds).map(|(_, key, reason)| (key, reason))
    }
}

/// The first key of `training.spread_bps` or `training.impact` whose value is out of range, and why.
pub(crate) fn fault(spread: &Spread, impact: Option<&ImpactSetting>) -> Option<(String, String)> {
    if spread.is_empty() {
        let reason = "is an empty table; give a number for all tickers, or a table with one for each";
        return Some(("training.spread_bps".to_owned(), reason.to_owned()));
    }
    let negative = spread.entries().find(|(_, value)| !number(*value));
    let negative = negative
        .map(|(key, value)| (format!("training.spread_bps{key}"), format!("{value} must be 0 or more")));
    negative.or_else(|| {
        let (key, reason) = impact?.fault()?;
        Some((format!("training.impact.{key}"), reason))
    })
}

fn number(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

/// Reads a spread: a number, or a table with a number for each ticker.
///
/// # Errors
///
/// If it is neither.
pub(crate) fn spread<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Spread, D::Error> {
    struct Read;

    // An untagged enum would only say that no variant matched, without the line of the ticker.
    impl<'de> Visitor<'de> for Read {
        type Value = Spread;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a number of basis points, or a table with one for each ticker")
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Spread, E> {
            Ok(Spread::Same(value))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Spread, E> {
            Ok(Spread::Same(value as f64))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Spread, E> {
            Ok(Spread::Same(value as f64))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spread, A::Error> {
            let mut table = BTreeMap::new();
            while let Some((ticker, value)) = map.next_entry::<String, f64>()? {
                table.insert(ticker, value);
            }
            Ok(Spread::ByTicker(table))
        }
    }

    deserializer.deserialize_any(Read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Preset};

    fn read(text: &str) -> Result<Config, String> {
        let text = format!("[training]\n{text}\n");
        Config::from_toml(Preset::Smoke, &text, "run.toml").map_err(|error| error.to_string())
    }

    fn refused(text: &str, parts: &[&str]) {
        let said = read(text).unwrap_err();
        for part in parts.iter().chain(&["run.toml"]) {
            assert!(said.contains(part), "{said}\nlacks {part}");
        }
    }

    #[test]
    fn a_spread_is_a_number_or_a_table() {
        let spread = |text| read(text).unwrap().training.spread_bps;
        assert_eq!((spread(""), spread("spread_bps = 0")), (Spread::NONE, Spread::NONE));
        assert_eq!(
            (spread("spread_bps = 3"), spread("spread_bps = 3.5")),
            (Spread::Same(3.0), Spread::Same(3.5))
        );
        let table = spread("spread_bps = { AAPL = 1, \"BRK.B\" = 2.5, default = 4 }");
        assert_eq!(["AAPL", "BRK.B", "MSFT"].map(|own| table.of(own)), [Some(1.0), Some(2.5), Some(4.0)]);
        assert_eq!(spread("spread_bps = { AAPL = 1 }").of("MSFT"), None);
        let json = serde_json::to_string(&read("spread_bps = { A = 1 }").unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap().training.spread_bps.of("A"), Some(1.0));
    }

    #[test]
    fn impact_needs_a_capital_only() {
        let impact = read("impact = { capital = 1e6 }").unwrap().training.impact.unwrap();
        assert_eq!(impact, ImpactSetting { coefficient: 1.0, capital: 1e6, days: 20 });
        let all = read("impact = { coefficient = 0.5, capital = 100, days = 5 }").unwrap().training.impact;
        assert_eq!(all.unwrap().stored(), Impact { coefficient: 0.5, capital: 100.0, days: 5 });
    }

    #[test]
    fn what_cannot_be_charged_is_refused_by_key_and_line() {
        refused("spread_bps = -1", &["line 2", "training.spread_bps", "-1 must be 0 or more"]);
        refused("spread_bps = nan", &["training.spread_bps", "NaN must be 0 or more"]);
        let table = "spread_bps = {A = 1}\n[training.spread_bps]";
        refused(table, &["line 3", "spread_bps"]);
        refused("[training.spread_bps]\nA = 1\nB = -2", &["line 4", "training.spread_bps.B", "-2 must be"]);
        refused("spread_bps = {}", &["line 2", "training.spread_bps", "empty table"]);
        refused("spread_bps = 'wide'", &["line 2", "a number of basis points, or a table"]);
        refused("spread_bps = { A = 'wide' }", &["line 2", "expected a number"]);
        refused("impact = {}", &["line 2", "capital"]);
        refused("impact = 3", &["line 2", "expected a table"]);
        refused("impact = { capital = 1, size = 2 }", &["line 2", "size"]);
        for (text, key) in [
            ("capital = 0", "capital"),
            ("capital = inf", "capital"),
            ("capital = 1, coefficient = -1", "coefficient"),
            ("capital = 1, days = 1", "days"),
        ] {
            refused(
                &format!("impact = {{ {text} }}"),
                &["line 2", &format!("training.impact.{key}"), "must be"],
            );
        }
    }

    #[test]
    fn neither_changes_a_name_or_a_record_until_it_is_set() {
        let plain = Config::load(Preset::Smoke, None).unwrap();
        let written = serde_json::to_value(&plain).unwrap();
        assert!(
            ["spread_bps", "impact"].iter().all(|key| written["training"].get(key).is_none()),
            "{written}"
        );
        let zero = read("spread_bps = 0.0").unwrap();
        assert_eq!(
            (zero.run_name().unwrap(), zero.settings().unwrap()),
            (plain.run_name().unwrap(), plain.settings().unwrap())
        );
        for text in ["spread_bps = 1", "spread_bps = { default = 1 }", "impact = { capital = 1 }"] {
            let other = read(text).unwrap();
            assert_ne!(other.run_name().unwrap(), plain.run_name().unwrap());
            assert!(!other.is_comparable_with(&plain), "{text}");
        }
        let settings =
            read("impact = { capital = 9 }\nspread_bps = { \"A.B\" = 1 }").unwrap().settings().unwrap();
        assert_eq!(settings["training.spread_bps"], serde_json::json!({"A.B": 1}), "one value each");
        assert_eq!(settings["training.impact"]["days"], 20);
    }
}
