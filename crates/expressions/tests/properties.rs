//! What holds for every expression: no reading ahead, the same bits from any number of threads, no panic.

mod support;

use expressions::{EvaluateError, Evaluator, Expression, FeatureSet, Lookback, Values, evaluate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use support::{Panel, bars};

/// The text of an expression that reads the five columns of a bar.
fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => prop::sample::select(vec!["open", "high", "low", "close", "volume"]).prop_map(str::to_owned),
        1 => (0..40_u32).prop_map(|number| (f64::from(number) / 4.0).to_string()),
        2 => (2..9_usize, 1..5_usize, prop::sample::select(vec![
            "rsi(N)", "atr(N)", "natr(N)", "plus_di(N)", "minus_di(N)", "adx(N)", "obv()", "mfi(N)", "cmf(N)", "cci(N)",
            "bollinger_middle(N)", "bollinger_upper(N, 2)", "bollinger_lower(N, 1.5)", "bollinger_percent(N, 2)",
            "bollinger_width(N, 2)", "stochastic_k(N)", "stochastic_d(N, M)", "williams_r(N)", "aroon_up(N)",
            "aroon_down(N)", "true_range()", "momentum(N)", "roc(N)", "macd(2, 7)", "macd_signal(2, 7, N)",
            "macd_hist(2, 7, N)",
        ])).prop_map(|(n, m, form)| form.replace('N', &n.to_string()).replace('M', &m.to_string())),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let unary = prop::sample::select(vec![
            "-(X)",
            "not (X)",
            "abs(X)",
            "sign(X)",
            "sqrt(X)",
            "exp(X)",
            "log(X)",
            "isnan(X)",
            "rank(X)",
            "demean(X)",
            "zscore(X)",
            "winsorize(X, 0.1)",
        ]);
        let binary = prop::sample::select(vec![
            "(X) + (Y)",
            "(X) - (Y)",
            "(X) * (Y)",
            "(X) / (Y)",
            "(X) ** (Y)",
            "(X) > (Y)",
            "(X) <= (Y)",
            "(X) == (Y)",
            "(X) and (Y)",
            "(X) or (Y)",
            "greater(X, Y)",
            "less(X, Y)",
            "fill(X, Y)",
            "if((X) > 2, Y, X)",
        ]);
        let window = prop::sample::select(vec![
            "ref(X, N)",
            "delta(X, N)",
            "ts_mean(X, N)",
            "ts_sum(X, N)",
            "ts_std(X, N)",
            "ts_var(X, N)",
            "ts_skew(X, N)",
            "ts_kurt(X, N)",
            "ts_min(X, N)",
            "ts_max(X, N)",
            "ts_argmin(X, N)",
            "ts_argmax(X, N)",
            "ts_rank(X, N)",
            "ts_median(X, N)",
            "ts_mad(X, N)",
            "ts_count(X, N)",
            "quantile(X, N, 0.3)",
            "wma(X, N)",
            "lwma(X, N)",
            "ema(X, N)",
            "slope(X, N)",
            "rsquare(X, N)",
            "resi(X, N)",
            "corr(X, Y, N)",
            "cov(X, Y, N)",
        ]);
        let form = prop_oneof![2 => unary, 3 => binary, 5 => window];
        (form, inner.clone(), inner, 4..12_usize).prop_map(|(form, x, y, n)| {
            // Placeholders are upper case, names lower case, so that one cannot be taken for the other.
            form.replace('N', &n.to_string()).replace('X', &x).replace('Y', &y)
        })
    })
}

