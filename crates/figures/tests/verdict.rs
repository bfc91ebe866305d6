//! The sentences of verdicts, situation by situation.

mod support;

use artifact_core::schema::TestMetrics;
use figures::Outcome::{self, Beats, NoInterval, NotShown, TooFew, Worse};
use proptest::prelude::*;
use support::{Setup, classes, mcc, numbers, rank_ic};

/// Checks the verdict on a situation: how the comparisons by the objective and in money end, and all its sentences.
fn check(what: &str, setup: Setup, (outcome, money): (Outcome, Outcome), expected: &str) {
    let verdict = setup.verdict();
    assert_eq!(verdict.text(), expected, "{what}");
    assert_eq!((verdict.outcome, verdict.money), (outcome, money), "{what}");
    says_beats_only_where_it_does(&verdict);
}

fn says_beats_only_where_it_does(verdict: &figures::Verdict) {
    let beats = verdict.outcome == Beats || verdict.money == Beats;
    let text = verdict.text();
    assert_eq!(text.contains("beats"), beats, "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn the_objective_has_three_ways_to_end() {
    check(
        "beats the only baseline",
        mcc(0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])),
        (Beats, NoInterval),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "beats both baselines",
        mcc(0.061).vs("majority", 0.0, Some([0.061, 0.020, 0.102])).vs(
            "linear",
            0.019,
            Some([0.042, 0.010, 0.074]),
        ),
        (Beats, NoInterval),
        "The transformer model beats both baselines in Matthews correlation within tickers: 0.061 against \
         0.019 for the better one, the linear model. The difference is 0.042 (95 % interval 0.010 to \
         0.074). There are no returns, so nothing can be said about money. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "beats all baselines",
        mcc(0.061)
            .vs("majority", 0.0, Some([0.061, 0.020, 0.102]))
            .vs("ticker_majority", 0.0, Some([0.061, 0.020, 0.102]))
            .vs("gbdt", 0.033, Some([0.028, 0.002, 0.054]))
            .vs("linear", 0.019, Some([0.042, 0.010, 0.074])),
        (Beats, NoInterval),
        "The transformer model beats all 4 baselines in Matthews correlation within tickers: 0.061 against \
         0.033 for the best one, the gradient-boosted trees. The difference is 0.028 (95 % interval 0.002 \
         to 0.054). There are no returns, so nothing can be said about money. Its test rows were opened \
         once, for these figures.",
    );
    check(
        "higher, but not shown",
        mcc(0.031).vs("majority", 0.0, Some([0.031, -0.010, 0.072])).vs(
            "linear",
            0.019,
            Some([0.012, -0.020, 0.044]),
        ),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model, the better of 2 baselines, in \
         Matthews correlation within tickers: 0.031 against 0.019. The difference of 0.012 (95 % interval \
         −0.020 to 0.044) is no more than chance alone explains. There are no returns, so nothing can be \
         said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "lower, but not shown",
        mcc(0.011).vs("linear", 0.019, Some([-0.008, -0.040, 0.024])),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.011 against 0.019. The difference of −0.008 (95 % interval −0.040 to 0.024) is no more \
         than chance alone explains. There are no returns, so nothing can be said about money. Its test \
         rows were opened once, for these figures.",
    );
    check(
        "worse",
        mcc(0.011).vs("majority", 0.0, Some([0.011, -0.030, 0.052])).vs(
            "gbdt",
            0.049,
            Some([-0.038, -0.070, -0.006]),
        ),
        (Worse, NoInterval),
        "The transformer model is worse than the gradient-boosted trees, the better of 2 baselines, in \
         Matthews correlation within tickers: 0.011 against 0.049. The difference is −0.038 (95 % interval \
         −0.070 to −0.006). There are no returns, so nothing can be said about money. Its test rows were \
         opened once, for these figures.",
    );
    check(
        "the best is beaten, another is not",
        mcc(0.061)
            .vs("majority", 0.0, Some([0.061, 0.020, 0.102]))
            .vs("linear", 0.019, Some([0.042, 0.010, 0.074]))
            .vs("gbdt", 0.012, Some([0.049, -0.003, 0.101])),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the gradient-boosted trees in Matthews \
         correlation within tickers: 0.061 against 0.012. The difference of 0.049 (95 % interval −0.003 to \
         0.101) is no more than chance alone explains. Against the linear model, the best of 3 baselines, \
         the difference is 0.042 (95 % interval 0.010 to 0.074). There are no returns, so nothing can be \
         said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "the best is beaten, another has no interval",
        mcc(0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])).vs("gbdt", 0.012, None),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the gradient-boosted \
         trees 0.012; how far chance moves them is unknown. Against the linear model, the better of 2 \
         baselines, the difference is 0.042 (95 % interval 0.010 to 0.074). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "equal baselines, the first counts",
        mcc(0.061).vs("majority", 0.0, Some([0.061, -0.020, 0.142])).vs(
            "ticker_majority",
            0.0,
            Some([0.061, -0.010, 0.132]),
        ),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from always predicting the most frequent class, the \
         better of 2 baselines, in Matthews correlation within tickers: 0.061 against 0.000. The \
         difference of 0.061 (95 % interval −0.020 to 0.142) is no more than chance alone explains. There \
         are no returns, so nothing can be said about money. Its test rows were opened once, for these \
         figures.",
    );
    check(
        "the interval barely excludes zero",
        mcc(0.031).vs("linear", 0.010, Some([0.021, 0.0002, 0.0418])),
        (Beats, NoInterval),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.031 \
         against 0.010. The difference is 0.021 (95 % interval 0.0002 to 0.0418). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
}

