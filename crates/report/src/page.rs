//! The page around the sections.

use crate::gather::RunData;
use crate::html::{Element, el};
use crate::sections;

/// The version of the page; raised whenever its content or look changes, so that older pages are written again.
pub const REPORT_VERSION: u32 = 2;

/// Writes the page: one HTML document that needs nothing else.
pub fn render(run: &RunData) -> String {
    let sections = [
        Some(sections::lineage::section(run)),
        sections::tuning::section(run),
        sections::selection::section(run),
        sections::cross_validation::section(run),
        sections::learning::section(run),
        sections::test::section(run),
        Some(sections::data::section(run)),
        Some(sections::configuration::section(run)),
    ];
    let title = el("title").text(format_args!("{} · Holdfast report", run.name));
    let body = el("main")
        .push(sections::header::header(run))
        .push(contents(run))
        .extend(sections.into_iter().flatten());
    let head = format!(
        "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
         name=\"color-scheme\" content=\"light dark\">\n{title}\n<style>\n{}</style>",
        include_str!("style.css")
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n{head}\n</head>\n<body>\n{body}\n{}</body>\n</html>\n",
        footer(run)
    )
}

fn contents(run: &RunData) -> Element {
    let link = |id: &str, name: &str| el("a").attr("href", format_args!("#{id}")).text(name);
    let cv = run.cross_validation.is_some();
    let links = [
        (true, "lineage", "Lineage"),
        (run.tuning.is_some(), "tuning", "Tuning"),
        (run.selection.is_some(), "selection", "Selection"),
        (cv, "cross-validation", "Cross-validation"),
        (sections::learning::section(run).is_some(), "learning", "Learning curves"),
        (run.final_fit.is_some(), "test", "Test"),
        (true, "data", "Data"),
        (true, "configuration", "Configuration"),
    ];
    el("nav")
        .attr("aria-label", "Sections")
        .extend(links.into_iter().filter(|(there, ..)| *there).map(|(_, id, name)| link(id, name)))
}

fn footer(run: &RunData) -> Element {
    el("footer")
        .text("Made by Holdfast from the artifacts of run ")
        .push(el("code").text(&run.name))
        .text(format_args!(", page version {}. Equal artifacts give an equal page.", REPORT_VERSION))
}
