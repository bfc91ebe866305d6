//! The lineage diagram, from the frozen bars to the final model.

use super::{label, line, path, picture, rectangle};
use crate::html::{Element, el};

/// One artifact in the diagram.
#[derive(Debug, Clone)]
pub(crate) struct Station {
    /// What it is.
    pub(crate) name: &'static str,
    /// Its short id; `None` if it does not exist yet.
    pub(crate) id: Option<String>,
    /// Short lines about its content.
    pub(crate) lines: Vec<String>,
}

const WIDTH: f64 = 1060.0;
const GAP: f64 = 34.0;
const TOP: f64 = 6.0;
const HEIGHT: f64 = 94.0;

/// Draws the stations from left to right with arrows between them, and below them the path of the test rows, which
/// branches off at station `sealed` and rejoins only at the last one.
pub(crate) fn lineage(title: &str, stations: &[Station], sealed: usize) -> Element {
    let count = stations.len().max(1) as f64;
    let width = (WIDTH - 4.0 - GAP * (count - 1.0)) / count;
    let left = |place: usize| 2.0 + place as f64 * (width + GAP);
    let middle = TOP + HEIGHT / 2.0;
    let mut svg = picture(WIDTH, 152.0, title);
    for (place, station) in stations.iter().enumerate() {
        if place > 0 {
            svg = svg.push(arrow((left(place) - GAP, middle), (left(place), middle)));
        }
        svg = svg.push(box_of(station, left(place), width));
    }
    if stations.len() > sealed + 1 {
        let from = left(sealed) + width / 2.0;
        let to = left(stations.len() - 1) + width / 2.0;
        svg = svg.push(detour(from, to));
    }
    svg
}

fn box_of(station: &Station, left: f64, width: f64) -> Element {
    let class = if station.id.is_some() { "station" } else { "station absent" };
    let x = left + 12.0;
    let mut group = el("g")
        .push(rectangle(class, (left, TOP), (width, HEIGHT)).attr("rx", 6))
        .push(label("station-name", "start", (x, TOP + 22.0), station.name))
        .push(label(
            "station-id",
            "start",
            (x, TOP + 41.0),
            station.id.as_deref().unwrap_or("not there yet"),
        ));
    for (place, text) in station.lines.iter().enumerate() {
        let y = TOP + 63.0 + 17.0 * place as f64;
        group = group.push(label("tick", "start", (x, y), text));
    }
    group
}

fn arrow(from: (f64, f64), to: (f64, f64)) -> Element {
    let tip = (to.0 - 3.0, to.1);
    el("g")
        .class("arrow")
        .push(line("", (from.0 + 3.0, from.1), tip))
        .push(path("", &[(tip.0 - 6.0, tip.1 - 4.0), tip, (tip.0 - 6.0, tip.1 + 4.0)]))
}

fn detour(from: f64, to: f64) -> Element {
    let (below, floor) = (TOP + HEIGHT, TOP + HEIGHT + 24.0);
    let tip = (to, below + 3.0);
    el("g")
        .push(
            el("g")
                .class("arrow sealed")
                .push(path("", &[(from, below + 2.0), (from, floor), (to, floor), tip]))
                .push(path("tip", &[(to - 4.0, tip.1 + 6.0), tip, (to + 4.0, tip.1 + 6.0)])),
        )
        .push(label(
            "tick",
            "middle",
            ((from + to) / 2.0, floor + 17.0),
            "test rows, sealed until the final model is scored",
        ))
}
