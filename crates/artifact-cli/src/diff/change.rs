//! One difference, and its readable form.

use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What it is about.
    pub topic: Topic,
    /// Which one: a field's path, rows, a feature.
    pub what: String,
    /// The first artifact's value; null if it has none.
    pub from: Value,
    /// The second artifact's value; null if it has none.
    pub to: Value,
    /// The second value minus the first, for numbers.
    pub delta: Option<f64>,
    /// How many 64-bit floats lie between them, for numbers with a fraction: 1 for neighbours.
    pub ulps: Option<u64>,
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The program that produced the artifact.
    Producer,
    /// Another artifact or blob that it refers to.
    Object,
    /// A value of the search space.
    Hyperparameter,
    /// Any other setting.
    Setting,
    /// The rows and dates where one set ends and the next begins.
    Boundary,
    /// Sequences that moved to another set.
    Sequences,
    /// Rows or values of a snapshot.
    Bars,
    /// Feature columns.
    Features,
    /// The scaler.
    Scaler,
    /// Class counts and weights.
    Classes,
    /// A result.
    Metric,
    /// A learning curve.
    LearningCurve,
    /// A fitted tensor.
    Weights,
    /// The number of differences of a long list that are not listed.
    More,
}

impl Topic {
    /// The topic in words.
    pub fn describe(self) -> &'static str {
        match self {
            Topic::Producer => "producer",
            Topic::Object => "object",
            Topic::Hyperparameter => "hyperparameter",
            Topic::Setting => "setting",
            Topic::Boundary => "boundary",
            Topic::Sequences => "sequences",
            Topic::Bars => "bars",
            Topic::Features => "features",
            Topic::Scaler => "scaler",
            Topic::Classes => "classes",
            Topic::Metric => "metric",
            Topic::LearningCurve => "learning curve",
            Topic::Weights => "weights",
            Topic::More => "more",
        }
    }
}

/// The most differences of one list that are shown one by one.
pub const LISTED: usize = 20;

impl Change {
    /// A difference between two values of any type.
    pub fn new(topic: Topic, what: impl Into<String>, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        let (from, to) = (from.into(), to.into());
        let whole = from.is_i64() && to.is_i64() || from.is_u64() && to.is_u64();
        let numbers = from.as_f64().zip(to.as_f64());
        Self {
            topic,
            what: what.into(),
            delta: numbers.map(|(from, to)| to - from),
            ulps: numbers.filter(|_| !whole).map(|(from, to)| ulps(from, to)),
            from,
            to,
        }
    }

    /// A difference between two numbers, which need not be finite.
    pub fn number(topic: Topic, what: impl Into<String>, from: f64, to: f64) -> Self {
        let value = |number: f64| {
            if number.is_finite() { json!(number) } else { Value::from(number.to_string()) }
        };
        Self::new(topic, what, value(from), value(to))
    }

    /// States that `count` more differences of `what` are not listed.
    pub fn more(what: impl Into<String>, count: usize) -> Self {
        Self::new(Topic::More, what, Value::Null, count)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.topic == Topic::More {
            return write!(f, "and {} more of {}", self.to, self.what);
        }
        write!(f, "{} {}: {} -> {}", self.topic.describe(), self.what, Plain(&self.from), Plain(&self.to))?;
        let Some(delta) = self.delta else {
            return Ok(());
        };
        match self.ulps {
            Some(1) => write!(f, " ({delta:+e}, 1 ulp)"),
            // Between numbers that are far apart, a distance in ulps says nothing; a scaler's is always shown, since
            // scalers must agree bit for bit.
            Some(ulps) if self.topic == Topic::Scaler || ulps < 1_000_000 => {
                write!(f, " ({delta:+e}, {ulps} ulps)")
            }
            Some(_) => write!(f, " ({delta:+.6})"),
            None => write!(f, " ({delta:+})"),
        }
    }
}

/// Displays a value without JSON quotes.
struct Plain<'a>(&'a Value);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("none"),
            Value::String(text) => f.write_str(text),
            other => write!(f, "{other}"),
        }
    }
}

/// The distance between `a` and `b` in units in the last place; both zeros count as one number.
pub fn ulps(a: f64, b: f64) -> u64 {
    let place = |number: f64| {
        // Negative floats order backwards by their bits; flipping them puts all floats in numeric order.
        let bits = number.to_bits() as i64;
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    place(a).abs_diff(place(b))
}

/// A half-open range of sequences, in words.
pub(super) fn range(start: usize, end: usize) -> String {
    if end - start == 1 { start.to_string() } else { format!("{start} to {}", end - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulps_count_the_floats_between() {
        for (a, b, expected) in [
            (1.0, 1.0, 0),
            (1.0, 1.0 + f64::EPSILON, 1),
            (0.0, -0.0, 0),
            (f64::from_bits(1), -f64::from_bits(1), 2),
            (-1.0, -1.0 - f64::EPSILON, 1),
        ] {
            assert_eq!(ulps(a, b), expected, "{a} {b}");
            assert_eq!(ulps(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn changes_are_displayed_readably() {
        let check = |change: Change, expected: &str| assert_eq!(change.to_string(), expected);
        check(
            Change::new(Topic::Sequences, "120 to 131", "validation", "train"),
            "sequences 120 to 131: validation -> train",
        );
        check(Change::new(Topic::Boundary, "split_row", 80, 90), "boundary split_row: 80 -> 90 (+10)");
        check(
            Change::number(Topic::Scaler, "mean of x", 1.0, 1.0 + f64::EPSILON),
            "scaler mean of x: 1.0 -> 1.0000000000000002 (+2.220446049250313e-16, 1 ulp)",
        );
        check(Change::new(Topic::Metric, "mcc", 0.25, 0.5), "metric mcc: 0.25 -> 0.5 (+0.250000)");
        check(Change::number(Topic::Bars, "A close", f64::NAN, 1.0), "bars A close: NaN -> 1.0");
        check(Change::more("bars", 3), "and 3 more of bars");
    }
}
