//! Bars that are taken with a word: what is dropped, adjusted or merely odd is in the seal, and said when they are frozen.

use crate::common::{Bar, Frozen, case, contains, frozen, frozen_in, plain, refused, smoke, text};
use artifact_core::schema::{FaultAction, FaultKind, Spacing};

/// A fault: kind, date, last date, rows, line, and words of its detail.
type Expected<'e> = (FaultKind, &'e str, Option<&'e str>, usize, Option<u64>, &'e str);

impl Frozen {
    /// These are the faults of the seal, and no others; the console has each of the parts.
    #[track_caller]
    fn notes(&self, action: FaultAction, expected: &[Expected<'_>], told: &[&str]) {
        let faults = &self.seal.faults;
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, (kind, date, until, rows, line, detail)) in faults.iter().zip(expected) {
            assert_eq!((fault.kind, fault.action), (*kind, action), "{fault:?}");
            assert_eq!((fault.date.to_string().as_str(), fault.line), (*date, *line), "{fault:?}");
            let last = fault.until.map(|until| until.to_string());
            assert_eq!((last.as_deref(), fault.rows), (*until, *rows), "{fault:?}");
            contains(&fault.detail, &[detail]);
        }
        contains(&self.told.stderr, told);
    }

    /// How many warnings freezing printed.
    fn warnings(&self) -> usize {
        self.told.stderr.matches(" WARN ").count()
    }
}

/// A split of `times`:1 on 2019-07-03 is applied: prices are those of [`plain`], and volumes before the split are what
/// `volume` makes of the plain ones.
#[track_caller]
fn is_split(case: &str, times: usize, volume: impl Fn(f64) -> f64) {
    let frozen = frozen(case);
    let detail = format!("a split of {times}:1: the volume of the 130 rows before it is adjusted");
    frozen.notes(
        FaultAction::VolumeAdjusted,
        &[(FaultKind::Split, "2019-07-03", None, 1, Some(132), &detail)],
        &["AAPL 2019-07-03 (line 132)", &detail],
    );
    for ((date, found), (same, expected)) in frozen.bars().into_iter().zip(plain()) {
        assert_eq!(date, same);
        let before = date.as_str() < "2019-07-03";
        let shares = if before { volume(expected[4]) } else { expected[4] };
        // The file rounds to cents, and to whole shares as traded.
        let near = |column: usize, value: f64, digit: f64| (found[column] - value).abs() <= digit;
        assert!(
            (0..4).all(|price| near(price, expected[price], 0.01)),
            "{date}: {found:?}, not {expected:?}"
        );
        assert!(near(4, shares, times as f64), "{date}: {}, not {shares}", found[4]);
    }
}

#[test]
fn a_split_in_the_adjusted_close_is_applied_to_prices_and_volume() {
    // The file's volumes are as traded: a seventh of the adjusted ones.
    is_split("volume-split", 7, |volume| volume);
    // This one's volumes were never adjusted, so that those before the split are doubled.
    is_split("adj-dot-close", 2, |volume| 2.0 * volume);
}

#[test]
fn rows_without_an_adjusted_close_are_dropped_by_that_name() {
    let frozen = frozen("adj-empty-last");
    let days = ["2019-12-25", "2019-12-26", "2019-12-27", "2019-12-30", "2019-12-31"];
    let fault = |(place, day)| {
        (FaultKind::MissingCell, day, None, 1, Some(257 + place as u64), "adj close is missing")
    };
    let faults: Vec<Expected<'_>> = days.into_iter().enumerate().map(fault).collect();
    frozen.notes(FaultAction::RowDropped, &faults, &["5 rows", "adj close is missing"]);
    assert!(!frozen.told.stderr.contains("open is missing"), "{}", frozen.told.stderr);
    assert_eq!(frozen.rows(), (260, 255));
    contains(&frozen.told.stdout, &["255 rows of AAPL", "5 of 260 rows of AAPL dropped: 5 faulty"]);
}

