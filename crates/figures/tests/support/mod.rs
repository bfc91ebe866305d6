//! Builds the figures that a verdict is about.
//! A test that uses only a part of this leaves the rest unused.
#![allow(dead_code)]

use artifact_core::Component;
use artifact_core::ledger::Openings;
use artifact_core::schema::{
    BaselineFigures, Difference, Evaluation, FigureInterval, Inference, NumberFigures, StrategyFigures,
    TestMetrics, TradingFigures,
};
use figures::{Situation, Verdict};

const BARS_PER_YEAR: f64 = 250.0;

/// A value of the difference, its lower and its upper end.
pub(crate) type Ends = [f64; 3];

/// A situation under construction: 2,400 samples of 120 independent rows without returns, opened once.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) test: TestMetrics,
    objective: Component,
    figure: &'static str,
    model: &'static str,
    time_window: usize,
    openings: Openings,
    trials: Option<usize>,
}

/// A transformer that predicts classes, with a value of the objective's figure.
pub(crate) fn classes(objective: (&str, u32), figure: &'static str, value: f64) -> Setup {
    Setup::new(evaluation(None), objective, figure, value)
}

/// A transformer that predicts numbers.
pub(crate) fn numbers(objective: (&str, u32), figure: &'static str, value: f64) -> Setup {
    Setup::new(evaluation(Some(number_figures())), objective, figure, value)
}

/// A transformer whose objective is the Matthews correlation within tickers.
pub(crate) fn mcc(value: f64) -> Setup {
    classes(("mcc", 2), "mcc", value)
}

/// A transformer whose objective is the rank IC.
pub(crate) fn rank_ic(value: f64) -> Setup {
    numbers(("rank_ic", 1), "numbers.rank_ic", value)
}

impl Setup {
    fn new(mut model: Evaluation, (name, version): (&str, u32), figure: &'static str, value: f64) -> Self {
        set(&mut model, figure, value);
        let inference = Inference {
            level: 0.95,
            resamples: 2000,
            block_rows: 20.0,
            model: Vec::new(),
            differences: Vec::new(),
            probabilistic_sharpe: None,
            minimum_track_record: None,
        };
        let test = TestMetrics {
            model,
            baselines: Vec::new(),
            buy_and_hold: None,
            inference: Some(inference),
            tickers: Vec::new(),
            calibration: None,
            costs: Vec::new(),
        };
        Self {
            test,
            objective: Component::new(name, version),
            figure,
            model: "transformer",
            time_window: 10,
            openings: Openings { of_this: 1, overlapping: 0 },
            trials: None,
        }
    }

    /// Adds a baseline with a value of the objective's figure, and the interval of the model's difference from it.
    pub(crate) fn vs(mut self, name: &str, value: f64, difference: Option<Ends>) -> Self {
        let mut evaluation = evaluation(self.test.model.numbers.clone());
        set(&mut evaluation, self.figure, value);
        self.test.baselines.push(BaselineFigures { name: name.to_owned(), evaluation });
        let figure = self.figure;
        self.difference(name, figure, difference)
    }

    /// The model's return per year after cost and its Sharpe ratio, with the interval of the latter.
    pub(crate) fn earns(mut self, annual: f64, sharpe: Option<f64>, interval: Option<[f64; 2]>) -> Self {
        self.test.model.strategy = Some(strategy(annual, sharpe));
        if let (Some(inference), Some(value), Some([low, high])) =
            (&mut self.test.inference, sharpe, interval)
        {
            inference.model.push(FigureInterval { figure: "strategy.sharpe".to_owned(), value, low, high });
        }
        self
    }

    /// What the baseline of this name earned per year, and the model's difference from it per year.
    pub(crate) fn earning(mut self, name: &str, annual: f64, difference: Option<Ends>) -> Self {
        if let Some(own) = self.test.baselines.iter_mut().find(|own| own.name == name) {
            own.evaluation.strategy = Some(strategy(annual, Some(annual * 4.0)));
        }
        self.difference(name, "strategy.mean_return", difference.map(per_bar))
    }

    /// What buying and holding earned per year, and the model's difference from it per year.
    pub(crate) fn hold(mut self, annual: f64, difference: Option<Ends>) -> Self {
        self.test.buy_and_hold = Some(strategy(annual, Some(annual * 4.0)));
        self.difference(TestMetrics::BUY_AND_HOLD, "strategy.mean_return", difference.map(per_bar))
    }

    fn difference(mut self, from: &str, figure: &str, ends: Option<Ends>) -> Self {
        if let (Some(inference), Some([value, low, high])) = (&mut self.test.inference, ends) {
            let interval = FigureInterval { figure: figure.to_owned(), value, low, high };
            match inference.differences.iter_mut().find(|own| own.from == from) {
                Some(own) => own.figures.push(interval),
                None => {
                    inference.differences.push(Difference { from: from.to_owned(), figures: vec![interval] })
                }
            }
        }
        self
    }

