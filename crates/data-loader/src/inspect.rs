//! A report on files of bars, without a run: what is in them, what is wrong with it, and what freezing would do about it.

use crate::panel;
use crate::period::Period;
use crate::quality::{self, QualityPolicy, spacing};
use crate::resample::{check_step, resample};
use crate::sources::files::{FileOptions, FilesRead, read_files};
use crate::sources::{RawBars, SourceError};
use artifact_core::Moment;
use artifact_core::schema::{Fault, Severity, SourceFile, Spacing};
use serde::Serialize;
use settings::{DataConfig, SessionStart, Step};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What some files hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The files, in the order in which they were read.
    pub files: Vec<InspectedFile>,
    /// The tickers, in order of name.
    pub tickers: Vec<InspectedTicker>,
    /// Why the tickers would be refused together, if they would: some of dates and some of moments, or of different calendars
    /// without a stated alignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What was found, ticker by ticker.
    pub faults: Vec<Fault>,
}

/// A file, and how it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InspectedFile {
    /// Its name and digest.
    #[serde(flatten)]
    pub file: SourceFile,
    /// Its separator, encoding, layout and form of dates, in one line.
    pub form: String,
}

/// A ticker's rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InspectedTicker {
    /// The ticker.
    pub ticker: String,
    /// The file that it comes from.
    pub file: String,
    /// The rows in it.
    pub rows: usize,
    /// How many of them are left once faulty ones are dropped.
    pub used: usize,
    /// The first date.
    pub first_date: Moment,
    /// The last date.
    pub last_date: Moment,
    /// The usual step from one date to the next.
    pub spacing: Spacing,
    /// How many faults cannot be right, are probably wrong, and are only worth knowing.
    pub severities: [usize; 3],
    /// Why the ticker would be refused, if it would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Inspects files under the settings of `data`, apart from its files, source, period and tickers.
///
/// A ticker that freezing would refuse is listed with the reason, and the others are inspected all the same. Gaps that
/// only show against another ticker are found as freezing would find them.
///
/// # Errors
///
/// [`SourceError`] for a file that cannot be read.
pub fn inspect(paths: &[PathBuf], data: &DataConfig) -> Result<Inspection, SourceError> {
    let options = FileOptions::new(&data.columns, data.date_format.as_deref())?;
    let FilesRead { mut bars, files, forms, .. } = read_files(paths, &options)?;
    bars.sort_by(|left, right| left.ticker.cmp(&right.ticker));
    // What is removed is listed; nothing is refused because of it.
    let policy = QualityPolicy { on_fault: settings::OnFault::DropRow, ..QualityPolicy::of(data) };
    let mut tickers: Vec<InspectedTicker> = bars.iter().map(described).collect();
    let mut sound: Vec<RawBars> = Vec::with_capacity(bars.len());
    for (ticker, bars) in tickers.iter_mut().zip(bars) {
        match quality::check(&mut [bars.clone()], &policy) {
            Ok(_) => sound.push(bars),
            Err(error) => ticker.refused = Some(error.to_string()),
        }
    }
    // Each ticker passed by itself, so all of them pass together; together, copies of one another are found.
    let mut faults = quality::check(&mut sound, &policy).map(|report| report.faults).unwrap_or_default();
    if let Some(step) = data.resample {
        faults.extend(merged(&mut sound, step, data.session_start, &mut tickers));
    }
    for bars in &sound {
        if let Some(ticker) = tickers.iter_mut().find(|ticker| ticker.ticker == bars.ticker) {
            ticker.used = bars.bars.len();
        }
    }
    let unstated = || match data.alignment.stated {
        false => panel::mixed_calendars(&sound)
            .map(|fault| format!("data.alignment must be stated: {}", fault.detail)),
        true => None,
    };
    let refused = panel::one_clock(&sound).map_err(|error| error.to_string()).err().or_else(unstated);
    // Tickers that cannot stand on one time axis still show the gaps of those that can.
    for group in panel::by_clock(sound) {
        if let Ok(aligned) = panel::align(group, data.alignment.rule, data.max_forward_fill, Period::Max) {
            faults.extend(aligned.faults);
        }
    }
    for ticker in &mut tickers {
        let own = faults.iter().filter(|fault| fault.ticker == ticker.ticker);
        for fault in own {
            let place = match fault.kind.severity() {
                Severity::Defect => 0,
                Severity::Suspect => 1,
                Severity::Remark => 2,
            };
            ticker.severities[place] += 1;
        }
    }
    let files = files.into_iter().zip(forms);
    let files = files.map(|(file, form)| InspectedFile { file, form: form.to_string() }).collect();
    Ok(Inspection { files, tickers, refused, faults })
}

/// Merges the bars of all tickers that can be merged, as freezing would; the others are refused.
fn merged(
    sound: &mut Vec<RawBars>,
    step: Step,
    session_start: Option<SessionStart>,
    tickers: &mut [InspectedTicker],
) -> Vec<Fault> {
    sound.retain(|bars| match check_step(bars, step) {
        Ok(()) => true,
        Err(error) => {
            if let Some(ticker) = tickers.iter_mut().find(|ticker| ticker.ticker == bars.ticker) {
                ticker.refused = Some(error.to_string());
            }
            false
        }
    });
    resample(sound, &mut [], step, session_start).map(|merged| merged.remarks).unwrap_or_default()
}

fn described(bars: &RawBars) -> InspectedTicker {
    let dates: BTreeSet<Moment> = bars.bars.iter().map(|bar| bar.date).collect();
    let dates: Vec<Moment> = dates.into_iter().collect();
    InspectedTicker {
        ticker: bars.ticker.clone(),
        file: bars.origin.clone(),
        rows: bars.bars.len(),
        used: 0,
        first_date: dates.first().copied().unwrap_or_default(),
        last_date: dates.last().copied().unwrap_or_default(),
        spacing: spacing(&dates),
        severities: [0; 3],
        refused: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickers_are_described_with_what_is_wrong_and_what_would_be_done() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), format!("Date;Open;High;Low;Close;Volume\n{text}"))
                .unwrap();
        };
        write("good.csv", "2020-01-06;1,5;2,5;1,5;2;0\n2020-01-07;1;2;1;2;3\n2020-01-08;;2;1;2;3\n");
        write("bad.csv", "2020-01-06;1;2;1;2;4\n2020-01-06;1;2;1;1;3\n");
        let found = inspect(&[folder.path().to_owned()], &DataConfig::default()).unwrap();
        let [bad, good] = &found.tickers[..] else { panic!("{found:?}") };
        assert_eq!((bad.ticker.as_str(), bad.rows, bad.used), ("BAD", 2, 0));
        assert!(bad.refused.as_ref().unwrap().contains("2020-01-06 twice"), "{bad:?}");
        assert_eq!((good.rows, good.used, good.severities, &good.refused), (3, 2, [1, 0, 1], &None));
        assert_eq!(found.files.len(), 2);
        assert!(found.files[0].form.contains(';'), "{}", found.files[0].form);
        assert!(inspect(&[folder.path().join("gone.csv")], &DataConfig::default()).is_err());
    }
}
