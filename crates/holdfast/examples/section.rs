//! A custom report section: how often the model predicts each class, next to how often the class occurs.
//!
//! `cargo run --example section -- pipeline --config crates/holdfast/examples/section.toml`

use holdfast::prelude::*;

/// The share of each class among the test labels and among the model's predictions.
struct ClassShares;

impl Section for ClassShares {
    fn id(&self) -> &str {
        "class-shares"
    }

    fn title(&self) -> &str {
        "Class shares"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        let test = &run.final_fit.as_ref()?.bundle.test.model;
        let total = test.samples.max(1) as f64;
        let percent = |count: u64| format!("{:.0} %", 100.0 * count as f64 / total);
        let row = |class: usize| {
            let truth = test.confusion[class].iter().sum();
            let predicted = test.confusion.iter().map(|row| row[class]).sum();
            let cell = |text: String| el("td").text(text);
            el("tr")
                .push(cell(CLASS_NAMES[class].to_owned()))
                .push(cell(percent(truth)))
                .push(cell(percent(predicted)))
        };
        let head = ["class", "true", "predicted"].map(|name| el("th").text(name));
        let table = el("table").push(el("tr").extend(head)).extend((0..CLASSES).map(row));
        Some(el("section").attr("id", self.id()).push(el("h2").text(self.title())).push(table))
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_section(ClassShares))
}
