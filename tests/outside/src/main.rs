//! A whole `holdfast` with parts of a user's own, made with the public library alone.

use holdfast::prelude::*;

/// The mean opening gap of the last rows, relative to the close before.
struct Gap;

impl Part for Gap {
    fn declaration(&self) -> Declaration {
        Declaration::new("gap", "Mean opening gap of the last rows.")
            .parameter(Parameter::size("smooth", "Rows in the mean.").default(1))
    }
}

impl Feature for Gap {
    fn columns(&self, _params: &Params) -> Vec<String> {
        vec!["gap".to_owned()]
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        let smooth = params.size("smooth").unwrap_or(1);
        let gap = |row: usize| bars.open()[row] / bars.close()[row - 1] - 1.0;
        let mean = |row: usize| match row.checked_sub(smooth) {
            Some(before) => (before + 1..=row).map(gap).sum::<f64>() / smooth as f64,
            None => 0.0,
        };
        vec![(0..bars.rows()).map(mean).collect()]
    }
}

/// Uniform draws under a name of its own.
struct Uniform;

impl Part for Uniform {
    fn declaration(&self) -> Declaration {
        Declaration::new("uniform", "Draws every point uniformly.")
    }
}

impl Sampler for Uniform {
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point {
        Random.suggest(space, told, params, rng)
    }
}

/// A line about where the bars came from.
struct Provenance;

impl Section for Provenance {
    fn id(&self) -> &str {
        "provenance"
    }

    fn title(&self) -> &str {
        "Provenance"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        let text = format!("The bars come from {}.", run.data.seal.source.kind);
        Some(el("section").attr("id", self.id()).push(el("h2").text(self.title())).push(el("p").text(text)))
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_feature(Gap).with_sampler(Uniform).with_section(Provenance))
}