#[test]
fn too_few_or_no_observations() {
    check(
        "no interval",
        mcc(0.061).vs("majority", 0.0, None).vs("linear", 0.019, None),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model, the \
         better of 2 baselines, 0.019; how far chance moves them is unknown. There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "an interval of no numbers",
        mcc(0.061).vs("linear", 0.019, Some([0.042, f64::NAN, f64::INFINITY])),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. Its test rows were opened once, for these figures.",
    );
    check(
        "too few rows",
        mcc(0.9)
            .vs("linear", 0.1, Some([0.8, 0.5, 1.0]))
            .earns(2.0, Some(9.0), Some([3.0, 15.0]))
            .hold(0.1, Some([1.9, 1.0, 2.8]))
            .rows(40, Some(4)),
        (TooFew, TooFew),
        "The transformer model was tested on 4 independent rows (40 samples whose label windows of 10 bars \
         overlap); nothing can be said from so few. Its test rows were opened once, for these figures.",
    );
    check(
        "one row of a label window of one bar",
        mcc(0.9).vs("linear", 0.1, Some([0.8, 0.5, 1.0])).time_window(1).rows(5, Some(1)),
        (TooFew, NoInterval),
        "The transformer model was tested on 1 independent row (5 samples); nothing can be said from so \
         few. There are no returns, so nothing can be said about money. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "too few rows, none of which overlap",
        mcc(0.9).vs("linear", 0.1, Some([0.8, 0.5, 1.0])).rows(9, Some(9)),
        (TooFew, NoInterval),
        "The transformer model was tested on 9 independent rows; nothing can be said from so few. There \
         are no returns, so nothing can be said about money. Its test rows were opened once, for these \
         figures.",
    );
    check(
        "too few samples of an earlier version",
        classes(("mcc", 1), "mcc_pooled", 0.9).vs("linear", 0.1, None).earlier(false).rows(9, None),
        (TooFew, NoInterval),
        "The transformer model was tested on 9 samples; nothing can be said from so few. There are no \
         returns, so nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "too few rows, and never trades",
        mcc(0.9)
            .vs("linear", 0.1, None)
            .earns(0.0, None, None)
            .strategy(|own| own.trades = 0)
            .rows(40, Some(4)),
        (TooFew, TooFew),
        "The transformer model was tested on 4 independent rows (40 samples whose label windows of 10 bars \
         overlap); nothing can be said from so few. It never trades. Its test rows were opened once, for \
         these figures.",
    );
    check(
        "only one class is true",
        mcc(0.0)
            .vs("linear", 0.0, None)
            .edit(|own| own.mcc = None)
            .model_figures(|own| own.independent_rows = Some(119)),
        (NoInterval, NoInterval),
        "The transformer model cannot be compared in Matthews correlation within tickers: only one class \
         is true for every ticker. There are no returns, so nothing can be said about money. Its test rows \
         were opened once, for these figures.",
    );
    check(
        "nothing to compare with",
        mcc(0.061),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061; there is nothing to \
         compare it with. There are no returns, so nothing can be said about money. Its test rows were \
         opened once, for these figures.",
    );
    check(
        "undefined for a baseline",
        classes(("sharpe", 2), "strategy.sharpe", 1.2)
            .vs("majority", 0.0, None)
            .vs("linear", 0.4, Some([0.8, 0.1, 1.5]))
            .earns(0.123, Some(1.2), Some([0.3, 2.1]))
            .earning("majority", 0.0, Some([0.123, 0.031, 0.215]))
            .earning("linear", 0.1, Some([0.023, 0.004, 0.042]))
            .edit(|own| {
                own.strategy.iter_mut().for_each(|s| s.sharpe = s.sharpe.filter(|value| *value > 0.0))
            }),
        (Beats, Beats),
        "The transformer model beats the linear model in Sharpe ratio: 1.20 against 0.40. The difference \
         is 0.80 (95 % interval 0.10 to 1.50). For always predicting the most frequent class it is \
         undefined: returns do not vary. After 5 bps per side it earned 12.3 % per year, with a Sharpe \
         ratio of 1.20 (95 % interval 0.30 to 2.10). That beats the linear model, the better of 2 \
         alternatives, which earned 10.0 % per year: the difference is 2.3 percentage points per year (95 \
         % interval 0.4 to 4.2). Its test rows were opened once, for these figures.",
    );
    let fewer = |own: &mut artifact_core::schema::Evaluation| {
        own.strategy.iter_mut().for_each(|strategy| {
            strategy.sharpe = strategy.sharpe.filter(|value| *value > 0.0);
        })
    };
    check(
        "undefined for one baseline of three",
        classes(("sharpe", 2), "strategy.sharpe", 1.2)
            .vs("majority", 0.0, None)
            .vs("linear", 0.4, Some([0.8, 0.1, 1.5]))
            .vs("gbdt", 0.3, Some([0.9, 0.2, 1.6]))
            .edit(fewer)
            .strategy(|own| own.trades = 0)
            .edit(|own| own.strategy.iter_mut().for_each(|strategy| strategy.mean_return = f64::NAN)),
        (Beats, NoInterval),
        "The transformer model beats both comparable baselines in Sharpe ratio: 1.20 against 0.40 for the better \
         one, the linear model. The difference is 0.80 (95 % interval 0.10 to 1.50). For always predicting the \
         most frequent class it is undefined: returns do not vary. It never trades. Its test rows were opened \
         once, for these figures.",
    );
}

