//! The embedded sample: real daily bars of AAPL, GOOG, IBM and MSFT, 2000-03-01 to 2013-03-01.
//!
//! Their source, licence and digests are in `data/sample`, next to the files.

use super::files::{self, FileOptions};
use super::{RawBars, Source, SourceBars, SourceError, SourceRequest};
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use settings::part::{Declaration, Part};

/// The tickers and the texts of their files, in order of name.
pub const FILES: [(&str, &str); 4] = [
    ("AAPL", include_str!("../../../../data/sample/AAPL.csv")),
    ("GOOG", include_str!("../../../../data/sample/GOOG.csv")),
    ("IBM", include_str!("../../../../data/sample/IBM.csv")),
    ("MSFT", include_str!("../../../../data/sample/MSFT.csv")),
];

/// The source `sample`.
pub(crate) struct Sample;

impl Part for Sample {
    fn declaration(&self) -> Declaration {
        Declaration::new("sample", "The embedded daily bars of AAPL, GOOG, IBM and MSFT.").version(2)
    }
}

impl Source for Sample {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        request.without_files("sample")?;
        let file = |(name, text): &(&str, &str)| SourceFile {
            name: (*name).to_owned(),
            sha256: Digest::of(text.as_bytes()),
        };
        let bars = sample()?;
        Ok(SourceBars { bars, files: FILES.iter().map(file).collect() })
    }

    fn reads_seed(&self) -> bool {
        false
    }
}

/// Reads the embedded bars, in order of ticker, with `sample` as their origin.
///
/// # Errors
///
/// None in practice: the texts are part of the program, and a test reads them.
pub fn sample() -> Result<Vec<RawBars>, SourceError> {
    let mut all = Vec::with_capacity(FILES.len());
    for (ticker, text) in FILES {
        all.extend(files::read(text.as_bytes(), "sample", Some(ticker), &FileOptions::default())?.bars);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawBar;
    use crate::quality::{self, QualityPolicy};
    use artifact_core::schema::Fault;

    #[test]
    fn the_texts_are_the_ones_that_were_published() {
        let sums: Vec<_> = include_str!("../../../../data/sample/SHA256SUMS")
            .lines()
            .map(|line| line.split_once("  ").unwrap())
            .collect();
        let texts =
            FILES.map(|(ticker, text)| (Digest::of(text.as_bytes()).to_string(), format!("{ticker}.csv")));
        assert!(texts.iter().map(|(sum, name)| (sum.as_str(), name.as_str())).eq(sums));
    }

    #[test]
    fn the_bars_are_clean_but_for_splits() {
        let mut all = sample().unwrap();
        let rows: Vec<_> = all.iter().map(|bars| bars.bars.len()).collect();
        assert_eq!(rows, [3270, 2148, 3270, 3270]);
        let report = quality::check(&mut all, &QualityPolicy::default()).unwrap();
        assert_eq!(report.checked_rows, 3270 * 3 + 2148);
        let found: Vec<_> = report.faults.iter().map(Fault::to_string).collect();
        assert_eq!(
            found.iter().map(|fault| fault.split(": the volume").next().unwrap()).collect::<Vec<_>>(),
            [
                "AAPL 2000-06-21 (line 80): a split of 2:1",
                "AAPL 2005-02-28 (line 1256): a split of 2:1",
                "MSFT 2003-02-18 (line 745): a split of 2:1",
            ]
        );
    }

    #[test]
    fn adjusted_prices_and_volumes_have_no_jump_at_a_split() {
        let split_day = "2005-02-28".parse().unwrap();
        let changes_at_split = |adjust| {
            let mut all = sample().unwrap();
            quality::check(&mut all, &QualityPolicy { adjust, ..QualityPolicy::default() }).unwrap();
            let apple = all.swap_remove(0).bars;
            let row = apple.iter().position(|bar| bar.date == split_day).unwrap();
            let mean = |bars: &[RawBar]| bars.iter().map(|bar| bar.volume).sum::<f64>() / bars.len() as f64;
            let volume = mean(&apple[row..row + 20]) / mean(&apple[row - 20..row]);
            (apple[row].close / apple[row - 1].close - 1.0, volume)
        };
        let (price, volume) = changes_at_split(false);
        assert!(price < -0.45 && volume > 1.0, "{price} {volume}");
        let (price, adjusted_volume) = changes_at_split(true);
        assert!((price - 0.0082).abs() < 1e-3 && (adjusted_volume - volume / 2.0).abs() < 1e-9);
    }
}
