//! Where the bars come from, what is wrong with them, and how the classes are weighted.

use super::quality::quality;
use super::{Section, configuration::written};
use crate::format::{count, counted, decimals, percent};
use crate::gather::RunData;
use crate::html::{Cell, Element, Table, el, notice, paragraph, section as new_section};
use artifact_core::schema::{CLASS_NAMES, Preprocessing, Seal};

const ID: &str = "data";

/// The bars, their preparation and their faults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data;

impl Section for Data {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Data"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        Some(section(run))
    }
}

fn section(run: &RunData) -> Element {
    let seal = &run.data.seal;
    new_section(ID, "Data")
        .push(paragraph(source(seal)))
        .extend(files(seal))
        .extend(columns(seal))
        .extend(
            run.split_and_preprocessing()
                .into_iter()
                .flat_map(|(_, preprocessing)| preparation(preprocessing)),
        )
        .push(el("h3").text("Quality of the bars"))
        .extend(quality(seal))
}

fn source(seal: &Seal) -> String {
    format!(
        "Source {}, requested period {}, aligned by {}, {} of the rows before the test rows.",
        seal.source.kind,
        seal.source.period,
        written(&seal.alignment),
        figures::digits::percent(seal.train_test_split_ratio, 0)
    )
}

fn files(seal: &Seal) -> Option<Element> {
    if seal.source.files.is_empty() {
        return None;
    }
    let mut table = Table::new("Files", &["File", "SHA-256"]);
    for file in &seal.source.files {
        table.row(vec![Cell::Text(file.name.clone()), Cell::Code(file.sha256.to_string())]);
    }
    Some(
        el("details")
            .push(el("summary").text(counted(seal.source.files.len(), "file")))
            .push(table.element()),
    )
}

/// The columns of one's own, with what was said about when their values were known.
fn columns(seal: &Seal) -> Option<Element> {
    let columns = &seal.source.columns;
    if columns.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Columns of one's own, as given: when their values were known is the user's word",
        &["Column", "From", "SHA-256", "#Delay in rows", "#Most rows filled forward"],
    );
    for column in columns {
        let (from, digest) = match &column.file {
            Some(file) => (file.name.clone(), file.sha256.to_string()),
            None => ("the bars' source".to_owned(), String::new()),
        };
        table.row(vec![
            Cell::Text(column.name.clone()),
            Cell::Text(from),
            Cell::Code(digest),
            Cell::Number(column.delay.to_string()),
            Cell::Number(column.max_forward_fill.to_string()),
        ]);
    }
    Some(table.element())
}

fn preparation(preprocessing: &Preprocessing) -> Vec<Element> {
    let labels = &preprocessing.labels;
    let scaler = &preprocessing.scaler;
    let sentence = format!(
        "Labels by {} over {}. Features {}: {}, scaled ({}, per {}) on {} of the training part.",
        labels.rule,
        counted(labels.time_window, "row"),
        preprocessing.features.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        counted(preprocessing.feature_names.len(), "column"),
        scaler.kind,
        written(&scaler.per),
        counted(scaler.fitted_rows.len(), "row"),
    );
    let mut elements =
        vec![el("h3").text("Labels and class weights"), paragraph(sentence), weights(preprocessing)];
    let warnings = preprocessing.warnings.iter();
    elements.extend(warnings.map(|text| notice("warn", text)));
    elements
}

fn weights(preprocessing: &Preprocessing) -> Element {
    let weights = &preprocessing.class_weights;
    let all: u64 = weights.counts.iter().sum();
    let mut table = Table::new(
        "Training labels by class, and their weights in the loss",
        &["Class", "#Labels", "#Share", "#Weight"],
    );
    for ((name, &labels), &alpha) in CLASS_NAMES.iter().zip(&weights.counts).zip(&weights.alpha) {
        let share = if all == 0 { 0.0 } else { labels as f64 / all as f64 };
        table.row(vec![
            Cell::Text((*name).into()),
            Cell::Number(count(labels)),
            Cell::Number(percent(share)),
            Cell::Number(decimals(alpha, 4)),
        ]);
    }
    table.element()
}
