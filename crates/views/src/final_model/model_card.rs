//! The model card: what the model is, what it was tested on, and how far to trust it.

use super::markdown::{code, inert, plain, plain_list};
use artifact_core::schema::{
    BestConfiguration, CLASS_NAMES, GivenColumn, ModelBundle, Preprocessing, Seal, TestMetrics,
};
use artifact_core::{Params, brief};
use figures::{
    Figure, Shown, TestTable, TickerFigure, Unit, Verdict, ability, assumptions, paths_in_words,
    too_few_in_folds,
};

/// A sentence about the columns of one's own, if there are any.
fn own_columns(seal: &Seal) -> String {
    let columns: Vec<String> = seal.source.columns.iter().map(GivenColumn::describe).collect();
    if columns.is_empty() {
        return String::new();
    }
    format!(
        " Besides bars it reads {}, as given: when their values were known is the user's word, and new bars need them \
         too.",
        inert(columns.join(", "))
    )
}

/// Writes the card in Markdown.
pub(super) fn model_card(
    best: &BestConfiguration,
    bundle: &ModelBundle,
    seal: &Seal,
    verdict: &Verdict,
) -> String {
    let preprocessing = &best.preprocessing;
    let params = &best.params;
    let labels = &preprocessing.labels;
    let predicted = match (preprocessing.target_scale, labels.rule.name.as_str()) {
        (Some(_), _) => "a number that belongs to",
        (None, "meta") => "whether a trade on the given side will earn (Up) or not (Hold) over",
        (None, _) => "whether its price will go up, go down or hold over",
    };
    let mut card = format!(
        "# {} for {}\n\n\
         Predicts for each ticker {predicted} the next {} bars, as the target {} says.\n\n",
        inert(&best.model.name),
        plain_list(&preprocessing.tickers),
        labels.time_window,
        code(&labels.rule),
    );
    card += &format!(
        "## Model\n\n\
         | setting | value |\n|---|---|\n\
         | model | {} |\n{}| sequence length | {} bars |\n{}| epochs | {} |\n| features | {} |\n{}{}{}\n",
        inert(&best.model),
        seeds_row(best.training.seeds),
        params.seq_length,
        model_rows(&params.model),
        bundle.epochs_trained,
        plain_list(&preprocessing.feature_names),
        decision_row(best.cv_results.decision_balance),
        temperature_row(best.cv_results.temperature),
        embedding_row(preprocessing),
    );
    card += &format!(
        "## Data\n\n\
         {} rows ({}, period {}); test rows from {} on. Scaler and class weights were fitted on the training rows \
         before {} and frozen; the model was fitted on the {} sequences before the test rows.{}\n\n",
        seal.rows,
        inert(&seal.source.kind),
        code(&seal.source.period),
        best.split.split_date,
        best.split.validation_date,
        best.split.final_train.len(),
        own_columns(seal),
    );
    card += &format!("## Results\n\n{}\n\n", verdict.text());
    card += &cross_validation(best);
    card += &test_table(&bundle.test);
    card += &ticker_table(&bundle.test);
    card += &cost_table(&bundle.test);
    card += "Confusion matrix on test rows (true class by row, predicted by column):\n\n| |";
    card += &CLASS_NAMES.map(|name| format!(" {name} |")).concat();
    card += "\n|---|---:|---:|---:|\n";
    for (name, row) in CLASS_NAMES.iter().zip(&bundle.test.model.confusion) {
        card += &format!("| {name} | {} | {} | {} |\n", row[0], row[1], row[2]);
    }
    if best.regenerated {
        card += "\n**Regenerated:** split and scaler of the chosen trial were missing and had to be made again.\n";
    }
    card += "\n## Assumptions and limits\n\n";
    for sentence in assumptions(&bundle.test, &best.training, &labels.rule.name, labels.time_window) {
        card += &format!("- {sentence}\n");
    }
    card += "- The figures hold for these tickers, this period and this cost; they are no promise for another. This is no \
             investment advice.\n";
    card
}

/// What cross-validation found.
fn cross_validation(best: &BestConfiguration) -> String {
    if let Some(reason) = too_few_in_folds(&best.cv_results) {
        return format!("Cross-validation on development rows: n/a ({reason}).\n\n");
    }
    let summary = &best.cv_results.summary;
    let more: String = [ability(best), paths_in_words(&best.cv_results)]
        .into_iter()
        .flatten()
        .map(|sentence| format!(" {sentence}"))
        .collect();
    format!(
        "Cross-validation on development rows, mean and standard deviation over {} folds: {} {:.4} and {:.4}, accuracy \
         {:.4} and {:.4}. The deviation says how much folds differ, not how far the mean is from the truth.{}{more}\n\n",
        best.cv_results.folds.len(),
        inert(&best.objective.name),
        summary.avg_objective,
        summary.std_objective,
        summary.avg_accuracy,
        summary.std_accuracy,
        best.corrected_objective.map_or(String::new(), |corrected| {
            format!(" Corrected for the choice among candidates and epochs, the objective is {corrected:.4}.")
        }),
    )
}

