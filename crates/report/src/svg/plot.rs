//! A plot: two scales with their axes and a grid.

use super::scale::{Scale, Tick};
use super::{coordinate, label, line, picture};
use crate::html::{Element, el};

const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 42.0;

/// The frame of a chart, in pixels; the legend goes above it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Plot {
    /// The pixel position of a pair of values.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = LEFT + self.x.share(x) * (self.width - LEFT - RIGHT);
        let down = self.bottom() - self.y.share(y) * (self.bottom() - TOP);
        (across, down)
    }

    /// The y positions of the upper and the lower edge, in pixels.
    pub(crate) fn edges(&self) -> (f64, f64) {
        (TOP, self.bottom())
    }

    fn bottom(&self) -> f64 {
        self.height - BOTTOM
    }

    /// The picture with labelled axes and a grid; ticks on the x axis are whole numbers.
    pub(crate) fn picture(&self, title: &str, x_name: &str, y_name: &str) -> Element {
        let bottom = self.bottom();
        let right = self.width - RIGHT;
        let across: Vec<Tick> = self.x.whole_ticks((self.width / 70.0) as usize);
        let up = self.y.ticks(7);
        let grid = up.iter().map(|(value, text)| {
            let (_, y) = self.at((0.0, *value));
            el("g").push(line("rule", (LEFT, y), (right, y))).push(label(
                "tick",
                "end",
                (LEFT - 8.0, y + 4.0),
                text,
            ))
        });
        let columns = across.iter().map(|(value, text)| {
            let (x, _) = self.at((*value, 0.0));
            el("g").push(line("axis", (x, bottom), (x, bottom + 4.0))).push(label(
                "tick",
                "middle",
                (x, bottom + 17.0),
                text,
            ))
        });
        let middle = (TOP + bottom) / 2.0;
        picture(self.width, self.height, title)
            .extend(grid)
            .extend(columns)
            .push(line("axis", (LEFT, bottom), (right, bottom)))
            .push(label("name", "middle", ((LEFT + right) / 2.0, self.height - 6.0), x_name))
            .push(
                label("name", "middle", (12.0, middle), y_name)
                    .attr("transform", format_args!("rotate(-90 12 {})", coordinate(middle))),
            )
    }

    /// The position of the legend's first entry.
    pub(crate) fn legend_start(&self) -> (f64, f64) {
        (LEFT, 14.0)
    }
}
