//! Line charts over counts, such as learning curves.

use super::plot::Plot;
use super::scale::Scale;
use super::{circle, label, line, path, text_width};
use crate::html::{Element, el};

/// One curve.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Its name in the legend; curves without a name are drawn faint and have no entry.
    pub(crate) name: Option<String>,
    /// The index of its colour in the style sheet, from 0.
    pub(crate) colour: usize,
    /// The values, by x.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A chart of curves.
#[derive(Debug, Clone)]
pub(crate) struct LineChart<'a> {
    /// Its accessible title.
    pub(crate) title: &'a str,
    /// The width and height in pixels.
    pub(crate) size: (f64, f64),
    /// The names of both axes.
    pub(crate) names: (&'a str, &'a str),
    /// The curves.
    pub(crate) series: Vec<Series>,
    /// A marked x value, with its label.
    pub(crate) mark: Option<(f64, String)>,
    /// Further values for the y scale to cover, so that several charts can share a scale.
    pub(crate) also: Vec<f64>,
}

impl LineChart<'_> {
    /// Draws the chart. Points that are not finite are left out; a single point becomes a dot.
    pub(crate) fn draw(&self) -> Element {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let plot = Plot {
            width: self.size.0,
            height: self.size.1,
            x: Scale::counting(points().map(|p| p.0).chain(self.mark.iter().map(|m| m.0))),
            y: Scale::padded(points().map(|p| p.1).chain(self.also.iter().copied())),
        };
        let mut picture = plot.picture(self.title, self.names.0, self.names.1);
        if let Some((x, text)) = &self.mark {
            picture = picture.push(mark(&plot, *x, text));
        }
        // Named curves are drawn last, so that they lie on top of the faint ones.
        let (named, faint): (Vec<_>, Vec<_>) = self.series.iter().partition(|series| series.name.is_some());
        picture = picture.extend(faint.iter().chain(&named).map(|series| curve(&plot, series)));
        picture.push(legend(&plot, &named))
    }
}

fn curve(plot: &Plot, series: &Series) -> Element {
    let finite = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
    let pixels: Vec<(f64, f64)> = series.points.iter().filter(finite).map(|&point| plot.at(point)).collect();
    let faint = if series.name.is_some() { "" } else { " faint" };
    match pixels[..] {
        [only] => circle(&format!("dot c{}{faint}", series.colour), only, 3.5),
        _ => path(&format!("curve c{}{faint}", series.colour), &pixels),
    }
}

fn mark(plot: &Plot, x: f64, text: &str) -> Element {
    let (top, bottom) = plot.edges();
    let (across, _) = plot.at((x, 0.0));
    // The label is drawn on the side of the line that has room.
    let (anchor, offset) = if plot.x.share(x) > 0.6 { ("end", -5.0) } else { ("start", 5.0) };
    el("g").push(line("mark", (across, top), (across, bottom))).push(label(
        "tick",
        anchor,
        (across + offset, top + 10.0),
        text,
    ))
}

fn legend(plot: &Plot, series: &[&Series]) -> Element {
    let (mut x, y) = plot.legend_start();
    let mut group = el("g");
    for series in series {
        let Some(name) = &series.name else { continue };
        group = group
            .push(line(&format!("curve c{}", series.colour), (x, y - 4.0), (x + 18.0, y - 4.0)))
            .push(label("tick", "start", (x + 24.0, y), name));
        x += 24.0 + text_width(name) + 18.0;
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(points: &[(f64, f64)]) -> String {
        let series = vec![Series { name: Some("loss".into()), colour: 0, points: points.to_vec() }];
        let chart = LineChart {
            title: "t",
            size: (500.0, 260.0),
            names: ("epoch", "loss"),
            series,
            mark: Some((1.0, "best".into())),
            also: Vec::new(),
        };
        chart.draw().to_string()
    }

    #[test]
    fn degenerate_data_is_drawn_without_nan() {
        for points in
            [&[][..], &[(1.0, 0.5)], &[(1.0, 2.0), (2.0, 2.0)], &[(1.0, -3.0), (2.0, f64::NAN), (3.0, -1.0)]]
        {
            let text = draw(points);
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
        assert!(draw(&[(1.0, 0.5)]).contains("<circle"));
    }
}
