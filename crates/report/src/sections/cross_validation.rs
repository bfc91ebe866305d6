//! The candidates and the baseline, on the same folds.

use super::Section;
use crate::format::{basis_points, counted, mean_and_deviation, mean_and_std, percent};
use crate::gather::RunData;
use crate::html::{Cell, Element, Table, el, notice, paragraph, section as new_section};
use crate::parts::CrossValidationPart;
use crate::shown::Shown;
use crate::svg::{LineChart, Series};
use artifact_core::schema::{CrossValidation, FoldResult};
use figures::{ability, ability_rows, path_spreads, paths_in_words, too_few_in_folds};

const ID: &str = "cross-validation";

/// The cross-validated configurations by fold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CrossValidated;

impl Section for CrossValidated {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Cross-validation"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        section(run)
    }
}

fn section(run: &RunData) -> Option<Element> {
    let part = run.cross_validation.as_ref()?;
    Some(
        new_section(ID, "Cross-validation")
            .push(paragraph(introduction(part)))
            .extend(few_rows(part))
            .push(summary_table(part))
            .push(corrected(part))
            .extend(ability(&part.best).map(paragraph))
            .extend(ability_table(part))
            .extend(paths_in_words(&part.best.cv_results).map(paragraph))
            .extend(path_table(part))
            .push(curves(part))
            .push(
                el("details")
                    .push(el("summary").text("Accuracy and return by fold"))
                    .push(fold_table(part, "Accuracy by fold", |fold| {
                        Some(percent(fold.evaluation.accuracy))
                    }))
                    .push(fold_table(
                        part,
                        "Mean return per bar after cost by fold, in basis points",
                        |fold| fold_return(fold).map(basis_points),
                    )),
            ),
    )
}

fn introduction(part: &CrossValidationPart) -> String {
    let cv = &part.best.cv_results;
    // Read off the folds instead of the method's name, which may be one that this crate does not know.
    let trains_on_the_past = cv.folds.iter().all(|fold| fold.train.last() < fold.evaluated.first());
    let order = if trains_on_the_past {
        "each is evaluated by a model trained on sequences before it"
    } else {
        "each is evaluated by a model trained on other sequences"
    };
    let times = match cv.paths() {
        1 => String::new(),
        paths => format!(", up to {paths} times each"),
    };
    let scaler = if cv.refitted_preprocessing {
        "Scaler and class weights are refitted in each fold."
    } else {
        "Scaler and class weights are frozen."
    };
    let overlap: usize = all(part).map(|(_, cv)| cv.label_overlap()).sum();
    format!(
        "{}{times} in {} folds ({}); {order}, trained from fresh weights for {} and evaluated at the epoch whose \
         mean {} is highest. {scaler} Training labels that share rows with evaluated labels: {overlap}.",
        counted(cv.evaluated(), "development sequence"),
        cv.folds.len(),
        cv.method,
        counted(cv.epochs_trained as usize, "epoch"),
        part.objective.title,
    )
}

/// A warning where the folds hold too few rows to say anything.
fn few_rows(part: &CrossValidationPart) -> Option<Element> {
    let reason = too_few_in_folds(&part.best.cv_results)?;
    Some(notice("warn", format_args!("The figures below say nothing: {reason}.")))
}

/// What is left of the best objective without the luck of the choice.
fn corrected(part: &CrossValidationPart) -> Element {
    let objective = &part.objective;
    let reported = objective.value(part.best.cv_results.summary.avg_objective);
    paragraph(match part.best.corrected_objective {
        Some(corrected) => format!(
            "The best of several is better than it is by luck. Chosen on the other folds and scored on those that neither this \
             choice nor tuning has seen, the {} is {}, against the {reported} of the chosen configuration above.",
            objective.title,
            objective.value(corrected),
        ),
        None => format!(
            "The best of several is better than it is by luck: the {reported} of the chosen configuration is too high by an \
             amount that is not known here."
        ),
    })
}

/// The tests for superior predictive ability.
fn ability_table(part: &CrossValidationPart) -> Option<Element> {
    let rows = ability_rows(&part.best);
    let mut table = Table::new(
        "Hansen's test on rows before those of tuning, each scored by models that have not seen it, at the epoch that the other folds \
         choose. p: how often luck alone makes the best candidate look this good; its bounds take candidates worse than the benchmark \
         for hopeless, or for as good as it. A baseline that fits noise is worse than no model: better than it is not yet good",
        &["Compared by", "With", "#Best", "#Mean difference", "#p", "#Bounds", "#On"],
    );
    let some = !rows.is_empty();
    for [by, with, numbers @ ..] in rows {
        table.row([Cell::Text(by), Cell::Text(with)].into_iter().chain(numbers.map(Cell::Number)).collect());
    }
    some.then(|| {
        el("details").push(el("summary").text("Tests against luck among candidates")).push(table.element())
    })
}

/// How the figures of several backtest paths spread.
fn path_table(part: &CrossValidationPart) -> Option<Element> {
    let cv = &part.best.cv_results;
    if cv.paths.len() < 2 {
        return None;
    }
    let mut table = Table::new(
        "Backtest paths: each takes another of the folds that evaluate a block",
        &["Figure", "#Least", "#Lower quartile", "#Median", "#Upper quartile", "#Largest"],
    );
    for spread in path_spreads(cv) {
        let cells = spread.written().map(Cell::Number);
        table.row([Cell::Text(spread.title.to_owned())].into_iter().chain(cells).collect());
    }
    Some(table.element())
}

