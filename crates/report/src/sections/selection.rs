//! How much of the result is selection.

use super::Section;
use crate::format::{count, counted, decimals, percent};
use crate::gather::RunData;
use crate::html::{Cell, Element, Table, el, notice, paragraph, section as new_section};
use crate::selection::SelectionBias;
use statistics::{DeflatedSharpe, Overfitting};

const ID: &str = "selection";

/// How much of the best trial's score is luck.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HowMuchIsSelection;

impl Section for HowMuchIsSelection {
    fn id(&self) -> &str {
        ID
    }

    fn title(&self) -> &str {
        "Selection"
    }

    fn render(&self, run: &RunData) -> Option<Element> {
        section(run)
    }
}

fn section(run: &RunData) -> Option<Element> {
    let selection = run.selection.as_ref()?;
    let tables = [
        match &selection.deflated_sharpe {
            Ok(found) => deflated_table(selection, found),
            Err(reason) => undefined("The deflated Sharpe ratio is undefined", reason),
        },
        match &selection.overfitting {
            Ok(found) => overfitting_table(found),
            Err(reason) => undefined("The probability of overfitting is undefined", reason),
        },
    ];
    Some(
        new_section(ID, "How much of the result is selection")
            .push(paragraph(introduction(selection)))
            .extend(selected_by(run, selection))
            .extend(lost_log(selection))
            .extend(tables)
            .push(el("p").class("small").text(ASSUMPTIONS)),
    )
}

const ASSUMPTIONS: &str = "These figures are computed from the strategies' returns after cost on the validation rows, bar by \
     bar, so that trials with any windows can be compared; a bar before a trial's first decision returns 0, so its Sharpe ratio \
     here may differ a little from that of its own bars. Trials are grouped where their returns correlate by 0.5 or more on \
     average; trials whose returns are gone count as groups of their own. The deflated Sharpe ratio takes trials, or groups, and \
     returns as independent: by the number of trials it is too strict, and positions that last for several bars make it too \
     lenient. Only this study's trials compete in the probability of overfitting.";

fn introduction(selection: &SelectionBias) -> String {
    format!(
        "{} in {} have been finished on these development rows in this workspace so far, whether or not their results \
         still exist. The best of many looks good by luck alone; the trial judged here is {}.",
        counted(selection.trials, "trial"),
        match selection.studies {
            1 => "1 study".to_owned(),
            n => format!("{} studies", count(n as u64)),
        },
        selection.trial
    )
}

/// Says where trials are selected by another figure than the Sharpe ratio, and how the judged one does by that.
fn selected_by(run: &RunData, selection: &SelectionBias) -> Option<Element> {
    let objective = &run.tuning.as_ref()?.objective;
    let (rank, of) = selection.rank_by_sharpe?;
    let place = format!("trial {} is number {rank} of {} by Sharpe ratio", selection.trial, count(of as u64));
    let text = if run.tuning.as_ref()?.study.objective.name == "sharpe" {
        format!("The study selects by what is judged here, the Sharpe ratio: {place}.")
    } else {
        format!(
            "The study does not select by what is judged here: its objective is {}, and {place}. The figures below say how far \
             the Sharpe ratio of that trial can be luck, not the objective.",
            objective.title
        )
    };
    Some(paragraph(text))
}

fn lost_log(selection: &SelectionBias) -> Option<Element> {
    let text = format_args!(
        "The trial log lacks {} of this study: it was lost or replaced, so there may have been more trials than are \
         counted here.",
        counted(selection.unlogged, "trial")
    );
    (selection.unlogged > 0).then(|| notice("warn", text))
}

fn undefined(what: &str, reason: impl std::fmt::Display) -> Element {
    paragraph(format_args!("{what}: {reason}."))
}

fn deflated_table(selection: &SelectionBias, found: &DeflatedSharpe) -> Element {
    let annual = |sharpe: f64| decimals(sharpe * selection.bars_per_year.sqrt(), 2);
    let effective = selection.deflated_by_effective.as_ref();
    let groups = match &selection.effective_trials {
        Ok(groups) => count(*groups as u64),
        Err(reason) => format!("n/a ({reason})"),
    };
    let moments = &found.moments;
    let best =
        format!("Best Sharpe ratio to expect from {} without skill", counted(selection.trials, "trial"));
    let caption = format!("Deflated Sharpe ratio of trial {}", selection.trial);
    figures(
        caption,
        [
            ("Sharpe ratio over all validation rows, annualised".into(), annual(moments.sharpe)),
            (best, annual(found.benchmark)),
            (
                "Deflated Sharpe ratio: probability that the true Sharpe ratio exceeds that".into(),
                percent(found.probability),
            ),
            ("Different bets among these trials (groups whose returns go together)".into(), groups),
            (
                "Deflated Sharpe ratio by that number".into(),
                effective.map_or("n/a".to_owned(), |found| percent(found.probability)),
            ),
            (
                "Standard deviation of the Sharpe ratio across all trials, annualised".into(),
                annual(found.variance.sqrt()),
            ),
            ("Skewness of the returns".into(), decimals(moments.skewness, 2)),
            ("Kurtosis of the returns (3 is normal)".into(), decimals(moments.kurtosis, 2)),
            ("Rows".into(), count(moments.count as u64)),
        ],
    )
}

fn overfitting_table(found: &Overfitting) -> Element {
    let slope = found.slope.map_or("–".to_owned(), |slope| decimals(slope, 2));
    figures(
        "Probability of backtest overfitting (CSCV)".into(),
        [
            (
                "Probability that the best trial in one half of the rows is below the median in the other"
                    .into(),
                percent(found.probability),
            ),
            ("Probability that it loses money there".into(), percent(found.loss)),
            ("Slope of its Sharpe ratio there against that in the half where it was chosen".into(), slope),
            ("Candidates: this study's trials with a score".into(), count(found.candidates as u64)),
            (
                "Combinations of blocks".into(),
                format!("{} of {}", count(found.combinations as u64), counted(found.blocks, "block")),
            ),
            ("Rows".into(), count(found.returns as u64)),
        ],
    )
}

fn figures<const N: usize>(caption: String, rows: [(String, String); N]) -> Element {
    let mut table = Table::new(caption, &["Figure", "#Value"]);
    for (name, value) in rows {
        table.row(vec![Cell::Text(name), Cell::Number(value)]);
    }
    table.element()
}
