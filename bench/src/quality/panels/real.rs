//! Panels of bars that were not generated here, and whose truth is therefore not known.

use super::bars::Bars;
use super::panel::{Panel, Ticker};
use anyhow::ensure;
use data_loader::{QualityPolicy, RawBar, RawBars, quality};
use std::collections::{BTreeMap, BTreeSet};

/// The newest `rows` rows of some bars: those tickers, at most `most`, that have a bar with a positive volume in every
/// row.
///
/// # Errors
///
/// If the bars are faulty, or no ticker has all rows.
pub(crate) fn panel(mut raw: Vec<RawBars>, rows: usize, most: usize) -> anyhow::Result<Panel> {
    quality::check(&mut raw, &QualityPolicy::default())?;
    raw.sort_by(|left, right| left.ticker.cmp(&right.ticker));
    let dates: BTreeSet<_> = raw.iter().flat_map(|own| own.bars.iter().map(|bar| bar.date)).collect();
    let dates: Vec<_> = dates.iter().copied().skip(dates.len().saturating_sub(rows)).collect();
    let complete = |own: &RawBars| -> Option<Ticker> {
        let bars: BTreeMap<_, &RawBar> = own.bars.iter().map(|bar| (bar.date, bar)).collect();
        let bars: Vec<&RawBar> = dates.iter().map(|date| bars.get(date).copied()).collect::<Option<_>>()?;
        let column = |value: fn(&RawBar) -> f64| bars.iter().map(|bar| value(bar)).collect::<Vec<f64>>();
        let bars = Bars {
            open: column(|bar| bar.open),
            high: column(|bar| bar.high),
            low: column(|bar| bar.low),
            close: column(|bar| bar.close),
            volume: column(|bar| bar.volume),
        };
        let usable = bars.volume.iter().all(|&volume| volume > 0.0);
        usable.then(|| Ticker { name: own.ticker.clone(), bars, truth: Vec::new() })
    };
    let tickers: Vec<Ticker> = raw.iter().filter_map(complete).take(most).collect();
    ensure!(!tickers.is_empty(), "no ticker has a bar in each of the newest {} rows", dates.len());
    Ok(Panel { dates: dates.iter().map(ToString::to_string).collect(), tickers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_loader::sources::sample::sample;
    use data_loader::{SyntheticSpec, sources};

    #[test]
    fn tickers_without_a_bar_in_every_row_are_left_out() -> anyhow::Result<()> {
        let all = panel(sample()?, 1259, 9)?;
        assert_eq!((all.tickers.len(), all.dates.len()), (4, 1259));
        assert_eq!(all.dates.last().map(String::as_str), Some("2013-03-01"));
        let names = |panel: Panel| panel.tickers.into_iter().map(|own| own.name).collect::<Vec<_>>();
        // GOOG was listed in 2004.
        assert_eq!(names(panel(sample()?, 3000, 9)?), ["AAPL", "IBM", "MSFT"]);
        assert_eq!(names(panel(sample()?, 3000, 1)?), ["AAPL"]);
        let planted = sources::synthetic::synthetic(&SyntheticSpec::default(), 1);
        assert_eq!(panel(planted, 9999, 9)?.dates.len(), 1200);
        Ok(())
    }
}
