//! Named sets of features.

use std::fmt;

use crate::expression::Expression;

/// A feature of a set: the name of its column, and its expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The name of the column.
    pub name: String,
    /// The expression.
    pub expression: Expression,
}

/// A named set of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeatureSet {
    /// The 158 features of Qlib's `Alpha158` as its `Alpha158DL` gives them by default, in that order.
    Alpha158,
    /// The 360 features of Qlib's `Alpha360`, in the order of its `Alpha360DL`.
    Alpha360,
    /// Returns over 1, 2, 3, 5, 8, 10, 15, 20 and 25 rows, and the standard deviations of 5, 10 and 20 returns over 1 row.
    Trend,
}

impl FeatureSet {
    /// All sets.
    pub const ALL: [Self; 3] = [Self::Alpha158, Self::Alpha360, Self::Trend];

    /// Returns the set's name, such as `alpha158`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alpha158 => "alpha158",
            Self::Alpha360 => "alpha360",
            Self::Trend => "trend",
        }
    }

    /// Returns the set of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Returns the features, in order.
    ///
    /// Those of [`FeatureSet::Alpha158`] and [`FeatureSet::Alpha360`] read the column `vwap` besides `open`, `high`,
    /// `low`, `close` and `volume`; those of [`FeatureSet::Trend`] read `close` alone.
    #[must_use]
    pub fn features(self) -> Vec<Feature> {
        let written = match self {
            Self::Alpha158 => alpha158(),
            Self::Alpha360 => alpha360(),
            Self::Trend => trend(),
        };
        // A text that does not parse would be left out; a test counts the features.
        let parse = |(name, text): (String, String)| {
            Expression::parse(&text).ok().map(|expression| Feature { name, expression })
        };
        written.into_iter().filter_map(parse).collect()
    }
}

impl fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

type Written = Vec<(String, String)>;

fn alpha360() -> Written {
    let mut features = Written::new();
    for column in ["close", "open", "high", "low", "vwap", "volume"] {
        let latest = if column == "volume" { "(volume + 1e-12)" } else { "close" };
        for lag in (0..60).rev() {
            let value = if lag == 0 { column.to_owned() } else { format!("ref({column}, {lag})") };
            features.push((format!("{}{lag}", column.to_uppercase()), format!("{value} / {latest}")));
        }
    }
    features
}

fn trend() -> Written {
    let returns = [1, 2, 3, 5, 8, 10, 15, 20, 25]
        .map(|rows| (format!("RET{rows}"), format!("close / ref(close, {rows}) - 1")));
    let volatility =
        [5, 10, 20].map(|rows| (format!("VOL{rows}"), format!("ts_std(close / ref(close, 1) - 1, {rows})")));
    returns.into_iter().chain(volatility).collect()
}

/// Features of one bar: its shape, and its prices relative to the close.
const BAR: [(&str, &str); 13] = [
    ("KMID", "(close - open) / open"),
    ("KLEN", "(high - low) / open"),
    ("KMID2", "(close - open) / (high - low + 1e-12)"),
    ("KUP", "(high - greater(open, close)) / open"),
    ("KUP2", "(high - greater(open, close)) / (high - low + 1e-12)"),
    ("KLOW", "(less(open, close) - low) / open"),
    ("KLOW2", "(less(open, close) - low) / (high - low + 1e-12)"),
    ("KSFT", "(2 * close - high - low) / open"),
    ("KSFT2", "(2 * close - high - low) / (high - low + 1e-12)"),
    ("OPEN0", "open / close"),
    ("HIGH0", "high / close"),
    ("LOW0", "low / close"),
    ("VWAP0", "vwap / close"),
];