#[test]
fn other_objectives() {
    check(
        "the pooled Matthews correlation",
        classes(("mcc", 1), "mcc_pooled", 0.20).vs("linear", 0.10, Some([0.10, 0.02, 0.18])),
        (Beats, NoInterval),
        "The transformer model beats the linear model in Matthews correlation over all samples: 0.200 \
         against 0.100. The difference is 0.100 (95 % interval 0.020 to 0.180). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "accuracy in percentage points",
        classes(("accuracy", 1), "accuracy", 0.532).vs("majority", 0.500, Some([0.032, 0.011, 0.053])),
        (Beats, NoInterval),
        "The transformer model beats always predicting the most frequent class in accuracy: 53.2 % against \
         50.0 %. The difference is 3.2 percentage points (95 % interval 1.1 to 5.3). There are no returns, \
         so nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "negative log loss, beats",
        classes(("negative_log_loss", 1), "log_loss", 1.0512)
            .vs("majority", 1.0986, Some([-0.0474, -0.0610, -0.0338]))
            .vs("linear", 1.0721, Some([-0.0209, -0.0350, -0.0068])),
        (Beats, NoInterval),
        "The transformer model beats both baselines in log loss (lower is better): 1.0512 nats against \
         1.0721 nats for the better one, the linear model. The difference is −0.0209 nats (95 % interval \
         −0.0350 to −0.0068). There are no returns, so nothing can be said about money. Its test rows were \
         opened once, for these figures.",
    );
    check(
        "negative log loss, worse",
        classes(("negative_log_loss", 1), "log_loss", 1.1321).vs(
            "majority",
            1.0986,
            Some([0.0335, 0.0120, 0.0550]),
        ),
        (Worse, NoInterval),
        "The transformer model is worse than always predicting the most frequent class in log loss (lower \
         is better): 1.1321 nats against 1.0986 nats. The difference is 0.0335 nats (95 % interval 0.0120 \
         to 0.0550). There are no returns, so nothing can be said about money. Its test rows were opened \
         once, for these figures.",
    );
    check(
        "log loss skill",
        classes(("log_loss_skill", 1), "log_loss_skill", 0.0041).vs(
            "linear",
            0.0012,
            Some([0.0029, -0.0008, 0.0066]),
        ),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model in log loss skill: 0.0041 \
         against 0.0012. The difference of 0.0029 (95 % interval −0.0008 to 0.0066) is no more than chance \
         alone explains. There are no returns, so nothing can be said about money. Its test rows were \
         opened once, for these figures.",
    );
    check(
        "rank IC",
        rank_ic(0.031)
            .vs("majority", 0.0, Some([0.031, 0.010, 0.052]))
            .vs("ticker_majority", 0.004, Some([0.027, 0.006, 0.048]))
            .vs("linear", 0.012, Some([0.019, 0.001, 0.037])),
        (Beats, NoInterval),
        "The transformer model beats all 3 baselines in rank IC: 0.031 against 0.012 for the best one, the \
         linear model. The difference is 0.019 (95 % interval 0.001 to 0.037). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "IC, not shown",
        numbers(("ic", 1), "numbers.ic", 0.021).vs("gbdt", 0.018, Some([0.003, -0.011, 0.017])),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the gradient-boosted trees in IC: 0.021 against \
         0.018. The difference of 0.003 (95 % interval −0.011 to 0.017) is no more than chance alone \
         explains. There are no returns, so nothing can be said about money. Its test rows were opened \
         once, for these figures.",
    );
    check(
        "rank IC of a single ticker",
        rank_ic(0.0).vs("linear", 0.0, None).edit(|own| own.numbers.iter_mut().for_each(|n| n.dates = 0)),
        (NoInterval, NoInterval),
        "The transformer model cannot be compared in rank IC: no date has several tickers whose numbers \
         differ. There are no returns, so nothing can be said about money. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "correlation of a single ticker",
        numbers(("correlation", 1), "numbers.correlation", 0.082).vs(
            "ticker_majority",
            0.0,
            Some([0.082, 0.011, 0.153]),
        ),
        (Beats, NoInterval),
        "The transformer model beats always predicting the ticker's mean in correlation over all samples: \
         0.082 against 0.000. The difference is 0.082 (95 % interval 0.011 to 0.153). There are no \
         returns, so nothing can be said about money. Its test rows were opened once, for these figures.",
    );
    check(
        "an objective of one's own",
        classes(("recall_of_up", 1), "mcc", 0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])),
        (Beats, NoInterval),
        "The study's own objective, recall_of_up, has no interval here, so the comparison is by Matthews \
         correlation within tickers. The transformer model beats the linear model in Matthews correlation \
         within tickers: 0.061 against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). \
         There are no returns, so nothing can be said about money. Its test rows were opened once, for \
         these figures.",
    );
    check(
        "an objective of one's own, of numbers",
        numbers(("tail_hits", 1), "numbers.rank_ic", 0.031).vs("linear", 0.019, Some([0.012, -0.010, 0.034])),
        (NotShown, NoInterval),
        "The study's own objective, tail_hits, has no interval here, so the comparison is by rank IC. The \
         transformer model is not shown to differ from the linear model in rank IC: 0.031 against 0.019. \
         The difference of 0.012 (95 % interval −0.010 to 0.034) is no more than chance alone explains. \
         There are no returns, so nothing can be said about money. Its test rows were opened once, for \
         these figures.",
    );
    check(
        "an objective of one's own, of a single ticker",
        numbers(("tail_hits", 1), "numbers.correlation", 0.05)
            .vs("linear", 0.01, Some([0.04, -0.01, 0.09]))
            .edit(|own| own.numbers.iter_mut().for_each(|n| n.dates = 0)),
        (NotShown, NoInterval),
        "The study's own objective, tail_hits, has no interval here, so the comparison is by correlation \
         over all samples. The transformer model is not shown to differ from the linear model in \
         correlation over all samples: 0.050 against 0.010. The difference of 0.040 (95 % interval −0.010 \
         to 0.090) is no more than chance alone explains. There are no returns, so nothing can be said \
         about money. Its test rows were opened once, for these figures.",
    );
    check(
        "the Sharpe ratio",
        classes(("sharpe", 2), "strategy.sharpe", 1.2)
            .vs("linear", 0.4, Some([0.8, 0.1, 1.5]))
            .earns(0.123, Some(1.2), Some([0.3, 2.1]))
            .earning("linear", 0.1, Some([0.023, -0.014, 0.06]))
            .hold(0.062, Some([0.061, 0.001, 0.121])),
        (Beats, NotShown),
        "The transformer model beats the linear model in Sharpe ratio: 1.20 against 0.40. The difference \
         is 0.80 (95 % interval 0.10 to 1.50). After 5 bps per side it earned 12.3 % per year, with a \
         Sharpe ratio of 1.20 (95 % interval 0.30 to 2.10). That is not shown to differ from the linear \
         model, the better of 2 alternatives, which earned 10.0 % per year: the difference of 2.3 \
         percentage points per year (95 % interval −1.4 to 6.0) is no more than chance alone explains. Its \
         test rows were opened once, for these figures.",
    );
    check(
        "the Sharpe ratio of few bars",
        classes(("sharpe", 2), "strategy.sharpe", 1.2)
            .vs("linear", 0.4, Some([0.8, 0.1, 1.5]))
            .edit(|own| own.strategy.iter_mut().for_each(|s| s.bars = 40)),
        (TooFew, TooFew),
        "The transformer model cannot be compared in Sharpe ratio: 40 bars; at least 60 are needed. Its \
         strategy has returns of 40 bars; nothing can be said about money from so few. Its test rows were \
         opened once, for these figures.",
    );
}