    /// Sets how many samples and independent rows all have.
    pub(crate) fn rows(self, samples: u64, independent_rows: Option<u64>) -> Self {
        self.edit(|own| {
            own.samples = samples;
            own.independent_rows = independent_rows;
        })
    }

    /// Changes the model's figures.
    pub(crate) fn model_figures(mut self, change: impl FnOnce(&mut Evaluation)) -> Self {
        change(&mut self.test.model);
        self
    }

    /// Changes the figures of the model and of all baselines.
    pub(crate) fn edit(mut self, change: impl Fn(&mut Evaluation)) -> Self {
        change(&mut self.test.model);
        self.test.baselines.iter_mut().for_each(|own| change(&mut own.evaluation));
        self
    }

    /// Changes the model's strategy.
    pub(crate) fn strategy(self, change: impl FnMut(&mut StrategyFigures)) -> Self {
        self.model_figures(|own| own.strategy.iter_mut().for_each(change))
    }

    /// Makes the result one of an earlier version, with figures of returns or without.
    pub(crate) fn earlier(mut self, with_returns: bool) -> Self {
        self.test.inference = None;
        self.edit(|own| {
            own.mcc = None;
            own.independent_rows = with_returns.then_some(120);
            own.trading = with_returns.then_some(TradingFigures {
                cost_bps: 5.0,
                mean_return: 0.0002,
                hit_rate: 0.5,
                decisions: 120,
                sharpe: 1.1,
                max_drawdown: 0.1,
                turnover: 0.4,
            });
        })
    }

    pub(crate) fn named(self, model: &'static str) -> Self {
        Self { model, ..self }
    }

    pub(crate) fn time_window(self, time_window: usize) -> Self {
        Self { time_window, ..self }
    }

    pub(crate) fn opened(self, of_this: usize, overlapping: usize) -> Self {
        Self { openings: Openings { of_this, overlapping }, ..self }
    }

    pub(crate) fn trials(self, trials: usize) -> Self {
        Self { trials: Some(trials), ..self }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let Setup { test, objective, model, time_window, openings, trials, .. } = self;
        let (time_window, openings, trials) = (*time_window, *openings, *trials);
        Verdict::of(&Situation { test, objective, model, time_window, openings, trials })
    }
}

fn per_bar(ends: Ends) -> Ends {
    ends.map(|end| end / BARS_PER_YEAR)
}

fn set(evaluation: &mut Evaluation, figure: &str, value: f64) {
    let mut numbers = evaluation.numbers.clone().unwrap_or_else(number_figures);
    match figure {
        "mcc" => evaluation.mcc = Some(value),
        "mcc_pooled" => evaluation.mcc_pooled = value,
        "log_loss_skill" => evaluation.log_loss_skill = Some(value),
        "log_loss" => evaluation.log_loss = value,
        "accuracy" => evaluation.accuracy = value,
        "numbers.ic" => numbers.ic = value,
        "numbers.rank_ic" => numbers.rank_ic = value,
        "numbers.correlation" => numbers.correlation = value,
        "strategy.sharpe" => {
            evaluation.strategy.get_or_insert_with(|| strategy(0.0, None)).sharpe = Some(value)
        }
        other => panic!("no test sets {other}"),
    }
    if figure.starts_with("numbers.") {
        evaluation.numbers = Some(numbers);
    }
}

fn evaluation(numbers: Option<NumberFigures>) -> Evaluation {
    Evaluation {
        samples: 2400,
        independent_rows: Some(120),
        confusion: [[400, 200, 200], [200, 400, 200], [200, 200, 400]],
        accuracy: 0.5,
        majority_accuracy: 1.0 / 3.0,
        balanced_accuracy: 0.5,
        mcc: None,
        mcc_pooled: 0.25,
        macro_f1: 0.5,
        log_loss: 1.0,
        log_loss_skill: None,
        numbers,
        strategy: None,
        trading: None,
    }
}

fn number_figures() -> NumberFigures {
    NumberFigures {
        ic: 0.0,
        icir: 0.0,
        rank_ic: 0.0,
        rank_icir: 0.0,
        dates: 200,
        correlation: 0.0,
        loss: 1.0,
        skill: 0.0,
        coverage: None,
    }
}

fn strategy(annual: f64, sharpe: Option<f64>) -> StrategyFigures {
    StrategyFigures {
        cost_bps: 5.0,
        bars: 500,
        bars_per_year: BARS_PER_YEAR,
        mean_return: annual / BARS_PER_YEAR,
        volatility: 0.01,
        sharpe,
        max_drawdown: 0.1,
        turnover: 0.2,
        trades: 900,
        hit_rate: Some(0.52),
        slippage: None,
        participation: None,
    }
}
