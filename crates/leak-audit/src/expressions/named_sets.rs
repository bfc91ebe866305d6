//! The named sets of expressions. Those of Qlib 0.9.7 are `Alpha158DL` with its defaults and `Alpha360DL`.

/// A column's name and its formula.
type Column = (String, String);

/// The set of a name.
pub(crate) fn named(name: &str) -> Option<Vec<Column>> {
    match name {
        "alpha158" => Some(alpha158()),
        "alpha360" => Some(alpha360()),
        "trend" => Some(trend()),
        _ => None,
    }
}

/// The shape of a day's bar.
const BAR: [(&str, &str); 9] = [
    ("KMID", "(close - open) / open"),
    ("KLEN", "(high - low) / open"),
    ("KMID2", "(close - open) / (high - low + 1e-12)"),
    ("KUP", "(high - greater(open, close)) / open"),
    ("KUP2", "(high - greater(open, close)) / (high - low + 1e-12)"),
    ("KLOW", "(less(open, close) - low) / open"),
    ("KLOW2", "(less(open, close) - low) / (high - low + 1e-12)"),
    ("KSFT", "(2 * close - high - low) / open"),
    ("KSFT2", "(2 * close - high - low) / (high - low + 1e-12)"),
];

const PRICES: [(&str, &str); 4] = [
    ("OPEN0", "open / close"),
    ("HIGH0", "high / close"),
    ("LOW0", "low / close"),
    ("VWAP0", "vwap / close"),
];

const WINDOWS: [usize; 5] = [5, 10, 20, 30, 60];

/// Names and formulas over each of the windows, which replace `D`.
const ROLLING: [(&str, &str); 29] = [
    ("ROC", "ref(close, D) / close"),
    ("MA", "ts_mean(close, D) / close"),
    ("STD", "ts_std(close, D) / close"),
    ("BETA", "slope(close, D) / close"),
    ("RSQR", "rsquare(close, D)"),
    ("RESI", "resi(close, D) / close"),
    ("MAX", "ts_max(high, D) / close"),
    ("MIN", "ts_min(low, D) / close"),
    ("QTLU", "quantile(close, D, 0.8) / close"),
    ("QTLD", "quantile(close, D, 0.2) / close"),
    ("RANK", "ts_rank(close, D)"),
    ("RSV", "(close - ts_min(low, D)) / (ts_max(high, D) - ts_min(low, D) + 1e-12)"),
    ("IMAX", "ts_argmax(high, D) / D"),
    ("IMIN", "ts_argmin(low, D) / D"),
    ("IMXD", "(ts_argmax(high, D) - ts_argmin(low, D)) / D"),
    ("CORR", "corr(close, log(volume + 1), D)"),
    ("CORD", "corr(close / ref(close, 1), log(volume / ref(volume, 1) + 1), D)"),
    ("CNTP", "ts_mean(close > ref(close, 1), D)"),
    ("CNTN", "ts_mean(close < ref(close, 1), D)"),
    ("CNTD", "ts_mean(close > ref(close, 1), D) - ts_mean(close < ref(close, 1), D)"),
    (
        "SUMP",
        "ts_sum(greater(close - ref(close, 1), 0), D) / (ts_sum(abs(close - ref(close, 1)), D) + 1e-12)",
    ),
    (
        "SUMN",
        "ts_sum(greater(ref(close, 1) - close, 0), D) / (ts_sum(abs(close - ref(close, 1)), D) + 1e-12)",
    ),
    (
        "SUMD",
        "(ts_sum(greater(close - ref(close, 1), 0), D) - ts_sum(greater(ref(close, 1) - close, 0), D)) \
         / (ts_sum(abs(close - ref(close, 1)), D) + 1e-12)",
    ),
    ("VMA", "ts_mean(volume, D) / (volume + 1e-12)"),
    ("VSTD", "ts_std(volume, D) / (volume + 1e-12)"),
    (
        "WVMA",
        "ts_std(abs(close / ref(close, 1) - 1) * volume, D) \
         / (ts_mean(abs(close / ref(close, 1) - 1) * volume, D) + 1e-12)",
    ),
    (
        "VSUMP",
        "ts_sum(greater(volume - ref(volume, 1), 0), D) / (ts_sum(abs(volume - ref(volume, 1)), D) + 1e-12)",
    ),
    (
        "VSUMN",
        "ts_sum(greater(ref(volume, 1) - volume, 0), D) / (ts_sum(abs(volume - ref(volume, 1)), D) + 1e-12)",
    ),
    (
        "VSUMD",
        "(ts_sum(greater(volume - ref(volume, 1), 0), D) - ts_sum(greater(ref(volume, 1) - volume, 0), D)) \
         / (ts_sum(abs(volume - ref(volume, 1)), D) + 1e-12)",
    ),
];

fn alpha158() -> Vec<Column> {
    let mut columns: Vec<Column> = BAR
        .iter()
        .chain(&PRICES)
        .map(|(name, formula)| ((*name).to_owned(), (*formula).to_owned()))
        .collect();
    for (name, formula) in ROLLING {
        for days in WINDOWS {
            columns.push((format!("{name}{days}"), formula.replace('D', &days.to_string())));
        }
    }
    columns
}

fn alpha360() -> Vec<Column> {
    let mut columns = Vec::new();
    for field in ["close", "open", "high", "low", "vwap", "volume"] {
        let divisor = if field == "volume" { "(volume + 1e-12)" } else { "close" };
        for days in (0..60).rev() {
            let value = if days == 0 { field.to_owned() } else { format!("ref({field}, {days})") };
            columns.push((format!("{}{days}", field.to_uppercase()), format!("{value} / {divisor}")));
        }
    }
    columns
}

fn trend() -> Vec<Column> {
    let returns = [1, 2, 3, 5, 8, 10, 15, 20, 25];
    let returns =
        returns.into_iter().map(|days| (format!("RET{days}"), format!("close / ref(close, {days}) - 1")));
    let spreads = [5, 10, 20].into_iter();
    let spreads =
        spreads.map(|days| (format!("VOL{days}"), format!("ts_std(close / ref(close, 1) - 1, {days})")));
    returns.chain(spreads).collect()
}
