//! The head of the page: which run it is, and its main results.

use super::missing_part;
use crate::format::{count, mean_and_deviation, times, with_seeds};
use crate::gather::RunData;
use crate::html::{Element, el, notice};
use crate::verdict::verdict_text;
use artifact_core::schema::TestMetrics;
use figures::{Better, Row, TestTable};

pub(crate) fn header(run: &RunData) -> Element {
    let snapshot = &run.data.snapshot;
    let (model, seeds) = match &run.cross_validation {
        Some(cv) => (cv.best.model.name.clone(), cv.best.training.seeds),
        None => {
            let training = &run.config.training;
            let names: Vec<&str> = training.model.iter().map(|model| model.name.as_str()).collect();
            (names.join(", "), training.seeds)
        }
    };
    let facts = [
        ("Tickers", snapshot.tickers.join(", ")),
        ("Period", format!("{} to {}", snapshot.first_date, snapshot.last_date)),
        ("Rows", count(snapshot.rows as u64)),
        ("Model", with_seeds(&model, seeds)),
        ("Seed", run.config.seed.to_string()),
    ];
    let facts =
        facts.into_iter().map(|(name, value)| el("div").push(el("dt").text(name)).push(el("dd").text(value)));
    el("header")
        .push(el("p").class("kicker").text("Holdfast run report"))
        .push(el("h1").text(&run.name))
        .push(el("dl").class("facts").extend(facts))
        .push(el("p").class("verdict").text(verdict_text(run)))
        .push(tiles(run))
        .extend(notices(run))
}

/// How many of a test's figures are shown at the head of the page: the first of predictions, and the first two of returns.
fn test_tiles(test: &TestMetrics) -> Vec<(&'static str, String, String)> {
    let table = TestTable::of(test);
    let (returns, predictions): (Vec<_>, Vec<_>) =
        table.rows.iter().partition(|row| row.figure.is_of_strategy());
    let tile = |row: &&Row| {
        let interval =
            row.written_interval().map_or(String::new(), |interval| format!("95 % interval {interval}; "));
        let others = row.cells.iter().zip(&table.columns).skip(1);
        // What is best of the others, by its place.
        let better = |value: f64, than: f64| {
            if row.figure.better == Better::Lower { value < than } else { value > than }
        };
        let best = others.filter_map(|(cell, column)| Some((cell.value()?, column)));
        let best = best.reduce(|best, next| if better(next.0, best.0) { next } else { best });
        let against = best.map_or(String::new(), |(value, column)| {
            format!("best baseline {} ({})", row.figure.unit.write(value), column.title.to_lowercase())
        });
        (row.figure.title, row.written(&row.cells[0]), format!("{interval}{against}"))
    };
    predictions.iter().take(1).chain(returns.iter().take(2)).map(tile).collect()
}

/// The figures that readers look for first.
fn tiles(run: &RunData) -> Element {
    let mut tiles = Vec::new();
    if let Some(last) = &run.final_fit {
        tiles.extend(test_tiles(&last.bundle.test));
    }
    if let Some(cv) = &run.cross_validation {
        let objective = &cv.objective;
        let (best, baseline) = (&cv.best.cv_results.summary, &cv.baseline.summary);
        tiles.push((
            "Cross-validated objective",
            mean_and_deviation((best.avg_objective, best.std_objective), |v| objective.value(v)),
            format!("{}, linear {}", &objective.title, objective.value(baseline.avg_objective)),
        ));
    }
    if let Some(tuning) = &run.tuning {
        tiles.push((
            "Trials",
            count(tuning.trials.len() as u64),
            format!("{} failed", count(tuning.failed().count() as u64)),
        ));
    }
    let openings = run.times_opened();
    let state = match (openings.of_this, openings.untouched()) {
        (0, true) => "still sealed",
        (_, true) => "opened once",
        _ => "no longer untouched",
    };
    tiles.push(("Test set openings", count(openings.of_this as u64), state.to_owned()));
    let tile = |(name, value, note): (&str, String, String)| {
        el("div")
            .class("tile")
            .push(el("span").class("tile-name").text(name))
            .push(el("span").class("tile-value").text(value))
            .push(el("span").class("tile-note").text(note))
    };
    el("div").class("tiles").extend(tiles.into_iter().map(tile))
}

fn notices(run: &RunData) -> Vec<Element> {
    let mut notices = Vec::new();
    let openings = run.times_opened();
    if !openings.untouched() {
        let opened = match (openings.of_this, openings.overlapping) {
            (this, 0) => format!("The test set has been opened {}.", times(this)),
            (0, others) => {
                format!("Rows of the test set have been opened {} as part of another one.", times(others))
            }
            (this, others) => format!(
                "The test set has been opened {}, and rows of it {} as part of another one.",
                times(this),
                times(others)
            ),
        };
        notices.push(notice(
            "warn",
            format_args!(
                "{opened} Its figures no longer come from untouched data: whoever chose a later configuration could \
                 have known an earlier result."
            ),
        ));
    }
    if openings.of_this == 0 && run.final_fit.is_some() {
        notices.push(notice(
            "warn",
            "There is a final model, but the ledger records no opening of its test set: the ledger was lost or \
             replaced, so it is unknown how often the test set was opened.",
        ));
    }
    if run.cross_validation.as_ref().is_some_and(|cv| cv.best.regenerated) {
        notices.push(notice(
            "warn",
            "Regenerated: the chosen configuration rests on a split and a scaler that had to be regenerated because \
             the trial's own were missing. It is not proven that tuning used the same ones.",
        ));
    }
    if run.config.labels.permute {
        notices.push(notice(
            "note",
            "Negative control: the labels of this run were permuted, so there is nothing to learn. Figures clearly \
             above the baselines would mean a leak.",
        ));
    }
    notices.extend(audit(run));
    notices.extend(run.outdated().into_iter().map(|text| notice("warn", text)));
    for phase in run.missing() {
        notices.push(notice("note", format_args!("Not done yet: {}.", missing_part(phase))));
    }
    notices
}

/// The outcome of the leak audit, in one line.
fn audit(run: &RunData) -> Option<Element> {
    let certificate = run.audit.as_ref()?;
    let current = certificate.model_bundle == run.final_fit.as_ref().map(|last| last.id);
    let violated: Vec<&str> = certificate.violated().map(|result| result.claim.name()).collect();
    let verdicts = certificate.verdicts();
    let verdicts = verdicts.iter().filter(|(_, count)| **count > 0);
    let verdicts: Vec<String> = verdicts.map(|(name, count)| format!("{count} {name}")).collect();
    let outcome = match (current, violated.is_empty()) {
        (false, _) => "the audit covers an earlier state of this run; run `holdfast audit` again".to_owned(),
        (true, true) => format!("no leak was found; of 8 kinds of leakage {}", verdicts.join(", ")),
        (true, false) => format!("violated: {}", violated.join(", ")),
    };
    let kind = if current && violated.is_empty() { "note" } else { "warn" };
    let link = el("a").attr("href", "leak_certificate.json").text("leak_certificate.json");
    Some(notice(kind, format_args!("Leak audit: {outcome} (")).push(link).text(")."))
}