/// The figures on the test rows.
fn test_table(test: &TestMetrics) -> String {
    let table = TestTable::of(test);
    let mut text = "Test rows:\n\n| figure |".to_owned();
    text += &table.columns.iter().map(|column| format!(" {} |", column.title)).collect::<String>();
    text += " 95 % interval of the model |\n|---|";
    text += &"---:|".repeat(table.columns.len() + 1);
    text.push('\n');
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| format!(" {} |", row.written(cell)));
        let interval = row.written_interval().unwrap_or_default();
        text += &format!("| {} |{} {interval} |\n", row.figure.title, cells.collect::<String>());
    }
    text.push('\n');
    for reason in &table.absent {
        text += &format!("n/a: {reason}.\n\n");
    }
    text
}

/// The figures of each ticker, where there are several.
fn ticker_table(test: &TestMetrics) -> String {
    if test.tickers.len() < 2 {
        return String::new();
    }
    let figures: Vec<TickerFigure> =
        TickerFigure::ALL.into_iter().filter(|figure| figure.applies_to(&test.model)).collect();
    let mut text = "By ticker:\n\n| ticker | samples |".to_owned();
    text += &figures.iter().map(|figure| format!(" {} |", figure.title())).collect::<String>();
    text += &format!("\n|---|---:|{}\n", "---:|".repeat(figures.len()));
    for ticker in &test.tickers {
        let shown = |figure: &TickerFigure| match figure.shown(ticker, &test.model).value() {
            Some(value) => format!(" {} |", figure.unit().write(value)),
            None => " n/a |".to_owned(),
        };
        let cells: String = figures.iter().map(shown).collect();
        text += &format!("| {} | {} |{cells}\n", plain(&ticker.ticker), ticker.samples);
    }
    text + "\n"
}

/// What other costs would leave.
fn cost_table(test: &TestMetrics) -> String {
    let mean_return = Figure::named("strategy.mean_return").map(|figure| (figure, figure.shown(&test.model)));
    let Some((figure, Shown::Value(_))) = mean_return else { return String::new() };
    let slippage = test.model.strategy.as_ref().and_then(|own| own.slippage);
    let slippage = slippage.map_or("", |_| ", after the same spread and market impact");
    let mut text = format!("At other costs{slippage}:\n\n| cost per side, bps |");
    text += &test.costs.iter().map(|point| format!(" {} |", point.cost_bps)).collect::<String>();
    text += &format!("\n|---|{}\n", "---:|".repeat(test.costs.len()));
    text += "| mean return per bar, bps |";
    text += &test
        .costs
        .iter()
        .map(|point| format!(" {} |", figure.unit.write(point.mean_return)))
        .collect::<String>();
    text += "\n| Sharpe ratio, annualised |";
    let unit = Unit::PerYear;
    let sharpe = |sharpe: Option<f64>| sharpe.map_or("n/a".to_owned(), |value| unit.write(value));
    text += &test.costs.iter().map(|point| format!(" {} |", sharpe(point.sharpe))).collect::<String>();
    text + "\n\n"
}

/// A table row that says how many models are averaged, where they are several.
fn seeds_row(seeds: usize) -> String {
    if seeds > 1 { format!("| seeds | {seeds} |\n") } else { String::new() }
}

/// A table row that says how classes are decided, where it is not the most probable one.
fn decision_row(balance: f64) -> String {
    if balance == 0.0 {
        return String::new();
    }
    format!("| class decided for | the largest of probability / (frequency in training)^{balance} |\n")
}

/// A table row that says how probabilities are calibrated, where they are.
fn temperature_row(temperature: Option<f64>) -> String {
    let row = |temperature| {
        format!(
            "| probabilities | scaled by the temperature {temperature:.3}, fitted to the folds of cross-validation |\n"
        )
    };
    temperature.map(row).unwrap_or_default()
}

/// A table row that says which tickers the model tells apart, where it does.
fn embedding_row(preprocessing: &Preprocessing) -> String {
    if !preprocessing.ticker_embedding {
        return String::new();
    }
    format!(
        "| ticker embedding | one column each for {}; all of them 0 for any other ticker |\n",
        plain_list(&preprocessing.tickers)
    )
}

/// A table row for each parameter of the model.
fn model_rows(params: &Params) -> String {
    params
        .iter()
        .map(|(name, value)| format!("| {} | {} |\n", inert(name.replace('_', " ")), inert(brief(value))))
        .collect()
}