#[test]
fn results_of_earlier_versions() {
    check(
        "an earlier result with trading figures",
        classes(("mcc", 1), "mcc_pooled", 0.061)
            .vs("linear", 0.019, None)
            .vs("majority", 0.0, None)
            .earlier(true),
        (NoInterval, NoInterval),
        "In Matthews correlation over all samples the transformer model has 0.061 and the linear model, \
         the better of 2 baselines, 0.019; how far chance moves them is unknown. What it would have earned \
         was computed another way by an earlier version, and is not shown. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "an earlier result chosen by the Sharpe ratio",
        classes(("sharpe", 1), "mcc_pooled", 0.061).vs("linear", 0.019, None).earlier(true),
        (NoInterval, NoInterval),
        "The study's own objective, sharpe, has no interval here, so the comparison is by Matthews \
         correlation over all samples. In Matthews correlation over all samples the transformer model has \
         0.061 and the linear model 0.019; how far chance moves them is unknown. What it would have earned \
         was computed another way by an earlier version, and is not shown. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "an earlier result without returns",
        classes(("mcc", 1), "mcc_pooled", 0.061).vs("linear", 0.019, None).earlier(false),
        (NoInterval, NoInterval),
        "In Matthews correlation over all samples the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. Its test rows were opened once, for these figures.",
    );
}

