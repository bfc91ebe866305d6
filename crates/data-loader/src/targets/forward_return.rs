//! How much the price changes over the window, as a number.

use super::by_row::by_row;
use super::entry::{Entry, entry_of, entry_parameter};
use super::prices::simple_return;
use super::target::{Label, Outcome, Target};
use super::task::Task;
use super::volatility::{VOLATILITY_ROWS, volatility, volatility_rows};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

const FORM: &str = "form";
const RAW: &str = "raw";
const EXCESS: &str = "excess";
const ZSCORE: &str = "zscore";
const VOLATILITY: &str = "volatility";

const TAIL: &str = "tail";

/// The target `forward_return`: the return from the entry to the close of `d + W`. In the form `excess` it is less the
/// mean over the tickers whose return is known for the row, of which there must be two, and in the form `zscore` this is
/// divided by their standard deviation (divisor n), so that no date counts more than another; in the form `volatility` it
/// is divided by its standard deviation as past rows show it. The trade is the ticker alone in every form.
#[derive(Debug, Clone, Copy)]
pub struct ForwardReturn;

/// The target `quantiles`: quantiles of what `forward_return` is the mean of, at the levels `tail`, one half and
/// `1 - tail`.
#[derive(Debug, Clone, Copy)]
pub struct Quantiles;

fn parameters(declaration: Declaration) -> Declaration {
    let doc = "What is predicted: the return, less the mean of all tickers, this over their deviation, or over its volatility.";
    declaration
        .parameter(Parameter::choice(FORM, doc, &[RAW, EXCESS, ZSCORE, VOLATILITY]).default(RAW))
        .parameter(volatility_rows())
        .parameter(entry_parameter(Entry::NextOpen))
}

impl Part for ForwardReturn {
    fn declaration(&self) -> Declaration {
        parameters(Declaration::new("forward_return", "The return from the entry to the end of the window."))
    }
}

impl Part for Quantiles {
    fn declaration(&self) -> Declaration {
        let doc = "Three quantiles of the return from the entry to the end of the window.";
        let tail = "The level of the lower quantile; the upper one is at 1 less it.";
        parameters(
            Declaration::new("quantiles", doc)
                .parameter(Parameter::float(TAIL, tail).range(0.001, 0.499).default(0.1)),
        )
    }
}

impl Target for ForwardReturn {
    fn task(&self, _params: &Params) -> Task {
        Task::Value
    }

    fn entry(&self, params: &Params) -> Entry {
        entry_of(params)
    }

    fn lookback(&self, params: &Params) -> usize {
        if form(params) == VOLATILITY { params.size(VOLATILITY_ROWS).unwrap_or(0) } else { 0 }
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        // Of a cross-section of one, which has neither an excess nor a z-score.
        outcomes_of_all(&[*bars], horizon, params).pop().unwrap_or_default()
    }

    fn outcomes_of_all(
        &self,
        tickers: &[TickerBars<'_>],
        horizon: usize,
        params: &Params,
    ) -> Vec<Vec<Option<Outcome>>> {
        outcomes_of_all(tickers, horizon, params)
    }
}

impl Target for Quantiles {
    fn task(&self, params: &Params) -> Task {
        let tail = params.float(TAIL).unwrap_or(0.1);
        Task::Quantiles(vec![tail, 0.5, 1.0 - tail])
    }

    fn entry(&self, params: &Params) -> Entry {
        ForwardReturn.entry(params)
    }

    fn lookback(&self, params: &Params) -> usize {
        ForwardReturn.lookback(params)
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        ForwardReturn.outcomes(bars, horizon, params)
    }

    fn outcomes_of_all(
        &self,
        tickers: &[TickerBars<'_>],
        horizon: usize,
        params: &Params,
    ) -> Vec<Vec<Option<Outcome>>> {
        ForwardReturn.outcomes_of_all(tickers, horizon, params)
    }
}

fn form(params: &Params) -> &str {
    params.text(FORM).unwrap_or(RAW)
}

fn outcomes_of_all(tickers: &[TickerBars<'_>], horizon: usize, params: &Params) -> Vec<Vec<Option<Outcome>>> {
    let entry = entry_of(params);
    let returns = |bars: &TickerBars<'_>| {
        by_row(bars, entry, horizon, |now, future| Some(Outcome::value(simple_return(now, *future.last()?)?)))
    };
    let mut all: Vec<Vec<Option<Outcome>>> = tickers.iter().map(returns).collect();
    match form(params) {
        EXCESS => across(&mut all, |value, Cross { count, mean, .. }| (count > 1).then_some(value - mean)),
        ZSCORE => across(&mut all, |value, Cross { mean, deviation, .. }| {
            (deviation > 0.0).then(|| (value - mean) / deviation)
        }),
        VOLATILITY => {
            for (bars, outcomes) in tickers.iter().zip(&mut all) {
                for (row, outcome) in outcomes.iter_mut().enumerate() {
                    let scaled =
                        outcome.as_ref().and_then(value_of).zip(volatility(bars, row, horizon, params));
                    *outcome = scaled.map(|(value, deviation)| Outcome::value(value / deviation));
                }
            }
        }
        _ => {}
    }
    all
}

/// The returns of all tickers at one row.
#[derive(Clone, Copy)]
struct Cross {
    /// The number of tickers that have one.
    count: usize,
    mean: f64,
    /// The standard deviation, with divisor n.
    deviation: f64,
}

/// Replaces each value by what it is among those of all tickers at its row.
fn across(all: &mut [Vec<Option<Outcome>>], form: impl Fn(f64, Cross) -> Option<f64>) {
    for row in 0..all.first().map_or(0, Vec::len) {
        let known = || all.iter().filter_map(|outcomes| value_of(outcomes.get(row)?.as_ref()?));
        let count = known().count();
        let divisor = count.max(1) as f64;
        let mean = known().sum::<f64>() / divisor;
        let squares: f64 = known().map(|value| (value - mean) * (value - mean)).sum();
        let cross = Cross { count, mean, deviation: (squares / divisor).sqrt() };
        for outcome in all.iter_mut().filter_map(|outcomes| outcomes.get_mut(row)) {
            let value = outcome.as_ref().and_then(value_of).and_then(|value| form(value, cross));
            *outcome =
                value.and_then(|value| outcome.map(|own| Outcome { label: Label::Value(value), ..own }));
        }
    }
}

fn value_of(outcome: &Outcome) -> Option<f64> {
    match outcome.label {
        Label::Value(value) => Some(value),
        Label::Class(_) => None,
    }
}
