//! Charts as inline SVG, coloured by the page's style sheet.

mod line_chart;
mod lineage;
mod plot;
mod scale;
mod scatter;
mod timeline;

pub(crate) use line_chart::{LineChart, Series};
pub(crate) use lineage::{Station, lineage};
pub(crate) use scatter::{Group, Scatter};
pub(crate) use timeline::{Span, timeline};

use crate::html::{Element, el};

/// How many colours and symbols the style sheet has for series.
pub(crate) const COLOURS: usize = 6;

/// An empty picture of this size in CSS pixels; `label` is its accessible name.
fn picture(width: f64, height: f64, label: &str) -> Element {
    el("svg")
        .attr("viewBox", format_args!("0 0 {} {}", coordinate(width), coordinate(height)))
        .attr("style", format_args!("--w:{}px", coordinate(width)))
        .attr("role", "img")
        .attr("aria-label", label)
        .push(el("title").text(label))
}

/// A coordinate with at most two decimals.
fn coordinate(value: f64) -> String {
    // Finer than any screen shows; more digits would only make the page larger.
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn line(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Element {
    el("line")
        .class(class)
        .attr("x1", coordinate(x1))
        .attr("y1", coordinate(y1))
        .attr("x2", coordinate(x2))
        .attr("y2", coordinate(y2))
}

fn rectangle(class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) -> Element {
    el("rect")
        .class(class)
        .attr("x", coordinate(x))
        .attr("y", coordinate(y))
        .attr("width", coordinate(width))
        .attr("height", coordinate(height))
}

/// Text at a position; `anchor` is `start`, `middle` or `end`.
fn label(class: &str, anchor: &str, (x, y): (f64, f64), text: impl std::fmt::Display) -> Element {
    el("text")
        .class(class)
        .attr("text-anchor", anchor)
        .attr("x", coordinate(x))
        .attr("y", coordinate(y))
        .text(text)
}

fn path(class: &str, points: &[(f64, f64)]) -> Element {
    let mut data = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        data.push(if place == 0 { 'M' } else { 'L' });
        data.push_str(&format!("{} {}", coordinate(x), coordinate(y)));
    }
    el("path").class(class).attr("d", data)
}

fn circle(class: &str, (x, y): (f64, f64), radius: f64) -> Element {
    el("circle")
        .class(class)
        .attr("cx", coordinate(x))
        .attr("cy", coordinate(y))
        .attr("r", coordinate(radius))
}

/// The approximate width of a text in the style sheet's small type, in pixels.
fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_never_negative_zero() {
        for (value, expected) in [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (10.0, "10"), (2.50, "2.5")] {
            assert_eq!(coordinate(value), expected);
        }
    }
}