fn parse(texts: &[String]) -> Vec<Expression> {
    texts.iter().map(|text| Expression::parse(text).unwrap()).collect()
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

fn columns(values: &Values) -> impl Iterator<Item = (usize, usize, &[f64])> {
    (0..values.expressions()).flat_map(move |expression| {
        (0..values.tickers())
            .map(move |ticker| (expression, ticker, values.column(expression, ticker).unwrap()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_prefix_of_the_rows_gives_the_prefix_of_the_values(
        texts in prop::collection::vec(text(), 1..5), panel in bars(3, 60), rows in 0..60_usize,
    ) {
        let expressions = parse(&texts);
        let whole = evaluate(&expressions, &panel).unwrap();
        let prefix = evaluate(&expressions, &panel.first(rows)).unwrap();
        for (expression, ticker, column) in columns(&prefix) {
            let longer = &whole.column(expression, ticker).unwrap()[..rows];
            prop_assert!(same_bits(column, longer), "{}: {column:?} {longer:?}", expressions[expression]);
        }
    }

    #[test]
    fn rows_beyond_the_lookback_do_not_matter(text in text(), panel in bars(2, 60), noise in 1.0..9.0_f64) {
        let expressions = parse(&[text]);
        let Lookback::Rows(rows) = expressions[0].lookback() else { return Ok(()) };
        prop_assume!(rows < 59);
        // The first bar stays, because a ticker's rows start there.
        let mut other = panel.clone();
        for column in other.tickers.iter_mut().flatten() {
            for value in &mut column[..59 - rows] {
                *value *= noise;
            }
        }
        let (a, b) = (evaluate(&expressions, &panel).unwrap(), evaluate(&expressions, &other).unwrap());
        for (_, ticker, column) in columns(&a) {
            let (a, b) = (column[59], b.column(0, ticker).unwrap()[59]);
            prop_assert!(a == b || (a.is_nan() && b.is_nan()) , "{}: {a} {b}", expressions[0]);
        }
    }

    #[test]
    fn threads_and_companions_do_not_matter(
        texts in prop::collection::vec(text(), 1..6), panel in bars(5, 50),
    ) {
        let expressions = parse(&texts);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| evaluate(&expressions, &panel).unwrap())
        };
        let (one, three) = (run(1), run(3));
        prop_assert!(same_bits(&one.clone().into_cells(), &three.into_cells()));
        for (expression, ticker, column) in columns(&one) {
            let alone = evaluate(&expressions[expression..=expression], &panel).unwrap();
            prop_assert!(same_bits(column, alone.column(0, ticker).unwrap()), "{}", expressions[expression]);
        }
    }

    #[test]
    fn canonical_text_reads_back(text in text()) {
        let expression = Expression::parse(&text).unwrap();
        let canonical = expression.to_string();
        let again = Expression::parse(&canonical).unwrap();
        prop_assert_eq!(&again, &expression);
        prop_assert_eq!(again.to_string(), canonical);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn any_tokens_are_read_or_refused(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "(", ")", ",", "+", "-", "*", "**", "/", ">", "==", "not ", " and ", " or ", "close", "ref", "ts_mean(", "if(",
            "quantile(", "macd(", "5", "0", "1.5", "1e9", ".5", "rank", "obv()", "winsorize(", " ", "\n", "$", "é",
        ]), 0..30),
    ) {
        let text = tokens.concat();
        match Expression::parse(&text) {
            Ok(expression) => prop_assert_eq!(Expression::parse(&expression.to_string()), Ok(expression)),
            Err(error) => {
                prop_assert!(error.position() <= text.chars().count() + 1);
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }
}

#[test]
fn an_empty_panel_has_empty_columns() {
    let expressions = parse(&["rank(ts_mean(close, 5))".to_owned(), "obv()".to_owned(), "1 + 1".to_owned()]);
    for (rows, tickers) in [(0, 0), (0, 2), (3, 0)] {
        let columns = vec![vec![f64::NAN; rows]; 2];
        let panel = Panel { names: vec!["close", "volume"], rows, tickers: vec![columns; tickers] };
        let values = evaluate(&expressions, &panel).unwrap();
        assert_eq!((values.rows(), values.tickers(), values.expressions()), (rows, tickers, 3));
        assert!(values.into_cells().iter().all(|value| value.is_nan()));
    }
    assert_eq!(
        Evaluator::new(&[]).evaluate(&Panel::of(vec![("close", vec![1.0])])).unwrap().expressions(),
        0
    );
}

#[test]
fn equal_expressions_have_equal_columns() {
    let texts = ["close", "close", "close + 1", "1 + close", "rank(close)", "rank(close)", "2", "2"];
    let panel = Panel::of(vec![("close", vec![3.0, 4.0])]);
    let values = evaluate(&parse(&texts.map(str::to_owned)), &panel).unwrap();
    let expected =
        [[3.0, 4.0], [3.0, 4.0], [4.0, 5.0], [4.0, 5.0], [1.0, 1.0], [1.0, 1.0], [2.0, 2.0], [2.0, 2.0]];
    assert_eq!(values.into_cells(), expected.concat());
}

#[test]
fn a_panel_that_does_not_fit_is_refused() {
    let message = |panel: &Panel, text: &str| -> String {
        let error: EvaluateError = evaluate(&[text.parse().unwrap()], panel).unwrap_err();
        error.to_string()
    };
    let mut panel = Panel::of(vec![("close", vec![1.0; 3]), ("volume", vec![1.0; 3])]);
    assert_eq!(
        message(&panel, "1 + volum"),
        "expression `1 + volum` reads column `volum`, expected one of: close, volume; did you mean `volume`?"
    );
    assert_eq!(
        message(&panel, "atr(3)"),
        "expression `atr(3)` reads column `high`, expected one of: close, volume"
    );
    panel.tickers[0][1].pop();
    assert_eq!(
        message(&panel, "volume"),
        "column `volume` of ticker 0 has 2 rows, expected 3; put NaN where there is no bar"
    );
}

#[test]
fn every_named_set_keeps_its_prefix() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut panel = bars(2, 130).new_tree(&mut runner).unwrap().current();
    panel.names.push("vwap");
    for columns in &mut panel.tickers {
        let typical = |row: usize| (columns[1][row] + columns[2][row] + columns[3][row]) / 3.0;
        columns.push((0..panel.rows).map(typical).collect());
    }
    for set in FeatureSet::ALL {
        let features: Vec<Expression> =
            set.features().into_iter().map(|feature| feature.expression).collect();
        let whole = evaluate(&features, &panel).unwrap();
        for rows in [0, 1, 4, 59, 60, 61, 99] {
            for (expression, ticker, column) in columns(&evaluate(&features, &panel.first(rows)).unwrap()) {
                assert!(same_bits(column, &whole.column(expression, ticker).unwrap()[..rows]));
            }
        }
    }
}