#[test]
fn money() {
    check(
        "beats in both",
        mcc(0.061)
            .vs("linear", 0.019, Some([0.042, 0.010, 0.074]))
            .earns(0.123, Some(0.81), Some([0.12, 1.5]))
            .earning("linear", 0.031, Some([0.092, 0.015, 0.169]))
            .hold(0.062, Some([0.061, 0.012, 0.11])),
        (Beats, Beats),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). After 5 bps per side it \
         earned 12.3 % per year, with a Sharpe ratio of 0.81 (95 % interval 0.12 to 1.50). That beats \
         buying and holding, the better of 2 alternatives, which earned 6.2 % per year: the difference is \
         6.1 percentage points per year (95 % interval 1.2 to 11.0). Its test rows were opened once, for \
         these figures.",
    );
    check(
        "not shown in money",
        mcc(0.061)
            .vs("linear", 0.019, Some([0.042, 0.010, 0.074]))
            .earns(0.123, Some(0.81), Some([-0.2, 1.82]))
            .earning("linear", 0.031, Some([0.092, -0.015, 0.199]))
            .hold(0.081, Some([0.042, -0.05, 0.134])),
        (Beats, NotShown),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). After 5 bps per side it \
         earned 12.3 % per year, with a Sharpe ratio of 0.81 (95 % interval −0.20 to 1.82). That is not \
         shown to differ from buying and holding, the better of 2 alternatives, which earned 8.1 % per \
         year: the difference of 4.2 percentage points per year (95 % interval −5.0 to 13.4) is no more \
         than chance alone explains. Its test rows were opened once, for these figures.",
    );
    check(
        "predicts better, and loses money",
        mcc(0.061)
            .vs("linear", 0.019, Some([0.042, 0.010, 0.074]))
            .earns(-0.042, Some(-0.41), Some([-1.5, 0.68]))
            .earning("linear", -0.012, Some([-0.03, -0.09, 0.03]))
            .hold(0.081, Some([-0.123, -0.2, -0.046])),
        (Beats, Worse),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). After 5 bps per side it \
         lost 4.2 % per year, with a Sharpe ratio of −0.41 (95 % interval −1.50 to 0.68). That is worse \
         than buying and holding, the better of 2 alternatives, which earned 8.1 % per year: the \
         difference is −12.3 percentage points per year (95 % interval −20.0 to −4.6). It predicts better \
         than the linear model and still earns less than buying and holding. Its test rows were opened \
         once, for these figures.",
    );
    check(
        "predicts worse, and earns more",
        mcc(0.011)
            .vs("gbdt", 0.049, Some([-0.038, -0.070, -0.006]))
            .earns(0.15, Some(1.4), Some([0.5, 2.3]))
            .earning("gbdt", 0.02, Some([0.13, 0.04, 0.22]))
            .hold(0.05, Some([0.1, 0.02, 0.18])),
        (Worse, Beats),
        "The transformer model is worse than the gradient-boosted trees in Matthews correlation within \
         tickers: 0.011 against 0.049. The difference is −0.038 (95 % interval −0.070 to −0.006). After 5 \
         bps per side it earned 15.0 % per year, with a Sharpe ratio of 1.40 (95 % interval 0.50 to 2.30). \
         That beats buying and holding, the better of 2 alternatives, which earned 5.0 % per year: the \
         difference is 10.0 percentage points per year (95 % interval 2.0 to 18.0). It predicts worse than \
         the gradient-boosted trees and still earns more than buying and holding. Its test rows were \
         opened once, for these figures.",
    );
    check(
        "buying and holding earns more",
        mcc(0.031)
            .vs("linear", 0.019, Some([0.012, -0.020, 0.044]))
            .earns(0.02, Some(0.3), Some([-0.9, 1.5]))
            .hold(0.181, Some([-0.161, -0.26, -0.062])),
        (NotShown, Worse),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.031 against 0.019. The difference of 0.012 (95 % interval −0.020 to 0.044) is no more \
         than chance alone explains. After 5 bps per side it earned 2.0 % per year, with a Sharpe ratio of \
         0.30 (95 % interval −0.90 to 1.50). That is worse than buying and holding, which earned 18.1 % \
         per year: the difference is −16.1 percentage points per year (95 % interval −26.0 to −6.2). Its \
         test rows were opened once, for these figures.",
    );
    check(
        "the best in money is beaten, another is not",
        mcc(0.031)
            .vs("linear", 0.019, Some([0.012, -0.020, 0.044]))
            .earns(0.123, Some(0.81), Some([0.12, 1.5]))
            .earning("linear", 0.031, Some([0.092, -0.015, 0.199]))
            .hold(0.062, Some([0.061, 0.012, 0.11])),
        (NotShown, NotShown),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.031 against 0.019. The difference of 0.012 (95 % interval −0.020 to 0.044) is no more \
         than chance alone explains. After 5 bps per side it earned 12.3 % per year, with a Sharpe ratio \
         of 0.81 (95 % interval 0.12 to 1.50). That is not shown to differ from the linear model, which \
         earned 3.1 % per year: the difference of 9.2 percentage points per year (95 % interval −1.5 to \
         19.9) is no more than chance alone explains. Against buying and holding, the better of 2 \
         alternatives, the difference is 6.1 percentage points per year (95 % interval 1.2 to 11.0). Its \
         test rows were opened once, for these figures.",
    );
    check(
        "money without intervals",
        mcc(0.061)
            .vs("linear", 0.019, None)
            .earns(0.123, Some(0.81), None)
            .earning("linear", 0.031, None)
            .hold(0.081, None),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. After 5 bps per side it earned 12.3 % per year, with \
         a Sharpe ratio of 0.81. Buying and holding, the better of 2 alternatives, earned 8.1 % per year; \
         how far chance moves the two is unknown. Its test rows were opened once, for these figures.",
    );
    check(
        "money without anything to compare with",
        mcc(0.061).earns(0.123, Some(0.81), Some([-0.2, 1.82])),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061; there is nothing to \
         compare it with. After 5 bps per side it earned 12.3 % per year, with a Sharpe ratio of 0.81 (95 \
         % interval −0.20 to 1.82). Its test rows were opened once, for these figures.",
    );
    check(
        "an undefined Sharpe ratio",
        mcc(0.031)
            .vs("linear", 0.019, Some([0.012, -0.020, 0.044]))
            .earns(0.002, None, None)
            .hold(0.081, Some([-0.079, -0.2, 0.042])),
        (NotShown, NotShown),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.031 against 0.019. The difference of 0.012 (95 % interval −0.020 to 0.044) is no more \
         than chance alone explains. After 5 bps per side it earned 0.2 % per year; its Sharpe ratio is \
         undefined, since its returns do not vary. That is not shown to differ from buying and holding, \
         which earned 8.1 % per year: the difference of −7.9 percentage points per year (95 % interval \
         −20.0 to 4.2) is no more than chance alone explains. Its test rows were opened once, for these \
         figures.",
    );
    check(
        "few bars",
        mcc(0.031)
            .vs("linear", 0.019, Some([0.012, -0.020, 0.044]))
            .earns(0.8, Some(3.0), None)
            .hold(0.081, Some([0.7, 0.2, 1.2]))
            .strategy(|own| own.bars = 40),
        (NotShown, TooFew),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.031 against 0.019. The difference of 0.012 (95 % interval −0.020 to 0.044) is no more \
         than chance alone explains. Its strategy has returns of 40 bars; nothing can be said about money \
         from so few. Its test rows were opened once, for these figures.",
    );
    check(
        "never trades, and the market rises",
        mcc(0.0)
            .vs("linear", 0.019, Some([-0.019, -0.051, 0.013]))
            .earns(0.0, None, None)
            .strategy(|own| own.trades = 0)
            .hold(0.081, Some([-0.081, -0.15, -0.012])),
        (NotShown, Worse),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.000 against 0.019. The difference of −0.019 (95 % interval −0.051 to 0.013) is no more \
         than chance alone explains. It never trades. Earning nothing is worse than buying and holding, \
         which earned 8.1 % per year: the difference is −8.1 percentage points per year (95 % interval \
         −15.0 to −1.2). Its test rows were opened once, for these figures.",
    );
    check(
        "never trades, and the market falls",
        mcc(0.0)
            .vs("linear", 0.019, Some([-0.019, -0.051, 0.013]))
            .earns(0.0, None, None)
            .strategy(|own| own.trades = 0)
            .hold(-0.081, Some([0.081, -0.15, 0.312])),
        (NotShown, NotShown),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.000 against 0.019. The difference of −0.019 (95 % interval −0.051 to 0.013) is no more \
         than chance alone explains. It never trades. Earning nothing is not shown to differ from buying \
         and holding, which lost 8.1 % per year: the difference of 8.1 percentage points per year (95 % \
         interval −15.0 to 31.2) is no more than chance alone explains. Its test rows were opened once, \
         for these figures.",
    );
    check(
        "a cost of half a basis point",
        mcc(0.061).vs("linear", 0.019, None).earns(0.05, Some(0.5), None).strategy(|own| own.cost_bps = 0.5),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. After 0.5 bps per side it earned 5.0 % per year, \
         with a Sharpe ratio of 0.50. Its test rows were opened once, for these figures.",
    );
}

