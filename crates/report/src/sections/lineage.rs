//! How the run's artifacts derive from each other, and where the rows lie on the calendar.

use super::Section;
use crate::format::{count, counted};
use crate::gather::RunData;
use crate::html::{Cell, Element, Table, el, figure, section as new_section};
use crate::svg::{Span, Station, lineage, timeline};

const ID: &str = "lineage";

/// From the frozen bars to the final model, and where the rows lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lineage;

impl Section for Lineage {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Lineage"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        Some(section(run))
    }
}

fn section(run: &RunData) -> Element {
    let stations = stations(run);
    let picture = lineage(
        "From the frozen bars through seal, trials and cross-validation to the final model",
        &stations,
        1,
    );
    new_section(ID, "Lineage")
        .push(figure(
            picture,
            "Each box is an artifact in the store, with the first digits of its content digest.",
        ))
        .push(figure(calendar(run), "Where the rows lie. Boundaries are set by row, once for all trials."))
        .push(rows_table(run))
        .extend(proof(run))
        .push(el("details").push(el("summary").text("Full ids")).push(ids_table(run)))
}

fn stations(run: &RunData) -> [Station; 5] {
    let data = &run.data;
    let trials = run.tuning.as_ref();
    let cv = run.cross_validation.as_ref();
    let last = run.final_fit.as_ref();
    [
        Station {
            name: "Snapshot",
            id: Some(data.seal.snapshot.short()),
            lines: vec![counted(data.snapshot.rows, "row"), counted(data.snapshot.tickers.len(), "ticker")],
        },
        Station {
            name: "Seal and split",
            id: Some(data.id.short()),
            lines: vec![
                format!("{} before the test", counted(data.seal.split_row, "row")),
                format!("test from {}", data.seal.split_date),
            ],
        },
        Station {
            name: "Trials",
            id: trials.map(|part| part.id.short()),
            lines: trials.map_or(Vec::new(), |part| {
                let failed = part.failed().count();
                vec![counted(part.trials.len() - failed, "complete trial"), counted(failed, "failed trial")]
            }),
        },
        Station {
            name: "Cross-validation",
            id: cv.map(|part| part.id.short()),
            lines: cv.map_or(Vec::new(), |part| {
                vec![
                    format!(
                        "{}, {}",
                        counted(part.candidates.len(), "candidate"),
                        counted(part.best.cv_results.folds.len(), "fold")
                    ),
                    format!("chosen: trial {}", part.best.trial_number),
                ]
            }),
        },
        Station {
            name: "Final model",
            id: last.map(|part| part.id.short()),
            lines: last.map_or(Vec::new(), |part| {
                vec![
                    counted(part.bundle.epochs_trained as usize, "epoch"),
                    format!("{} test samples", count(part.bundle.test.model.samples)),
                ]
            }),
        },
    ]
}

fn calendar(run: &RunData) -> Element {
    let (snapshot, seal) = (&run.data.snapshot, &run.data.seal);
    let span = |name: String, class, from| Span { name, class, from };
    let mut spans = Vec::new();
    match run.split_and_preprocessing() {
        Some((split, _)) => {
            let train = format!("train, {}", counted(split.validation_row, "row"));
            let validation =
                format!("validation, {}", counted(split.split_row - split.validation_row, "row"));
            spans.push(span(train, "train", snapshot.first_date));
            spans.push(span(validation, "validation", split.validation_date));
        }
        None => {
            let name = format!("development, {}", counted(seal.split_row, "row"));
            spans.push(span(name, "train", snapshot.first_date));
        }
    }
    let test = format!("test, {}", counted(seal.rows - seal.split_row, "row"));
    spans.push(span(test, "test", seal.split_date));
    timeline("Train, validation and test rows on the calendar", &spans, snapshot.last_date)
}

fn rows_table(run: &RunData) -> Element {
    let seal = &run.data.seal;
    let first = run.data.snapshot.first_date.to_string();
    let mut table = Table::new("Rows and sequences", &["Part", "From", "#Rows", "#Sequences", "Used by"]);
    let mut row = |name: &str, from: String, rows: usize, sequences: Option<usize>, by: &str| {
        table.row(vec![
            Cell::Text(name.into()),
            Cell::Date(from),
            Cell::Number(count(rows as u64)),
            Cell::Number(sequences.map_or("–".into(), |n| count(n as u64))),
            Cell::Text(by.into()),
        ]);
    };
    let split = run.split_and_preprocessing().map(|(split, _)| split);
    if let Some(split) = split {
        let validation = split.split_row - split.validation_row;
        row("train", first.clone(), split.validation_row, Some(split.train.len()), "tuning");
        row(
            "validation",
            split.validation_date.to_string(),
            validation,
            Some(split.validation.len()),
            "tuning",
        );
    }
    row(
        "development (train and validation)",
        first,
        seal.split_row,
        split.map(|s| s.development.len()),
        "cross-validation, final fit",
    );
    row(
        "test",
        seal.split_date.to_string(),
        seal.rows - seal.split_row,
        split.map(|s| s.test.len()),
        "the final model's test",
    );
    let note = split.map(|split| {
        el("p").class("small").text(format_args!(
            "A sequence reads S = {} rows, and its label the W = {} rows after them. Purge: {}; embargo: {}. Sequences \
             that cross a boundary belong to neither side.",
            split.seq_length,
            split.time_window,
            super::configuration::written(&split.purge),
            counted(split.embargo, "row"),
        ))
    });
    el("div").push(table.element()).extend(note)
}

/// States that every trial read only the rows before the test rows; `None` if that is not so.
fn proof(run: &RunData) -> Option<Element> {
    let trials = run.tuning.as_ref()?.trials.len();
    let data = &run.data;
    if run.trials_on_other_rows() > 0 || data.development.rows > data.seal.split_row {
        return None;
    }
    Some(el("p").class("small").text(format_args!(
        "Checked: {} of {} read snapshot {}, which ends before the first test row.",
        count(trials as u64),
        counted(trials, "trial"),
        data.seal.development.short()
    )))
}

fn ids_table(run: &RunData) -> Element {
    let seal = &run.data.seal;
    let mut ids = vec![
        ("Snapshot (all rows)", seal.snapshot.to_string()),
        ("Snapshot (development rows)", seal.development.to_string()),
        ("Seal", run.data.id.to_string()),
    ];
    if let Some(tuning) = &run.tuning {
        ids.push(("Study", tuning.id.to_string()));
    }
    if let Some(cv) = &run.cross_validation {
        ids.push(("Chosen trial", cv.best.trial.to_string()));
        ids.push(("Cross-validation of the chosen trial", cv.best.cross_validation.to_string()));
        for (_, own) in cv.best.baselines() {
            ids.push(("Cross-validation of a baseline", own.cross_validation.to_string()));
        }
        ids.push(("Chosen configuration", cv.id.to_string()));
    }
    if let Some(last) = &run.final_fit {
        ids.push(("Final model", last.id.to_string()));
        ids.push(("Final model's weights", last.bundle.weights.to_string()));
    }
    ids.push(("Fingerprint of all rows", run.data.snapshot.fingerprint.to_string()));
    let mut table = Table::new("Ids in the store", &["Artifact", "Id"]);
    for (name, id) in ids {
        table.row(vec![Cell::Text(name.into()), Cell::Code(id)]);
    }
    table.element()
}