#[test]
fn a_jump_of_the_adjusted_close_alone_is_noted() {
    let adjustment = "the adjustment steps by a factor of 15.0000 while the close goes from 38.3 to 39";
    frozen("adj-step").notes(
        FaultAction::Noted,
        &[
            (FaultKind::AdjustmentStep, "2019-07-03", None, 1, Some(132), adjustment),
            (FaultKind::ProbableSplit, "2019-07-03", None, 1, Some(132), "a ratio of 1:15"),
        ],
        &["SCR 2019-07-03 (line 132)", "a wrong split or dividend"],
    );
}

#[test]
fn a_step_that_stays_is_noted_as_a_split() {
    let frozen = frozen("split-not-applied");
    let step = "the close goes from 191.5 to 39 and stays there, a ratio of 5:1: a split that the prices do not reflect";
    frozen.notes(
        FaultAction::Noted,
        &[(FaultKind::ProbableSplit, "2019-07-03", None, 1, Some(132), step)],
        &["CNE 2019-07-03 (line 132)", step],
    );
}

#[test]
fn rows_with_a_close_outside_the_range_are_counted() {
    let frozen = frozen("close-above-high");
    let faults = frozen.faults(FaultKind::OutsideRange);
    assert_eq!((faults.len(), frozen.seal.faults.len()), (60, 60));
    assert!(faults.iter().all(|fault| fault.action == FaultAction::RowDropped));
    assert_eq!((faults[0].line, faults[59].line), (Some(2), Some(61)));
    assert_eq!((frozen.rows(), frozen.warnings()), ((260, 200), 2));
    contains(
        &frozen.told.stderr,
        &[
            "on 60 rows",
            "RENE 2019-01-02 (line 2): close 51.43 is outside low 46.65 to high 47.85",
            "60 of 260",
        ],
    );
    contains(&frozen.told.stdout, &["60 of 260 rows of RENE dropped: 60 faulty"]);
}

#[test]
fn a_fund_without_a_range_or_volume_is_accepted_with_two_words() {
    let frozen = frozen("fund-nav");
    assert_eq!((frozen.rows(), frozen.warnings()), ((260, 260), 2));
    contains(&frozen.told.stderr, &["zero volume on 260 rows", "are equal on 260 of 260 rows"]);
    let flat = |(date, [.., close, _]): Bar| (date, [close, close, close, close, 0.0]);
    frozen.has(plain().into_iter().map(flat));
}

#[test]
fn a_gap_is_noted_though_no_other_ticker_shows_it() {
    let frozen = frozen("gap-single-ticker");
    let gap = "no bar on 30 weekdays (42 days) between 2019-05-21 and 2019-07-03";
    frozen.notes(
        FaultAction::Noted,
        &[(FaultKind::Gap, "2019-05-22", Some("2019-07-02"), 30, None, gap)],
        &["XMR 2019-05-22", gap],
    );
    assert_eq!(frozen.rows(), (260, 260));
}

#[test]
fn an_empty_newest_row_is_dropped_and_listed() {
    let frozen = frozen("nan-last-row");
    assert_eq!((frozen.rows(), frozen.warnings()), ((260, 259), 1));
    let missing: Vec<&str> = frozen.seal.faults.iter().map(|fault| fault.detail.as_str()).collect();
    let expected = ["open", "high", "low", "close", "volume"].map(|column| format!("{column} is missing"));
    assert_eq!(missing, expected);
    assert!(frozen.seal.faults.iter().all(|fault| fault.line == Some(261) && fault.action.removes()));
    contains(&frozen.told.stderr, &["1 row", "SPY 2019-12-31 (line 261)"]);
    contains(&frozen.told.stdout, &["1 of 260 rows of SPY dropped"]);
    frozen.has(plain().into_iter().take(259));
}