#[test]
fn shares_of_classes() {
    check(
        "always one class",
        mcc(0.0)
            .vs("linear", 0.019, Some([-0.019, -0.051, 0.013]))
            .model_figures(|own| own.confusion = [[800, 0, 0], [800, 0, 0], [800, 0, 0]]),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.000 against 0.019. The difference of −0.019 (95 % interval −0.051 to 0.013) is no more \
         than chance alone explains. There are no returns, so nothing can be said about money. It always \
         says Hold. Its test rows were opened once, for these figures.",
    );
    check(
        "one class far too often",
        mcc(0.02)
            .vs("linear", 0.019, Some([0.001, -0.031, 0.033]))
            .model_figures(|own| own.confusion = [[400, 40, 40], [700, 200, 60], [652, 60, 248]]),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.020 against 0.019. The difference of 0.001 (95 % interval −0.031 to 0.033) is no more \
         than chance alone explains. There are no returns, so nothing can be said about money. It says \
         Hold for 73 % of the samples; 20 % are. Its test rows were opened once, for these figures.",
    );
    check(
        "one class far too rarely",
        mcc(0.02)
            .vs("linear", 0.019, Some([0.001, -0.031, 0.033]))
            .model_figures(|own| own.confusion = [[100, 450, 450], [50, 500, 150], [50, 200, 450]]),
        (NotShown, NoInterval),
        "The transformer model is not shown to differ from the linear model in Matthews correlation within \
         tickers: 0.020 against 0.019. The difference of 0.001 (95 % interval −0.031 to 0.033) is no more \
         than chance alone explains. There are no returns, so nothing can be said about money. It says \
         Hold for 8 % of the samples; 42 % are. Its test rows were opened once, for these figures.",
    );
}

