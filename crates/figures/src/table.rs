//! The test figures side by side.

use crate::figure::{Better, Figure};
use crate::names::baseline_title;
use crate::shown::Shown;
use crate::unit::Unit;
use artifact_core::schema::{FigureInterval, TestMetrics};

/// The figures of a model next to those of what it is compared with, as every page and terminal shows them.
#[derive(Debug, Clone)]
pub struct TestTable {
    /// What the columns are of, the model first: a title, and a short name for terminals.
    pub columns: Vec<Column>,
    /// One row for each figure of which at least one column has something to show.
    pub rows: Vec<Row>,
    /// Why cells are empty: each reason once, with the figures that it concerns.
    pub absent: Vec<String>,
}

/// What a column is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name for people: `Linear model`.
    pub title: String,
    /// Its written name: `model`, `linear`, `buy_and_hold`.
    pub name: String,
}

/// One figure of all columns.
#[derive(Debug, Clone)]
pub struct Row {
    /// The figure.
    pub figure: &'static Figure,
    /// What each column shows.
    pub cells: Vec<Shown>,
    /// The interval of the model's figure, where it has one and is shown.
    pub interval: Option<(f64, f64)>,
    /// The best of the shown values, where one is better than another.
    pub best: Option<f64>,
}

impl TestTable {
    /// The table of a test.
    pub fn of(test: &TestMetrics) -> Self {
        let numbers = test.model.numbers.is_some();
        let title = |name: &str| match name {
            "model" => "Final model".to_owned(),
            other => baseline_title(other, numbers),
        };
        let column = |name: &str| Column { title: title(name), name: name.to_owned() };
        let mut columns: Vec<Column> = test.all().map(|(name, _)| column(name)).collect();
        if test.buy_and_hold.is_some() {
            columns.push(column(TestMetrics::BUY_AND_HOLD));
        }
        let all: Vec<Row> = Figure::of(&test.model).map(|figure| Row::of(figure, test)).collect();
        let mut absent: Vec<(String, Vec<&str>)> = Vec::new();
        for row in &all {
            // Only the model's own: what buying and holding does not have is no news.
            let Some(reason) = row.cells.first().and_then(Shown::why_not) else { continue };
            match absent.iter_mut().find(|(known, _)| known == reason) {
                Some((_, figures)) => figures.push(row.figure.short),
                None => absent.push((reason.to_owned(), vec![row.figure.short])),
            }
        }
        let absent = absent.into_iter().map(|(reason, figures)| format!("{}: {reason}", figures.join(", ")));
        let rows = all.iter().filter(|row| row.cells.iter().any(|cell| cell.value().is_some()));
        Self { columns, rows: rows.cloned().collect(), absent: absent.collect() }
    }

    /// The table as lines of text: a line of names, one line for each figure with the model's interval at its end, and the reasons
    /// for empty cells.
    pub fn to_text(&self) -> String {
        let mut lines = vec![Vec::new()];
        lines[0].push("test".to_owned());
        lines[0].extend(self.columns.iter().map(|column| column.name.replace('_', " ")));
        for row in &self.rows {
            let mut cells = vec![row.figure.short.to_owned()];
            cells.extend(row.cells.iter().map(|cell| row.written(cell)));
            lines.push(cells);
        }
        let width = |place: usize| lines.iter().map(|cells| cells[place].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let mut text = String::new();
        for (number, cells) in lines.iter().enumerate() {
            let aligned = cells.iter().zip(&widths).enumerate().map(|(place, (cell, width))| match place {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            });
            let interval = number.checked_sub(1).and_then(|place| self.rows[place].written_interval());
            let end = match (number, interval) {
                (0, _) if self.rows.iter().any(|row| row.interval.is_some()) => {
                    "  95 % interval of the model".to_owned()
                }
                (_, Some(interval)) => format!("  {interval}"),
                _ => String::new(),
            };
            text += aligned.chain([end]).collect::<String>().trim_end();
            text.push('\n');
        }
        for reason in &self.absent {
            text += &format!("n/a  {reason}\n");
        }
        text
    }
}

impl Row {
    fn of(figure: &'static Figure, test: &TestMetrics) -> Self {
        let mut cells: Vec<Shown> = test.all().map(|(_, evaluation)| figure.shown(evaluation)).collect();
        if test.buy_and_hold.is_some() {
            cells.push(figure.shown_of_buy_and_hold(test));
        }
        let interval = test.inference.as_ref().and_then(|inference| inference.of(figure.name));
        // What only describes is shown of any number of rows, too few for an interval.
        let rated = figure.better != Better::Neither;
        let interval = interval.filter(|_| rated && cells[0].value().is_some());
        let values = cells.iter().filter_map(Shown::value);
        let best = match figure.better {
            Better::Higher => values.reduce(f64::max),
            Better::Lower => values.reduce(f64::min),
            Better::Neither => None,
        };
        Self { figure, cells, interval: interval.map(|FigureInterval { low, high, .. }| (*low, *high)), best }
    }

    /// A cell as text; `n/a` where nothing is shown.
    pub fn written(&self, cell: &Shown) -> String {
        cell.value().map_or("n/a".to_owned(), |value| self.figure.unit.write(value))
    }

    /// The interval of the model's figure as text: `0.010 to 0.074`.
    pub fn written_interval(&self) -> Option<String> {
        let unit: Unit = self.figure.unit;
        self.interval.map(|(low, high)| format!("{} to {}", unit.write(low), unit.write(high)))
    }
}
