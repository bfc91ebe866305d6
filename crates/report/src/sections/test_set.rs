//! The test figures of the final model next to its baselines.

use super::Section;
use crate::format::{count, decimals, percent, times};
use crate::gather::{Opening, RunData};
use crate::html::{Cell, Element, Table, el, notice, paragraph, section as new_section};
use artifact_core::ledger::Openings;
use artifact_core::schema::{CLASS_NAMES, Evaluation, FigureInterval, TestMetrics};
use figures::{Better, Column as TableColumn, Figure, TestTable, TickerFigure, assumptions};

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
    let columns = TestTable::of(test).columns;
    let matrices =
        test.all().zip(&columns).map(|((_, evaluation), column)| confusion(&column.title, evaluation));
    Some(
        new_section(ID, "Test")
            .push(openings_statement(run.times_opened()))
            .push(metrics_table(test))
            .extend(differences_table(test))
            .extend(track_record(test))
            .extend(costs_table(test))
            .extend(tickers_table(test))
            .extend(calibration_table(test, temperature(run)))
            .push(el("h3").text("Confusion matrices"))
            .push(el("div").class("grid three").extend(matrices))
            .push(el("p").class("small").text(
                "Rows are true classes, columns predicted ones; each cell shows its count and its share of the row.",
            ))
            .extend(assumed(run, test))
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

fn metrics_table(test: &TestMetrics) -> Element {
    let table = TestTable::of(test);
    let mut head = vec!["Figure".to_owned(), "Better".to_owned()];
    head.extend(table.columns.iter().map(|column| format!("#{}", column.title)));
    head.insert(3, "#95 % interval of the model".to_owned());
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut element = Table::new("Figures on the test rows; the best of each row is bold", &head);
    for row in &table.rows {
        let direction = match row.figure.better {
            Better::Higher => "higher",
            Better::Lower => "lower",
            Better::Neither => "–",
        };
        let mut cells = vec![Cell::Text(row.figure.title.into()), Cell::Text(direction.into())];
        cells.extend(row.cells.iter().map(|cell| match cell.value() {
            Some(value) if row.best == Some(value) => Cell::Strong(row.written(cell)),
            _ => Cell::Number(row.written(cell)),
        }));
        cells.insert(3, Cell::Number(row.written_interval().unwrap_or("–".to_owned())));
        element.row(cells);
    }
    let absent =
        table.absent.iter().map(|reason| el("p").class("small").text(format_args!("n/a: {reason}.")));
    el("div").push(element.element()).extend(absent)
}

/// The intervals of the differences from everything that the model is compared with.
fn differences_table(test: &TestMetrics) -> Option<Element> {
    let inference = test.inference.as_ref()?;
    let others: Vec<TableColumn> = TestTable::of(test).columns.into_iter().skip(1).collect();
    let mut head = vec!["Figure".to_owned()];
    head.extend(others.iter().map(|column| format!("#From {}", column.title.to_lowercase())));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let caption = "The model's figures less those of each baseline (of shares, in percentage points), with 95 % intervals; \
                   those that exclude 0 are bold";
    let mut element = Table::new(caption, &head);
    let mut rows = 0;
    for figure in Figure::of(&test.model).filter(|figure| figure.shown(&test.model).value().is_some()) {
        let found: Vec<Option<&FigureInterval>> =
            others.iter().map(|column| inference.difference(&column.name, figure.name)).collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        rows += 1;
        let write = |value: f64| figure.unit.write(value);
        let cell = |own: &Option<&FigureInterval>| match own {
            None => Cell::Number("–".into()),
            Some(own) => {
                let text = format!("{} ({} to {})", write(own.value), write(own.low), write(own.high));
                if own.excludes_zero() { Cell::Strong(text) } else { Cell::Number(text) }
            }
        };
        element.row(std::iter::once(Cell::Text(figure.title.into())).chain(found.iter().map(cell)).collect());
    }
    (rows > 0).then(|| element.element())
}

/// How far the Sharpe ratio can be trusted.
fn track_record(test: &TestMetrics) -> Option<Element> {
    let inference = test.inference.as_ref()?;
    let figure = Figure::named("strategy.sharpe")?;
    figure.shown(&test.model).value()?;
    let probability = inference.probabilistic_sharpe?;
    let bars = test.model.strategy.as_ref()?.bars;
    let least = match inference.minimum_track_record {
        Some(least) => format!(
            "a Sharpe ratio this high takes {} bars to be above 0 with 95 % probability",
            count(least as u64)
        ),
        None => "no number of bars would show it to be above 0".to_owned(),
    };
    Some(el("p").class("small").text(format_args!(
        "Probability that the true Sharpe ratio is above 0, were the {} returns independent (probabilistic Sharpe \
         ratio): {}; \
         {least} (minimum track record).",
        count(bars),
        percent(probability)
    )))
}

/// The model's figures ticker by ticker, where there are several.
fn tickers_table(test: &TestMetrics) -> Option<Element> {
    if test.tickers.len() < 2 {
        return None;
    }
    let figures: Vec<TickerFigure> =
        TickerFigure::ALL.into_iter().filter(|figure| figure.applies_to(&test.model)).collect();
    let mut head = vec!["Ticker".to_owned(), "#Samples".to_owned(), "#Independent rows".to_owned()];
    head.extend(figures.iter().map(|figure| format!("#{}", figure.title())));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut element = Table::new("The final model by ticker", &head);
    for ticker in &test.tickers {
        let mut cells = vec![
            Cell::Text(ticker.ticker.clone()),
            Cell::Number(count(ticker.samples)),
            Cell::Number(count(ticker.independent_rows)),
        ];
        cells.extend(figures.iter().map(|figure| {
            let shown = figure.shown(ticker, &test.model).value();
            Cell::Number(shown.map_or("n/a".to_owned(), |value| figure.unit().write(value)))
        }));
        element.row(cells);
    }
    Some(el("details").push(el("summary").text("Figures by ticker")).push(element.element()))
}

/// What the strategy earns at other costs.
fn costs_table(test: &TestMetrics) -> Option<Element> {
    let returns = Figure::named("strategy.mean_return")?;
    returns.shown(&test.model).value()?;
    let strategy = test.model.strategy.as_ref()?;
    let year = strategy.bars_per_year;
    let head =
        ["#Cost per side, bps", "#Mean return per bar, bps", "#Return per year", "#Sharpe ratio, annualised"];
    let slippage = strategy.slippage.map_or("", |_| ", after the same spread and market impact");
    let mut element = Table::new(format!("What the strategy earns at other costs{slippage}"), &head);
    for point in &test.costs {
        element.row(vec![
            Cell::Number(decimals(point.cost_bps, 0)),
            Cell::Number(returns.unit.write(point.mean_return)),
            Cell::Number(percent(point.mean_return * year)),
            Cell::Number(point.sharpe.map_or("n/a".to_owned(), |sharpe| decimals(sharpe, 2))),
        ]);
    }
    Some(element.element())
}

/// The temperature by which probabilities are scaled, where one was fitted.
fn temperature(run: &RunData) -> Option<f64> {
    run.cross_validation.as_ref()?.best.cv_results.temperature
}

/// How often what the model holds probable happens.
fn calibration_table(test: &TestMetrics, temperature: Option<f64>) -> Option<Element> {
    let calibration = test.calibration.as_ref()?;
    Figure::named("log_loss")?.shown(&test.model).value()?;
    let head = ["Class", "#Held probable", "#Samples", "#Mean probability", "#Happened"];
    let scaled = temperature.map_or(String::new(), |temperature| {
        format!(
            ", scaled by the temperature {} that the folds of cross-validation have",
            decimals(temperature, 3)
        )
    });
    let caption = format!(
        "Reliability of the model's probabilities{scaled}; expected calibration error {}, the mean distance of what happened from \
         the probability",
        percent(calibration.expected_error)
    );
    let mut element = Table::new(caption, &head);
    for bin in &calibration.bins {
        element.row(vec![
            Cell::Text(CLASS_NAMES.get(bin.class).copied().unwrap_or("?").into()),
            Cell::Number(format!("{} to {}", percent(bin.from), percent(bin.from + 0.1))),
            Cell::Number(count(bin.samples)),
            Cell::Number(percent(bin.probability)),
            Cell::Number(percent(bin.frequency)),
        ]);
    }
    Some(el("details").push(el("summary").text("Calibration")).push(element.element()))
}

/// What the figures take for granted.
fn assumed(run: &RunData, test: &TestMetrics) -> Option<Element> {
    let best = &run.cross_validation.as_ref()?.best;
    let labels = &best.preprocessing.labels;
    let sentences = assumptions(test, &best.training, &labels.rule.name, labels.time_window);
    let items = sentences.into_iter().map(|sentence| el("li").text(sentence));
    Some(
        el("div")
            .push(el("h3").text("What the figures take for granted"))
            .push(el("ul").class("small").extend(items)),
    )
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
