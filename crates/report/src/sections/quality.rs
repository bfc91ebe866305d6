//! The quality of the bars: what became of every row, what was found by reason, and the faults themselves.

use crate::format::{count, counted};
use crate::html::{Cell, Element, Table, el, notice, paragraph};
use artifact_core::schema::{Account, Seal};
use figures::{Reason, advice, losses};

/// The most faults that are listed.
const FAULTS: usize = 20;
/// The most tickers that are listed without being asked for.
const TICKERS: usize = 20;
/// The most tickers that a reason names.
const NAMED: usize = 5;

/// The quality of a seal's bars.
pub(super) fn quality(seal: &Seal) -> Vec<Element> {
    let mut elements = Vec::new();
    for line in losses(seal) {
        elements.push(paragraph(format!("{}.", capitalised(&line))));
    }
    elements.extend(advice(seal).iter().map(|line| notice("warn", line)));
    elements.extend(seal.account.as_ref().map(tickers));
    if seal.faults.is_empty() {
        elements.push(paragraph("No faults were found."));
        return elements;
    }
    elements.push(reasons(seal));
    elements.push(faults(seal));
    elements
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What became of the rows of each ticker; behind a summary if there are many.
fn tickers(account: &Account) -> Element {
    let head = [
        "Ticker",
        "First",
        "Last",
        "#Given",
        "#Outside the period",
        "#Faulty",
        "#Date repeated",
        "#Not common",
        "#Used",
        "#Filled",
        "#Empty",
    ];
    let caption = format!("What became of every row; the bars are {}", account.spacing.describe());
    let mut table = Table::new(caption, &head);
    for ticker in &account.tickers {
        let numbers = [
            ticker.given,
            ticker.outside,
            ticker.faulty,
            ticker.repeated,
            ticker.uncommon,
            ticker.used,
            ticker.filled,
            ticker.empty,
        ];
        let mut row = vec![
            Cell::Text(ticker.ticker.clone()),
            Cell::Date(ticker.first_date.to_string()),
            Cell::Date(ticker.last_date.to_string()),
        ];
        row.extend(numbers.map(|number| Cell::Number(count(number as u64))));
        table.row(row);
    }
    if account.tickers.len() <= TICKERS {
        return table.element();
    }
    let summary = format!("The rows of {}", counted(account.tickers.len(), "ticker"));
    el("details").push(el("summary").text(summary)).push(table.element())
}

/// What was found, by reason.
fn reasons(seal: &Seal) -> Element {
    let head = ["Severity", "Fault", "#Rows or dates", "Tickers", "Action"];
    let mut table = Table::new("What was found, by reason", &head);
    for reason in Reason::all(&seal.faults) {
        let named: Vec<String> = reason
            .tickers
            .iter()
            .take(NAMED)
            .map(|(ticker, rows)| format!("{ticker} {}", count(*rows as u64)))
            .collect();
        let mut named = named.join(", ");
        if let Some(more @ 1..) = reason.tickers.len().checked_sub(NAMED) {
            named += &format!(" and {}", counted(more, "more ticker"));
        }
        table.row(vec![
            Cell::Text(reason.severity().describe().to_owned()),
            Cell::Text(reason.kind.describe().to_owned()),
            Cell::Number(count(reason.rows() as u64)),
            Cell::Text(named),
            Cell::Text(reason.action.describe().to_owned()),
        ]);
    }
    table.element()
}

/// The first faults, one by one.
fn faults(seal: &Seal) -> Element {
    let listed = seal.faults.len().min(FAULTS);
    let caption = match seal.faults.len() - listed {
        0 => counted(listed, "fault"),
        _ => format!("The first {listed} of {}", counted(seal.faults.len(), "fault")),
    };
    let head = ["Ticker", "Date", "#Line", "Fault", "Values", "Action"];
    let mut table = Table::new(caption, &head);
    for fault in seal.faults.iter().take(FAULTS) {
        table.row(vec![
            Cell::Text(fault.ticker.clone()),
            Cell::Date(fault.date.to_string()),
            Cell::Number(fault.line.map_or_else(String::new, |line| line.to_string())),
            Cell::Text(fault.kind.describe().to_owned()),
            Cell::Text(fault.detail.clone()),
            Cell::Text(fault.action.describe().to_owned()),
        ]);
    }
    table.element()
}
