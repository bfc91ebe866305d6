//! What headers mean.

use crate::field::Field;

/// The keys of headers that stand for a field, the preferred first.
pub(crate) fn keys(field: Field) -> &'static [&'static str] {
    match field {
        Field::Ticker => {
            &["ticker", "symbol", "tic", "instrument", "name", "code", "tickersymbol", "actsymbol"]
        }
        // A stamp says more than a day beside it.
        Field::Date => &[
            "datetime",
            "date",
            "tradedate",
            "tradingdate",
            "timestamp",
            "time",
            "day",
            "dt",
            "gmttime",
            "localtime",
            "opentime",
            "observationdate",
            "pricedate",
            "unix",
            "unixtime",
            "t",
        ],
        Field::Time => &["time"],
        Field::Open => &["open", "openprice", "priceopen", "opening", "o"],
        Field::High => &["high", "highprice", "pricehigh", "h"],
        Field::Low => &["low", "lowprice", "pricelow", "l"],
        Field::Close => &[
            "close",
            "closelast",
            "closeprice",
            "priceclose",
            "last",
            "lastprice",
            "price",
            "settle",
            "settlement",
            "settlementprice",
            "c",
        ],
        Field::Volume => &[
            "volume",
            "vol",
            "volumetraded",
            "tradedvolume",
            "totaltradedquantity",
            "totaltradequantity",
            "tickvolume",
            "tickvol",
            "v",
        ],
        Field::AdjustedClose => {
            &["adjclose", "adjustedclose", "adjcloseprice", "adjustedcloseprice", "closeadj"]
        }
        Field::Split => &["stocksplits", "splitcoefficient", "splitratio", "splitfactor", "splits", "split"],
        Field::Dividend => &["dividends", "dividendamount", "exdividend", "divcash", "dividend"],
    }
}

/// Keys of volumes that count price changes: used where the other volume is always 0.
pub(crate) const TICK_VOLUMES: &[&str] = &["tickvol", "tickvolume"];

/// Currencies in which crypto exchanges quote: a volume in one is turnover.
const QUOTE_CURRENCIES: &[&str] = &[
    "usd", "usdt", "usdc", "busd", "tusd", "dai", "eur", "gbp", "jpy", "krw", "try", "cny", "aud", "cad",
    "chf",
];

/// The rank of a key such as `volumebtc`: 0 for a volume in units of the instrument, 1 for one in a quote currency.
pub(crate) fn currency_volume(key: &str) -> Option<u8> {
    let currency = key.strip_prefix("volume")?;
    let is_code =
        (2..=5).contains(&currency.len()) && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_other_word =
        matches!(currency, "adj" | "tick" | "quote" | "raw" | "avg" | "total" | "ma" | "sma" | "ema");
    (is_code && !is_other_word).then(|| u8::from(QUOTE_CURRENCIES.contains(&currency)))
}

/// The field of a price or volume that a key stands for beyond doubt, as part of a header that also names a ticker.
pub(crate) fn value_field(key: &str) -> Option<Field> {
    const VALUES: [Field; 8] = [
        Field::Open,
        Field::High,
        Field::Low,
        Field::Close,
        Field::Volume,
        Field::AdjustedClose,
        Field::Split,
        Field::Dividend,
    ];
    // quantmod calls the adjusted close `AAPL.Adjusted`.
    if key == "adjusted" {
        return Some(Field::AdjustedClose);
    }
    VALUES.into_iter().find(|&field| key.len() > 1 && keys(field).contains(&key))
}

/// Whether a key stands for any field.
pub(crate) fn is_known(key: &str) -> bool {
    Field::ALL.into_iter().any(|field| keys(field).contains(&key)) || currency_volume(key).is_some()
}
