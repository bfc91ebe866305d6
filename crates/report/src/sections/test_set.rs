//! The test figures of the final model next to its baselines.

use super::Section;
use crate::format::{basis_points, count, decimals, percent, times};
use crate::gather::{Opening, RunData};
use crate::html::{Cell, Element, Table, el, notice, paragraph, section as new_section};
use artifact_core::ledger::Openings;
use artifact_core::schema::{CLASS_NAMES, Evaluation, NumberFigures, TestMetrics, TradingFigures};
use metrics::Needs;

const ID: &str = "test";

/// The results on the test rows, and how often these were opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestFigures;

impl Section for TestFigures {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Test"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        section(run)
    }
}

fn section(run: &RunData) -> Option<Element> {
    let test = &run.final_fit.as_ref()?.bundle.test;
    let matrices =
        [("Final model", &test.model), ("Linear model", &test.linear), ("Majority class", &test.majority)];
    let matrices = matrices.map(|(name, evaluation)| confusion(name, evaluation));
    Some(
        new_section(ID, "Test")
            .push(openings_statement(run.times_opened()))
            .push(metrics_table(test))
            .push(el("h3").text("Confusion matrices"))
            .push(el("div").class("grid three").extend(matrices))
            .push(el("p").class("small").text(
                "Rows are true classes, columns predicted ones; each cell shows its count and its share of the row.",
            ))
            .extend(openings_table(&run.openings)),
    )
}

fn openings_statement(openings: Openings) -> Element {
    match (openings.of_this, openings.overlapping) {
        (0, _) => notice(
            "warn",
            "The ledger records no opening of this test set, so it is unknown how often it was opened.",
        ),
        (1, 0) => paragraph("This test set has been opened once, for the figures below."),
        (times, 0) => notice(
            "warn",
            format_args!(
                "This test set has been opened {times} times: the figures below are no longer untouched."
            ),
        ),
        (this, others) => notice(
            "warn",
            format_args!(
                "This test set has been opened {}, and rows of it {} as part of another test set of the same \
                 snapshot: the figures below are no longer untouched.",
                times(this),
                times(others)
            ),
        ),
    }
}

/// Whether higher or lower values of a figure are better.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    Higher,
    Lower,
    Neither,
}