/// Every cross-validation with its name, candidates first.
fn all(part: &CrossValidationPart) -> impl Iterator<Item = (String, &CrossValidation)> {
    let candidates = part.candidates.iter().enumerate().map(|(rank, (_, cv))| {
        let name = format!("{}. trial {}", rank + 1, cv.trial_number);
        (name, cv)
    });
    let baselines = std::iter::once(&part.baseline).chain(&part.further_baselines);
    candidates.chain(baselines.map(|cv| (format!("{} baseline", cv.model.name), cv)))
}

fn summary_table(part: &CrossValidationPart) -> Element {
    let objective = &part.objective;
    let name = &objective.title;
    let mut head = vec![
        "Configuration".to_owned(),
        format!("#{name}"),
        "#Accuracy".to_owned(),
        "#Return, bps".to_owned(),
        "#Epochs".to_owned(),
    ];
    head.extend(fold_names(part));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let caption = format!(
        "Mean ± standard deviation over folds, which is how much folds differ and no error of the mean, and {name} by fold"
    );
    let mut table = Table::new(caption, &head);
    for (place, (name, cv)) in all(part).enumerate() {
        let s = &cv.summary;
        let value = |v| objective.value(v);
        let mut cells = vec![
            Cell::Text(name),
            Cell::Strong(mean_and_deviation((s.avg_objective, s.std_objective), value)),
            Cell::Number(mean_and_deviation((s.avg_accuracy, s.std_accuracy), percent)),
            Cell::Number(returns(cv)),
            Cell::Number(cv.epochs_to_train.to_string()),
        ];
        let folds = cv.folds.iter().map(|fold| fold_objective(cv, fold));
        cells.extend(folds.map(|v| Cell::Number(v.map_or("–".to_owned(), value))));
        // Candidates are ranked, so the first one is the chosen configuration.
        if place == 0 {
            table.chosen_row(cells);
        } else {
            table.row(cells);
        }
    }
    table.element()
}

fn fold_names(part: &CrossValidationPart) -> Vec<String> {
    let most = all(part).map(|(_, cv)| cv.folds.len()).max().unwrap_or(0);
    (1..=most).map(|fold| format!("#Fold {fold}")).collect()
}

/// A fold's objective at the chosen epoch.
fn fold_objective(cv: &CrossValidation, fold: &FoldResult) -> Option<f64> {
    fold.history.iter().find(|record| record.epoch == cv.epochs_to_train)?.objective
}

fn fold_return(fold: &FoldResult) -> Option<f64> {
    fold.evaluation.cost_bps().map(|_| fold.evaluation.mean_return())
}

/// The mean return with its standard deviation, which the stored summary does not contain.
fn returns(cv: &CrossValidation) -> String {
    let values: Vec<f64> = cv.folds.iter().filter_map(fold_return).collect();
    match mean_and_std(&values) {
        Some((_, deviation)) => mean_and_deviation((cv.summary.avg_return, deviation), basis_points),
        None => "–".to_owned(),
    }
}

fn fold_table(
    part: &CrossValidationPart,
    caption: &str,
    value: impl Fn(&FoldResult) -> Option<String>,
) -> Element {
    let mut head = vec!["Configuration".to_owned()];
    head.extend(fold_names(part));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new(caption, &head);
    for (name, cv) in all(part) {
        let mut cells = vec![Cell::Text(name)];
        let values = cv.folds.iter().map(|fold| value(fold).unwrap_or("–".into()));
        cells.extend(values.map(Cell::Number));
        table.row(cells);
    }
    table.element()
}

/// One small chart per cross-validation, all with the same y scale.
fn curves(part: &CrossValidationPart) -> Element {
    let objective = &part.objective;
    let also: Vec<f64> = all(part)
        .flat_map(|(_, cv)| &cv.folds)
        .flat_map(|fold| fold_curve(fold, objective))
        .map(|(_, value)| value)
        .collect();
    let charts = all(part).map(|(name, cv)| {
        let chosen = cv.epochs_to_train;
        let picture = LineChart {
            title: &format!("Mean learning curve of {name}, with its folds"),
            size: (520.0, 230.0),
            names: ("epoch", &objective.title),
            series: series(&name, cv, objective),
            mark: Some((chosen as f64, format!("epoch {chosen}"))),
            also: also.clone(),
        };
        el("div").class("scroll").push(picture.draw())
    });
    let grid = el("div").class("grid").extend(charts);
    let caption =
        "Mean over folds (bold) and single folds (faint), with the chosen epoch; all charts share one scale.";
    el("figure").push(grid).push(el("figcaption").text(caption))
}

fn series(name: &str, cv: &CrossValidation, objective: &Shown) -> Vec<Series> {
    let faint =
        cv.folds.iter().map(|fold| Series { name: None, colour: 0, points: fold_curve(fold, objective) });
    let mean = Series { name: Some(name.to_owned()), colour: 0, points: mean_curve(cv, objective) };
    faint.chain(std::iter::once(mean)).collect()
}

fn fold_curve(fold: &FoldResult, objective: &Shown) -> Vec<(f64, f64)> {
    let point = |record: &artifact_core::schema::EpochRecord| {
        let value = record.objective?;
        Some((record.epoch as f64, objective.on_axis(value)))
    };
    fold.history.iter().filter_map(point).collect()
}

/// The mean over the folds that have a value, epoch by epoch.
fn mean_curve(cv: &CrossValidation, objective: &Shown) -> Vec<(f64, f64)> {
    (1..=cv.epochs_trained)
        .filter_map(|epoch| {
            let values: Vec<f64> = cv
                .folds
                .iter()
                .flat_map(|fold| &fold.history)
                .filter(|record| record.epoch == epoch)
                .filter_map(|record| record.objective)
                .map(|value| objective.on_axis(value))
                .collect();
            Some((epoch as f64, mean_and_std(&values)?.0))
        })
        .collect()
}
