//! The page around the sections.

use crate::gather::RunData;
use crate::html::{Element, el};
use crate::sections::{self, Section, Sections};

/// The version of the page; raised whenever its content or look changes, so that older pages are written again.
pub const REPORT_VERSION: u32 = 2;

/// Writes the page: one HTML document that needs nothing else.
pub fn render(run: &RunData, sections: &Sections) -> String {
    let rendered: Vec<(&dyn Section, Element)> =
        sections.iter().filter_map(|section| Some((section, section.render(run)?))).collect();
    let title = el("title").text(format_args!("{} · Holdfast report", run.name));
    let body = el("main")
        .push(sections::header::header(run))
        .push(contents(rendered.iter().map(|(section, _)| *section)))
        .extend(rendered.into_iter().map(|(_, element)| element));
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

fn contents<'a>(sections: impl Iterator<Item = &'a dyn Section>) -> Element {
    let link =
        |section: &dyn Section| el("a").attr("href", format_args!("#{}", section.id())).text(section.title());
    el("nav").attr("aria-label", "Sections").extend(sections.map(link))
}

fn footer(run: &RunData) -> Element {
    el("footer")
        .text("Made by Holdfast from the artifacts of run ")
        .push(el("code").text(&run.name))
        .text(format_args!(", page version {}. Equal artifacts give an equal page.", REPORT_VERSION))
}