#[test]
fn a_negative_price_is_dropped_or_refused() {
    let told = ["CL=F 2019-10-09 (line 202)", "close is -37.63"];
    let frozen = frozen("negative-oil");
    frozen.notes(
        FaultAction::RowDropped,
        &[
            (FaultKind::NonPositivePrice, "2019-10-09", None, 1, Some(202), "low is -40.32"),
            (FaultKind::NonPositivePrice, "2019-10-09", None, 1, Some(202), "close is -37.63"),
        ],
        &told,
    );
    assert_eq!(frozen.rows(), (260, 259));
    let strict = case("negative-oil");
    let settings = text("negative-oil", "config.toml") + "on_fault = \"error\"\n";
    strict.write("run.toml", &settings);
    refused(&smoke(&strict, "data-loader", &["freeze"]), 1, &told);
}

#[test]
fn tickers_with_the_same_bars_are_noted_when_they_are_frozen() {
    let copy = "the same returns as AAA on 149 of 149 rows";
    frozen("same-content").notes(
        FaultAction::Noted,
        &[(FaultKind::IdenticalContent, "2019-01-02", Some("2019-07-29"), 149, Some(2), copy)],
        &["BBB", copy],
    );
}

#[test]
fn the_dates_that_a_late_or_ended_ticker_lacks_are_listed() {
    let frozen = frozen("stale-ticker");
    assert_eq!((frozen.seal.rows, frozen.warnings()), (246, 3));
    contains(
        &frozen.told.stderr,
        &[
            "LIVE 2018-03-01: no bar on 66 dates that others have, 2018-03-01 to 2018-05-31",
            "DEAD 2018-09-27: no bar on 5 dates that others have, 2018-09-27 to 2018-10-03",
            "DEAD 2018-10-04: no bar on 91 dates that others have, 2018-10-04 to 2019-02-07",
        ],
    );
    let listed = |kind| -> usize { frozen.faults(kind).iter().map(|fault| fault.rows).sum() };
    assert_eq!((listed(FaultKind::LateStart), listed(FaultKind::EarlyEnd)), (66, 96));

    // On common dates only, both lose what the other lacks.
    let common = case("stale-ticker");
    common.write("run.toml", &(text("stale-ticker", "config.toml") + "alignment = \"intersection\"\n"));
    let told = smoke(&common, "data-loader", &["freeze"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    contains(
        &told.stdout,
        &["84 rows of DEAD, LIVE from 2018-06-01 to 2018-09-26", "162 of 246 dates dropped"],
    );
    contains(&told.stderr, &["LIVE 2018-03-01: no bar on 66 dates", "DEAD 2018-09-27: no bar on 96 dates"]);
}

#[test]
fn different_calendars_need_a_stated_alignment_and_are_summed_up_in_a_line() {
    let sandbox = case("weekend-bars");
    let parts = ["data.alignment", "must be stated", "X trades on weekends, Y does not"];
    refused(&smoke(&sandbox, "data-loader", &["freeze"]), 1, &parts);
    let stated = text("weekend-bars", "config.toml").replace("[data]\n", "[data]\nalignment = \"union\"\n");
    sandbox.write("run.toml", &stated);
    let frozen = frozen_in(&sandbox);
    let [calendars] = frozen.faults(FaultKind::MixedCalendars)[..] else {
        panic!("{:?}", frozen.seal.faults)
    };
    contains(&calendars.detail, &["X trades on weekends, Y does not", "alignment"]);
    let gaps = frozen.faults(FaultKind::Gap);
    assert_eq!((gaps.len(), gaps.iter().map(|gap| gap.rows).sum::<usize>()), (21, 42), "{gaps:?}");
    assert!(!frozen.told.stderr.contains("2019-01-12"), "only the first: {}", frozen.told.stderr);
    assert_eq!(frozen.warnings(), 4, "{}", frozen.told.stderr);
    contains(&frozen.told.stderr, &[&calendars.detail, "gap on 42 dates, filled forward: Y 42"]);
}

#[test]
fn weekly_bars_are_called_so() {
    let frozen = frozen("weekly-as-daily");
    assert_eq!(frozen.seal.account.as_ref().unwrap().spacing, Spacing::Weekly);
    contains(&frozen.told.stdout, &["52 rows of IMP", "the bars are weekly"]);
}
