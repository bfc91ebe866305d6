//! The bars to predict from, read and cleaned as those that the model was fitted on.

use super::error::PredictError;
use super::freshness::Freshness;
use super::request::Request;
use artifact_core::Moment;
use artifact_core::schema::{GivenColumn, Scope};
use data_loader::{Cleaned, DataParts, Feature, Input, Panel, Period};
use settings::part::{Chosen, PartSetting};
use settings::{ColumnSetting, Columns, Config, DataConfig, SeriesSetting};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use views::BundleConfig;

/// The bars of the tickers that are predicted.
pub(super) struct Bars {
    /// The tickers, in the order of the model's inputs.
    pub(super) tickers: Vec<String>,
    /// Their bars, by the model's rules.
    pub(super) panel: Panel,
    /// Which of them are bars of their own date.
    pub(super) freshness: Freshness,
}

/// Reads the files of a request through the steps that freeze the bars of a run, by the rules of the model's own run.
pub(super) fn read(
    model: &BundleConfig,
    scope: Scope,
    request: &Request<'_>,
    features: &[Chosen<dyn Feature>],
    parts: &DataParts,
) -> Result<Bars, PredictError> {
    let mut config = Config { data: data_settings(model, request)?, ..Config::unwritten() };
    let input = Input::read(&config, parts)?;
    let found: Vec<String> = input.bars().iter().map(|bars| bars.ticker.clone()).collect();
    let tickers = chosen(&model.tickers, found, scope, request.other_tickers)?;
    let input = input.only(&tickers);
    if let Some(missing) = input.missing_volume(features) {
        return Err(missing.into());
    }
    let dates = input.bars().iter().map(|bars| (bars.ticker.clone(), bars.bars.iter().map(|bar| bar.date)));
    let dates: BTreeMap<String, BTreeSet<Moment>> =
        dates.map(|(ticker, dates)| (ticker, dates.collect())).collect();
    config.data.tickers.clone_from(&tickers);
    config.data.period = Period::Max.to_string();
    let Cleaned { panel, faults, steps, .. } = input.panel(&config)?;
    let freshness = Freshness::new(&tickers, dates, faults);
    let freshness = match steps {
        Some(steps) => freshness.merged(&tickers, |date| steps.stamp(date)),
        None => freshness,
    };
    Ok(Bars { tickers, panel, freshness })
}

/// The model's data rules, with the files and columns of a request.
fn data_settings(model: &BundleConfig, request: &Request<'_>) -> Result<DataConfig, PredictError> {
    let rules = match &model.data {
        Some(settings) => DataConfig::of_rules(settings).map_err(PredictError::Rules)?,
        None => {
            tracing::warn!(
                "config.json does not say by which rules the model's bars were read; these are read by the defaults"
            );
            DataConfig::default()
        }
    };
    Ok(DataConfig {
        source: PartSetting::named("csv"),
        files: request.bars.to_vec(),
        columns: Columns {
            own: model.columns.iter().filter(|column| column.file.is_none()).map(column_setting).collect(),
            ..rules.columns
        },
        series: series_settings(&model.columns, request.series)?,
        alignment: model.alignment.into(),
        ..rules
    })
}

fn column_setting(column: &GivenColumn) -> ColumnSetting {
    ColumnSetting {
        column: column.column.clone(),
        delay: column.delay,
        max_forward_fill: column.max_forward_fill,
        ..ColumnSetting::named(column.name.as_str())
    }
}

/// The model's series, each with the file that is given for it.
fn series_settings(
    columns: &[GivenColumn],
    given: &[(String, PathBuf)],
) -> Result<Vec<SeriesSetting>, PredictError> {
    for (place, (name, _)) in given.iter().enumerate() {
        let known = columns.iter().any(|column| column.file.is_some() && column.name == *name);
        let twice = given[..place].iter().any(|(other, _)| other == name);
        if !known || twice {
            let series = columns.iter().filter(|column| column.file.is_some());
            let expected = series.map(|column| column.name.clone()).collect();
            return Err(PredictError::Series { name: name.clone(), twice: known, expected });
        }
    }
    let setting = |(column, fitted): (&GivenColumn, &str)| {
        let (name, header) = (column.name.clone(), column.header().to_owned());
        match given.iter().find(|(given, _)| *given == name) {
            Some((_, file)) => Ok(SeriesSetting {
                name,
                file: file.clone(),
                column: header,
                delay: column.delay,
                max_forward_fill: column.max_forward_fill,
            }),
            None => Err(PredictError::MissingSeries { name, column: header, file: fitted.to_owned() }),
        }
    };
    columns
        .iter()
        .filter_map(|column| Some((column, column.file.as_ref()?.name.as_str())))
        .map(setting)
        .collect()
}

/// The tickers to predict, in the order of the model's inputs; those that it was not fitted on are left out unless
/// `other_tickers` asks for them.
fn chosen(
    own: &[String],
    found: Vec<String>,
    scope: Scope,
    other_tickers: bool,
) -> Result<Vec<String>, PredictError> {
    if other_tickers && scope == Scope::Shared {
        return Ok(found);
    }
    if !own.iter().all(|ticker| found.contains(ticker)) {
        return Err(PredictError::Tickers { found, expected: own.to_vec(), joint: scope == Scope::Joint });
    }
    let others: Vec<&str> = found.iter().filter(|ticker| !own.contains(ticker)).map(String::as_str).collect();
    if !others.is_empty() {
        tracing::info!("left out, since the model was not fitted on them: {}", others.join(", "));
    }
    Ok(own.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn own_tickers_come_in_the_models_order_whatever_is_given() {
        let own = names(&["B", "A"]);
        for scope in [Scope::Joint, Scope::Shared] {
            for given in [&["A", "B"][..], &["B", "A"], &["X", "A", "B"]] {
                assert_eq!(chosen(&own, names(given), scope, false).unwrap(), own);
            }
            let refused = chosen(&own, names(&["A", "X"]), scope, false).unwrap_err();
            assert!(
                matches!(refused, PredictError::Tickers { joint, .. } if joint == (scope == Scope::Joint))
            );
        }
        assert_eq!(chosen(&own, names(&["X", "A"]), Scope::Shared, true).unwrap(), names(&["X", "A"]));
        assert!(chosen(&own, names(&["X", "A"]), Scope::Joint, true).is_err());
    }
}