#[test]
fn openings_and_trials() {
    check(
        "no recorded opening",
        mcc(0.061).vs("linear", 0.019, None).opened(0, 0),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. The ledger records no opening of these rows, so how often they were looked at is unknown.",
    );
    check(
        "no recorded opening, but overlapping ones",
        mcc(0.061).vs("linear", 0.019, None).opened(0, 2),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. The ledger records no opening of these rows, but 2 of rows that overlap them, so the \
         figures are no longer those of an untouched test.",
    );
    check(
        "opened three times",
        mcc(0.061).vs("linear", 0.019, None).opened(3, 0),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. Its test rows were looked at twice before, so the figures are no longer those of an \
         untouched test.",
    );
    check(
        "opened once, overlapping rows once",
        mcc(0.061).vs("linear", 0.019, None).opened(1, 1),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. Its test rows were looked at once before, so the figures are no longer those of an \
         untouched test.",
    );
    check(
        "opened twice, overlapping rows four times",
        mcc(0.061).vs("linear", 0.019, None).opened(2, 4),
        (NoInterval, NoInterval),
        "In Matthews correlation within tickers the transformer model has 0.061 and the linear model \
         0.019; how far chance moves them is unknown. There are no returns, so nothing can be said about \
         money. Its test rows were looked at 5 times before, so the figures are no longer those of an \
         untouched test.",
    );
    check(
        "chosen from trials",
        mcc(0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])).trials(1200),
        (Beats, NoInterval),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures. Its \
         configuration was chosen from 1,200 trials.",
    );
    check(
        "the only trial",
        mcc(0.061).vs("linear", 0.019, Some([0.042, 0.010, 0.074])).trials(1),
        (Beats, NoInterval),
        "The transformer model beats the linear model in Matthews correlation within tickers: 0.061 \
         against 0.019. The difference is 0.042 (95 % interval 0.010 to 0.074). There are no returns, so \
         nothing can be said about money. Its test rows were opened once, for these figures.",
    );
}

#[test]
fn models_that_are_baselines() {
    check(
        "the model is a baseline",
        mcc(0.019)
            .vs("majority", 0.0, Some([0.019, -0.010, 0.048]))
            .vs("linear", 0.019, Some([0.0, 0.0, 0.0]))
            .named("linear"),
        (NotShown, NoInterval),
        "The linear model is one of the baselines itself. It is not shown to differ from always predicting \
         the most frequent class in Matthews correlation within tickers: 0.019 against 0.000. The \
         difference of 0.019 (95 % interval −0.010 to 0.048) is no more than chance alone explains. There \
         are no returns, so nothing can be said about money. Its test rows were opened once, for these \
         figures.",
    );
    check(
        "the model is the only baseline",
        mcc(0.019).vs("linear", 0.019, Some([0.0, 0.0, 0.0])).named("linear"),
        (NoInterval, NoInterval),
        "The linear model is one of the baselines itself. In Matthews correlation within tickers it has \
         0.019; there is nothing to compare it with. There are no returns, so nothing can be said about \
         money. Its test rows were opened once, for these figures.",
    );
    check(
        "a baseline of the same kind",
        mcc(0.039)
            .vs("majority", 0.0, Some([0.039, 0.010, 0.068]))
            .vs("linear", 0.019, Some([0.020, 0.002, 0.038]))
            .named("linear"),
        (Beats, NoInterval),
        "The linear model beats both baselines in Matthews correlation within tickers: 0.039 against 0.019 \
         for the better one, the linear baseline. The difference is 0.020 (95 % interval 0.002 to 0.038). \
         There are no returns, so nothing can be said about money. Its test rows were opened once, for \
         these figures.",
    );
    check(
        "a baseline of another kind of model",
        mcc(0.039).vs("lstm", 0.041, Some([-0.002, -0.032, 0.028])).named("gbdt"),
        (NotShown, NoInterval),
        "The gbdt model is not shown to differ from the lstm model in Matthews correlation within tickers: \
         0.039 against 0.041. The difference of −0.002 (95 % interval −0.032 to 0.028) is no more than \
         chance alone explains. There are no returns, so nothing can be said about money. Its test rows \
         were opened once, for these figures.",
    );
}

