//! A timeline of consecutive spans of the calendar.

use super::{label, line, picture, rectangle, text_width};
use crate::html::Element;
use artifact_core::Moment;
use chrono::{Datelike as _, NaiveDate};

/// Consecutive rows of the panel.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// The label of the span.
    pub(crate) name: String,
    /// The style sheet's class.
    pub(crate) class: &'static str,
    /// The date of the first row.
    pub(crate) from: Moment,
}

const WIDTH: f64 = 1060.0;
const EDGE: f64 = 4.0;
const BAR: (f64, f64) = (30.0, 40.0);

/// Draws the spans, each up to the start of the next and the last one up to `end`, with their first dates above and
/// years below.
pub(crate) fn timeline(title: &str, spans: &[Span], end: Moment) -> Element {
    let Some(start) = spans.first().map(|span| span.from) else {
        return picture(WIDTH, 1.0, title);
    };
    let seconds = (end - start).num_seconds().max(1) as f64;
    let at = |date: Moment| EDGE + (date - start).num_seconds() as f64 / seconds * (WIDTH - 2.0 * EDGE);
    let (top, height) = BAR;
    let mut svg = picture(WIDTH, 104.0, title);
    let mut free = f64::NEG_INFINITY;
    for (place, span) in spans.iter().enumerate() {
        let next = spans.get(place + 1).map_or(end, |span| span.from);
        let (left, right) = (at(span.from), at(next));
        svg = svg.push(rectangle(
            &format!("span {}", span.class),
            (left, top),
            ((right - left).max(1.0), height),
        ));
        if text_width(&span.name) + 16.0 < right - left {
            let middle = ((left + right) / 2.0, top + height / 2.0 + 4.0);
            svg = svg.push(label("span-name", "middle", middle, &span.name));
        }
        let date = span.from.to_string();
        // A date that would run into the one before it is left out.
        if left >= free {
            svg = svg.push(line("axis", (left, top - 6.0), (left, top))).push(label(
                "tick",
                "start",
                (left, top - 10.0),
                &date,
            ));
            free = left + text_width(&date) + 10.0;
        }
    }
    let last = end.to_string();
    if WIDTH - EDGE - text_width(&last) >= free {
        svg = svg.push(label("tick", "end", (WIDTH - EDGE, top - 10.0), &last));
    }
    svg.extend(years(start, end, at))
}

/// A tick for each New Year, thinned out so that labels do not overlap.
fn years(start: Moment, end: Moment, at: impl Fn(Moment) -> f64) -> Vec<Element> {
    let (start, end) = (start.date(), end.date());
    let below = BAR.0 + BAR.1;
    let span = (end.year() - start.year()).max(1);
    let step = (span + 17) / 18;
    (start.year() + 1..=end.year())
        .filter(|year| (year - start.year() - 1) % step == 0)
        .filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1))
        .flat_map(|date| {
            let x = at(date.into());
            [
                line("axis", (x, below), (x, below + 6.0)),
                label(
                    "tick",
                    if x > WIDTH - 24.0 { "end" } else { "middle" },
                    (x, below + 20.0),
                    date.year(),
                ),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_days_and_many_years_are_drawn() {
        let date = |year| Moment::from(NaiveDate::from_ymd_opt(year, 3, 1).unwrap());
        let span = |year| Span { name: "train".into(), class: "train", from: date(year) };
        for (spans, end) in
            [(vec![], date(2020)), (vec![span(2020)], date(2020)), (vec![span(1950), span(2010)], date(2024))]
        {
            let text = timeline("t", &spans, end).to_string();
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            assert!(text.matches("<text").count() < 30);
        }
    }
}