/// Features of a window, which `N` stands for.
const WINDOWS: [(&str, &str); 29] = [
    ("ROC", "ref(close, N) / close"),
    ("MA", "ts_mean(close, N) / close"),
    ("STD", "ts_std(close, N) / close"),
    ("BETA", "slope(close, N) / close"),
    ("RSQR", "rsquare(close, N)"),
    ("RESI", "resi(close, N) / close"),
    ("MAX", "ts_max(high, N) / close"),
    ("MIN", "ts_min(low, N) / close"),
    ("QTLU", "quantile(close, N, 0.8) / close"),
    ("QTLD", "quantile(close, N, 0.2) / close"),
    ("RANK", "ts_rank(close, N)"),
    ("RSV", "(close - ts_min(low, N)) / (ts_max(high, N) - ts_min(low, N) + 1e-12)"),
    ("IMAX", "ts_argmax(high, N) / N"),
    ("IMIN", "ts_argmin(low, N) / N"),
    ("IMXD", "(ts_argmax(high, N) - ts_argmin(low, N)) / N"),
    ("CORR", "corr(close, log(volume + 1), N)"),
    ("CORD", "corr(close / ref(close, 1), log(volume / ref(volume, 1) + 1), N)"),
    ("CNTP", "ts_mean(close > ref(close, 1), N)"),
    ("CNTN", "ts_mean(close < ref(close, 1), N)"),
    ("CNTD", "ts_mean(close > ref(close, 1), N) - ts_mean(close < ref(close, 1), N)"),
    (
        "SUMP",
        "ts_sum(greater(close - ref(close, 1), 0), N) / (ts_sum(abs(close - ref(close, 1)), N) + 1e-12)",
    ),
    (
        "SUMN",
        "ts_sum(greater(ref(close, 1) - close, 0), N) / (ts_sum(abs(close - ref(close, 1)), N) + 1e-12)",
    ),
    (
        "SUMD",
        "(ts_sum(greater(close - ref(close, 1), 0), N) - ts_sum(greater(ref(close, 1) - close, 0), N)) \
         / (ts_sum(abs(close - ref(close, 1)), N) + 1e-12)",
    ),
    ("VMA", "ts_mean(volume, N) / (volume + 1e-12)"),
    ("VSTD", "ts_std(volume, N) / (volume + 1e-12)"),
    (
        "WVMA",
        "ts_std(abs(close / ref(close, 1) - 1) * volume, N) \
         / (ts_mean(abs(close / ref(close, 1) - 1) * volume, N) + 1e-12)",
    ),
    (
        "VSUMP",
        "ts_sum(greater(volume - ref(volume, 1), 0), N) / (ts_sum(abs(volume - ref(volume, 1)), N) + 1e-12)",
    ),
    (
        "VSUMN",
        "ts_sum(greater(ref(volume, 1) - volume, 0), N) / (ts_sum(abs(volume - ref(volume, 1)), N) + 1e-12)",
    ),
    (
        "VSUMD",
        "(ts_sum(greater(volume - ref(volume, 1), 0), N) - ts_sum(greater(ref(volume, 1) - volume, 0), N)) \
         / (ts_sum(abs(volume - ref(volume, 1)), N) + 1e-12)",
    ),
];

fn alpha158() -> Written {
    let bar = BAR.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let windows = WINDOWS.iter().flat_map(|(name, text)| {
        [5, 10, 20, 30, 60].map(|rows| (format!("{name}{rows}"), text.replace('N', &rows.to_string())))
    });
    bar.into_iter().chain(windows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookback::Lookback;

    #[test]
    fn every_set_has_its_features() {
        let count = |set: FeatureSet| set.features().len();
        assert_eq!(FeatureSet::ALL.map(count), [158, 360, 12]);
        for set in FeatureSet::ALL {
            assert_eq!(FeatureSet::named(set.name()), Some(set));
            let names: std::collections::HashSet<_> = set.features().into_iter().map(|f| f.name).collect();
            assert_eq!(names.len(), count(set));
        }
    }

    #[test]
    fn no_set_reads_further_back_than_its_windows() {
        let furthest =
            |set: FeatureSet| set.features().iter().map(|feature| feature.expression.lookback()).max();
        assert_eq!(furthest(FeatureSet::Alpha158), Some(Lookback::Rows(60)));
        assert_eq!(furthest(FeatureSet::Alpha360), Some(Lookback::Rows(59)));
        assert_eq!(furthest(FeatureSet::Trend), Some(Lookback::Rows(25)));
    }
}