type Metric = (&'static str, Needs, Better, fn(&Evaluation) -> Option<f64>, fn(f64) -> String);

fn trading(evaluation: &Evaluation, figure: fn(&TradingFigures) -> f64) -> Option<f64> {
    evaluation.trading.as_ref().map(figure)
}

fn number(evaluation: &Evaluation, figure: fn(&NumberFigures) -> f64) -> Option<f64> {
    evaluation.numbers.as_ref().map(figure)
}

const METRICS: [Metric; 20] = [
    (
        "Rank IC, mean over dates",
        Needs::Numbers,
        Better::Higher,
        |e| number(e, |n| n.rank_ic),
        |v| decimals(v, 4),
    ),
    (
        "Rank ICIR, per date",
        Needs::Numbers,
        Better::Higher,
        |e| number(e, |n| n.rank_icir),
        |v| decimals(v, 4),
    ),
    ("IC, mean over dates", Needs::Numbers, Better::Higher, |e| number(e, |n| n.ic), |v| decimals(v, 4)),
    ("ICIR, per date", Needs::Numbers, Better::Higher, |e| number(e, |n| n.icir), |v| decimals(v, 4)),
    (
        "Correlation over all samples",
        Needs::Numbers,
        Better::Higher,
        |e| number(e, |n| n.correlation),
        |v| decimals(v, 4),
    ),
    (
        "Skill against always predicting 0",
        Needs::Numbers,
        Better::Higher,
        |e| number(e, |n| n.skill),
        |v| decimals(v, 4),
    ),
    (
        "True numbers between the outer quantiles",
        Needs::Numbers,
        Better::Neither,
        |e| e.numbers.as_ref().and_then(|n| n.coverage),
        percent,
    ),
    ("Accuracy", Needs::Anything, Better::Higher, |e| Some(e.accuracy), percent),
    (
        "Accuracy of the block's own majority class",
        Needs::Anything,
        Better::Neither,
        |e| Some(e.majority_accuracy),
        percent,
    ),
    ("Balanced accuracy", Needs::Anything, Better::Higher, |e| Some(e.balanced_accuracy), percent),
    ("Matthews correlation (MCC)", Needs::Anything, Better::Higher, |e| Some(e.mcc), |v| decimals(v, 4)),
    ("Macro F1", Needs::Anything, Better::Higher, |e| Some(e.macro_f1), |v| decimals(v, 4)),
    ("Log loss, nats", Needs::Classes, Better::Lower, |e| Some(e.log_loss), |v| decimals(v, 4)),
    (
        "Mean return per decision after cost, bps",
        Needs::Anything,
        Better::Higher,
        |e| trading(e, |t| t.mean_return),
        basis_points,
    ),
    ("Sharpe, annualised", Needs::Anything, Better::Higher, |e| trading(e, |t| t.sharpe), |v| decimals(v, 2)),
    ("Maximum drawdown", Needs::Anything, Better::Lower, |e| trading(e, |t| t.max_drawdown), percent),
    (
        "Turnover per decision",
        Needs::Anything,
        Better::Neither,
        |e| trading(e, |t| t.turnover),
        |v| decimals(v, 3),
    ),
    ("Hit rate", Needs::Anything, Better::Higher, |e| trading(e, |t| t.hit_rate), percent),
    (
        "Non-overlapping decision rows",
        Needs::Anything,
        Better::Neither,
        |e| trading(e, |t| t.decisions as f64),
        |v| count(v as u64),
    ),
    ("Samples", Needs::Anything, Better::Neither, |e| Some(e.samples as f64), |v| count(v as u64)),
];

fn metrics_table(test: &TestMetrics) -> Element {
    let mut table = Table::new(
        "Figures on the test rows; the best of each row is bold",
        &["Figure", "Better", "#Final model", "#Linear", "#Majority class"],
    );
    for (name, needs, better, value, write) in METRICS {
        let values = [&test.model, &test.linear, &test.majority].map(value);
        // Trading figures that are missing are shown as missing; those of another task are not shown.
        let other = if test.model.numbers.is_some() { Needs::Classes } else { Needs::Numbers };
        if needs == other {
            continue;
        }
        let (best, direction) = match better {
            Better::Higher => (extreme(&values, f64::max), "higher"),
            Better::Lower => (extreme(&values, f64::min), "lower"),
            Better::Neither => (None, "–"),
        };
        let mut cells = vec![Cell::Text(name.into()), Cell::Text(direction.into())];
        cells.extend(values.map(|value| match value {
            None => Cell::Number("–".into()),
            Some(value) if best == Some(value) => Cell::Strong(write(value)),
            Some(value) => Cell::Number(write(value)),
        }));
        table.row(cells);
    }
    let cost = test.model.trading.as_ref().map(|t| {
        el("p").class("small").text(format_args!(
            "Up earns the return of the target's trade, from its entry to its exit, Down its negative, Hold nothing; \
             each Up or Down costs {} basis points. Sharpe, drawdown and turnover are those of the equal-weight \
             portfolio over non-overlapping decisions. Neighbouring samples share label rows, so the effective \
             number of independent samples is smaller.",
            decimals(t.cost_bps, 1)
        ))
    });
    el("div").push(table.element()).extend(cost)
}

fn extreme(values: &[Option<f64>], better: fn(f64, f64) -> f64) -> Option<f64> {
    values.iter().flatten().copied().reduce(better)
}

fn confusion(name: &str, evaluation: &Evaluation) -> Element {
    let head = CLASS_NAMES.map(|class| el("th").attr("scope", "col").class("n").text(class));
    let rows = evaluation.confusion.iter().zip(CLASS_NAMES).map(|(row, class)| {
        let sum: u64 = row.iter().sum();
        let cells = row.iter().map(|&cell| {
            let share = if sum == 0 { 0.0 } else { cell as f64 / sum as f64 };
            el("td")
                .class("n heat")
                .attr("style", format_args!("--share:{share:.3}"))
                .push(el("span").text(count(cell)))
                .push(el("small").text(percent(share)))
        });
        el("tr").push(el("th").attr("scope", "row").text(class)).extend(cells)
    });
    let corner = el("th").attr("scope", "col").text("true \\ predicted");
    el("div").class("scroll").push(
        el("table")
            .class("confusion")
            .push(el("caption").text(name))
            .push(el("thead").push(el("tr").push(corner).extend(head)))
            .push(el("tbody").extend(rows)),
    )
}

fn openings_table(openings: &[Opening]) -> Option<Element> {
    if openings.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Openings of test rows of this snapshot, from the ledger",
        &["Entry", "When (UTC)", "Run", "#From row", "Frozen plan", "Configuration"],
    );
    for opening in openings {
        table.row(vec![
            Cell::Text(opening.index.to_string()),
            Cell::Date(opening.at.clone()),
            Cell::Text(opening.run.clone()),
            Cell::Number(count(opening.split_row as u64)),
            Cell::Code(opening.plan.short()),
            Cell::Code(opening.best_configuration.short()),
        ]);
    }
    Some(table.element())
}
