//! Scatter charts over counts, in groups, with the best value so far.

use super::plot::Plot;
use super::scale::Scale;
use super::{coordinate, label, path, text_width};
use crate::html::{Element, el};

/// Points of one colour and symbol.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its name in the legend.
    pub(crate) name: String,
    /// The points, each with its tooltip.
    pub(crate) points: Vec<((f64, f64), String)>,
}

/// A chart of points.
#[derive(Debug, Clone)]
pub(crate) struct Scatter<'a> {
    /// Its accessible title.
    pub(crate) title: &'a str,
    /// The names of both axes.
    pub(crate) names: (&'a str, &'a str),
    /// The groups.
    pub(crate) groups: Vec<Group>,
    /// The x values without a y value, each with its tooltip.
    pub(crate) failed: Vec<(f64, String)>,
    /// The best value so far, as steps.
    pub(crate) best: Vec<(f64, f64)>,
}

impl Scatter<'_> {
    /// Draws the chart.
    pub(crate) fn draw(&self) -> Element {
        let points = || self.groups.iter().flat_map(|group| &group.points);
        let xs = points().map(|point| point.0.0).chain(self.failed.iter().map(|f| f.0));
        let plot = Plot {
            width: 1060.0,
            height: 330.0,
            x: Scale::counting(xs),
            y: Scale::padded(points().map(|point| point.0.1)),
        };
        let mut picture = plot.picture(self.title, self.names.0, self.names.1);
        if !self.best.is_empty() {
            picture = picture.push(path("best", &self.steps(&plot)));
        }
        for (place, group) in self.groups.iter().enumerate() {
            picture = picture.extend(
                group
                    .points
                    .iter()
                    .map(|(point, text)| symbol(place, plot.at(*point)).push(el("title").text(text))),
            );
        }
        // A failed trial has no value, so its cross stands at the lower edge and does not stretch the y scale.
        let (_, bottom) = plot.edges();
        let crosses = self.failed.iter().map(|(x, text)| {
            let (x, _) = plot.at((*x, 0.0));
            cross((x, bottom - 8.0)).push(el("title").text(text))
        });
        picture.extend(crosses).push(self.legend(&plot))
    }

    fn steps(&self, plot: &Plot) -> Vec<(f64, f64)> {
        let mut pixels: Vec<(f64, f64)> = Vec::new();
        for &point in &self.best {
            let (x, y) = plot.at(point);
            // Horizontal first: the previous best holds until this trial.
            if let Some(&(_, previous)) = pixels.last() {
                pixels.push((x, previous));
            }
            pixels.push((x, y));
        }
        pixels
    }

    fn legend(&self, plot: &Plot) -> Element {
        let (mut x, y) = plot.legend_start();
        let mut group = el("g");
        let mut entry = |sign: Element, name: &str| {
            let text = label("tick", "start", (x + 14.0, y), name);
            x += 14.0 + text_width(name) + 22.0;
            (sign, text)
        };
        let mut place = plot.legend_start().0 + 5.0;
        let mut add = |make: &dyn Fn((f64, f64)) -> Element, name: &str| {
            let (sign, text) = entry(make((place, y - 4.0)), name);
            place += 14.0 + text_width(name) + 22.0;
            group = group.clone().push(sign).push(text);
        };
        for (number, points) in self.groups.iter().enumerate() {
            add(&|at| symbol(number, at), &points.name);
        }
        if !self.failed.is_empty() {
            add(&cross, "failed");
        }
        if !self.best.is_empty() {
            add(&|(x, y)| path("best", &[(x - 6.0, y), (x + 6.0, y)]), "best so far");
        }
        group
    }
}

/// A group's symbol; shapes differ as well as colours, for readers who cannot tell the colours apart.
fn symbol(group: usize, (x, y): (f64, f64)) -> Element {
    let corners: &[(f64, f64)] = match group % 4 {
        0 => return super::circle(&format!("dot c{}", group % super::COLOURS), (x, y), 4.5),
        1 => &[(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)],
        2 => &[(0.0, -5.2), (5.2, 4.0), (-5.2, 4.0)],
        _ => &[(0.0, -5.5), (5.5, 0.0), (0.0, 5.5), (-5.5, 0.0)],
    };
    let points: Vec<String> =
        corners.iter().map(|(dx, dy)| format!("{},{}", coordinate(x + dx), coordinate(y + dy))).collect();
    el("polygon").class(format!("dot c{}", group % super::COLOURS)).attr("points", points.join(" "))
}

fn cross((x, y): (f64, f64)) -> Element {
    el("g")
        .class("failed")
        .push(path("", &[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)]))
        .push(path("", &[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(values: &[f64], failed: &[f64]) -> String {
        let points = values.iter().enumerate().map(|(x, y)| ((x as f64, *y), "p".into()));
        Scatter {
            title: "t",
            names: ("trial", "mcc"),
            groups: vec![Group { name: "random".into(), points: points.collect() }],
            failed: failed.iter().map(|x| (*x, "f".into())).collect(),
            best: values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect(),
        }
        .draw()
        .to_string()
    }

    #[test]
    fn degenerate_data_is_drawn_without_nan() {
        for values in [&[][..], &[0.5], &[-2.0, -2.0, -2.0], &[-1.0, 0.0, 3.0]] {
            for failed in [&[][..], &[0.0]] {
                let text = draw(values, failed);
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }
    }
}
