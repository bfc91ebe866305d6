//! The model card: what the model is, what it was tested on, and how far to trust it.

use artifact_core::ledger::Openings;
use artifact_core::schema::{
    BestConfiguration, CLASS_NAMES, Evaluation, GivenColumn, ModelBundle, Preprocessing, Seal,
};
use artifact_core::{Params, brief};

/// A sentence about the columns of one's own, if there are any.
fn own_columns(seal: &Seal) -> String {
    let columns: Vec<String> = seal.source.columns.iter().map(GivenColumn::describe).collect();
    if columns.is_empty() {
        return String::new();
    }
    format!(
        " Besides bars it reads {}, as given: when their values were known is the user's word, and new bars need them \
         too.",
        columns.join(", ")
    )
}

/// Writes the card in Markdown. `trials` is how many trials the configuration was chosen from, if known.
pub(super) fn model_card(
    best: &BestConfiguration,
    bundle: &ModelBundle,
    seal: &Seal,
    openings: Openings,
    trials: Option<usize>,
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
         Predicts for each ticker {predicted} the next {} bars, as the target `{}` says.\n\n",
        best.model.name,
        preprocessing.tickers.join(", "),
        labels.time_window,
        labels.rule,
    );
    card += &format!(
        "## Model\n\n\
         | setting | value |\n|---|---|\n\
         | model | {} |\n{}| sequence length | {} bars |\n{}| epochs | {} |\n| features | {} |\n{}{}\n",
        best.model,
        seeds_row(best.training.seeds),
        params.seq_length,
        model_rows(&params.model),
        bundle.epochs_trained,
        preprocessing.feature_names.join(", "),
        decision_row(best.cv_results.decision_balance),
        embedding_row(preprocessing),
    );
    card += &format!(
        "## Data\n\n\
         {} rows ({}, period `{}`); test rows from {} on. Scaler and class weights were fitted on the training rows \
         before {} and frozen; the model was fitted on the {} sequences before the test rows.{}\n\n",
        seal.rows,
        seal.source.kind,
        seal.source.period,
        best.split.split_date,
        best.split.validation_date,
        best.split.final_train.len(),
        own_columns(seal),
    );
    let summary = &best.cv_results.summary;
    card += &format!(
        "## Results\n\n\
         Cross-validation on development rows: {} {:.4} +- {:.4}, accuracy {:.4} +- {:.4}.{}\n\n\
         Test rows:\n\n\
         | figure | this model | linear | majority class |\n|---|---:|---:|---:|\n",
        best.objective,
        summary.avg_objective,
        summary.std_objective,
        summary.avg_accuracy,
        summary.std_accuracy,
        chosen_from(trials),
    );
    let test = &bundle.test;
    for (name, figure) in FIGURES {
        let [Some(model), Some(linear), Some(majority)] =
            [&test.model, &test.linear, &test.majority].map(figure)
        else {
            continue;
        };
        card += &format!("| {name} | {model:.4} | {linear:.4} | {majority:.4} |\n");
    }
    card += "\nConfusion matrix on test rows (true class by row, predicted by column):\n\n| |";
    card += &CLASS_NAMES.map(|name| format!(" {name} |")).concat();
    card += "\n|---|---:|---:|---:|\n";
    for (name, row) in CLASS_NAMES.iter().zip(&test.model.confusion) {
        card += &format!("| {name} | {} | {} | {} |\n", row[0], row[1], row[2]);
    }
    card += &opened(openings);
    if best.regenerated {
        card += "\n**Regenerated:** split and scaler of the chosen trial were missing and had to be made again.\n";
    }
    card += "\n## Limits\n\n\
         The figures hold for these tickers, this period and this cost; they are no promise for another. Overlapping \
         label windows make neighbouring samples dependent, so that errors of the figures are larger than the number \
         of samples suggests. This is no investment advice.\n";
    card
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

/// A table row that says which tickers the model tells apart, where it does.
fn embedding_row(preprocessing: &Preprocessing) -> String {
    if !preprocessing.ticker_embedding {
        return String::new();
    }
    format!(
        "| ticker embedding | one column each for {}; all of them 0 for any other ticker |\n",
        preprocessing.tickers.join(", ")
    )
}

/// A table row for each parameter of the model.
fn model_rows(params: &Params) -> String {
    params
        .iter()
        .map(|(name, value)| format!("| {} | {} |\n", name.replace('_', " "), brief(value)))
        .collect()
}

/// A sentence on how many trials the configuration was chosen from.
fn chosen_from(trials: Option<usize>) -> String {
    trials.map_or_else(String::new, |trials| {
        format!(
            " The configuration comes from {trials} trials on these rows, counting every study that had been run on them by \
             then: the best of many looks better than it is."
        )
    })
}

/// How often the test set had been opened by then, and what that means for the figures.
fn opened(openings: Openings) -> String {
    let Openings { of_this, overlapping } = openings;
    let mut text = match of_this {
        // 0 means that the ledger was lost, about which the report warns; the figures themselves prove one opening.
        0 | 1 if overlapping == 0 => {
            return "\nThis test set was opened once, for these figures.\n".to_owned();
        }
        0 | 1 => "\n**This test set has been opened once, but rows of it had been seen before.**".to_owned(),
        times => format!("\n**This test set has been opened {times} times.**"),
    };
    if overlapping > 0 {
        text += &format!(
            " Rows of it have been opened {overlapping} more times, from another first test row on."
        );
    }
    text + " The figures above are no longer those of an untouched test set.\n"
}

/// A figure of classes or of numbers, where the model predicts these.
type Figure = fn(&Evaluation) -> Option<f64>;

const FIGURES: [(&str, Figure); 13] = [
    ("rank IC, mean over dates", |e| Some(e.numbers.as_ref()?.rank_ic)),
    ("IC, mean over dates", |e| Some(e.numbers.as_ref()?.ic)),
    ("skill against always predicting 0", |e| Some(e.numbers.as_ref()?.skill)),
    ("coverage of the outer quantiles", |e| e.numbers.as_ref()?.coverage),
    ("Matthews correlation", |e| Some(e.mcc)),
    ("accuracy", |e| Some(e.accuracy)),
    ("balanced accuracy", |e| Some(e.balanced_accuracy)),
    ("macro F1", |e| Some(e.macro_f1)),
    ("log loss", |e| e.numbers.is_none().then_some(e.log_loss)),
    ("mean return per decision after cost", |e| Some(e.trading.as_ref().map_or(0.0, |t| t.mean_return))),
    ("Sharpe ratio, annualised", |e| Some(e.trading.as_ref().map_or(0.0, |t| t.sharpe))),
    ("maximum drawdown", |e| Some(e.trading.as_ref().map_or(0.0, |t| t.max_drawdown))),
    ("hit rate", |e| Some(e.trading.as_ref().map_or(0.0, |t| t.hit_rate))),
];