#[test]
fn the_best_are_named() {
    let verdict = mcc(0.061)
        .vs("linear", 0.019, Some([0.042, 0.010, 0.074]))
        .vs("gbdt", 0.012, Some([0.049, -0.003, 0.101]))
        .earns(0.1, Some(0.8), None)
        .hold(0.2, None)
        .verdict();
    assert_eq!(verdict.figure, "mcc");
    assert_eq!(verdict.best_baseline.as_deref(), Some("linear"));
    assert_eq!(verdict.best_in_money.as_deref(), Some(TestMetrics::BUY_AND_HOLD));
    let json = serde_json::to_value(&verdict).expect("plain JSON");
    assert_eq!(json["outcome"], "not_shown");
    assert_eq!(json["money"], "no_interval");
    assert_eq!(json["best_in_money"], "buy_and_hold");
}

/// Any number, whether or not a figure can have it.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![4 => -1.0..1.0, 1 => any::<f64>(), 1 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
}

fn any_ends() -> impl Strategy<Value = Option<[f64; 3]>> {
    proptest::option::of([any_value(), any_value(), any_value()])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_figures_give_honest_sentences(
        predicts_numbers in any::<bool>(),
        objective in prop::sample::select(vec![
            ("mcc", 1), ("mcc", 2), ("accuracy", 1), ("negative_log_loss", 1), ("log_loss_skill", 1), ("sharpe", 2),
            ("rank_ic", 1), ("correlation", 1), ("own", 1),
        ]),
        value in any_value(),
        baselines in prop::collection::vec((any_value(), any_ends(), any_value(), any_ends()), 0..4),
        earned in proptest::option::of((any_value(), proptest::option::of(any_value()))),
        sharpe_ends in proptest::option::of([any_value(), any_value()]),
        hold in proptest::option::of((any_value(), any_ends())),
        cells in prop::array::uniform9(prop_oneof![0..2000_u64, any::<u64>()]),
        rows in (0..5000_u64, proptest::option::of(0..200_u64)),
        bars in (0..200_u64, 0..3_u64, any_value()),
        level in any_value(),
        openings in (0..4_usize, prop_oneof![0..4_usize, Just(usize::MAX)]),
        trials in 0..4_usize,
        own_name in any::<bool>(),
    ) {
        let figure = match objective.0 {
            "mcc" if objective.1 == 1 => "mcc_pooled",
            "accuracy" => "accuracy",
            "negative_log_loss" => "log_loss",
            "log_loss_skill" => "log_loss_skill",
            "sharpe" => "strategy.sharpe",
            "rank_ic" => "numbers.rank_ic",
            "correlation" => "numbers.correlation",
            _ => "mcc",
        };
        let mut setup =
            if predicts_numbers { numbers(objective, figure, value) } else { classes(objective, figure, value) };
        let names = ["majority", "ticker_majority", "linear", "gbdt"];
        for (name, (value, ends, annual, money)) in names.into_iter().zip(baselines) {
            setup = setup.vs(name, value, ends).earning(name, annual, money);
        }
        if let Some((annual, sharpe)) = earned {
            setup = setup.earns(annual, sharpe, sharpe_ends);
        }
        if let Some((annual, ends)) = hold {
            setup = setup.hold(annual, ends);
        }
        setup.test.inference.iter_mut().for_each(|own| own.level = level);
        let mut setup = setup
            .strategy(|own| (own.bars, own.trades, own.cost_bps) = bars)
            .rows(rows.0, rows.1)
            .model_figures(|own| {
                let [a, b, c, d, e, f, g, h, i] = cells;
                own.confusion = [[a, b, c], [d, e, f], [g, h, i]];
            })
            .opened(openings.0, openings.1)
            .trials(trials);
        if own_name {
            setup = setup.named("linear");
        }
        let verdict = setup.verdict();
        says_beats_only_where_it_does(&verdict);
        prop_assert!(verdict.sentences.iter().all(|sentence| sentence.ends_with('.')));
    }
}
