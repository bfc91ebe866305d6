//! The features that are written as expressions.

use super::sixty_rows;
use crate::expressions::columns::columns;
use crate::expressions::error::ExpressionError;
use crate::expressions::named_sets::named;
use crate::expressions::panel::Panel;
use crate::expressions::tree::Tree;
use crate::expressions::walker::evaluate;
use artifact_core::Component;
use std::collections::BTreeSet;

/// The columns of a feature, which must be readable.
fn read(feature: &Component) -> Vec<(String, Tree)> {
    match columns(feature) {
        Some(Ok(columns)) => columns,
        Some(Err(error)) => panic!("{feature}: {error}"),
        None => panic!("{feature} is not an expression"),
    }
}

#[test]
fn the_sets_have_their_columns() {
    for (name, count, first, last) in [
        ("alpha158", 158, "KMID", "VSUMD60"),
        ("alpha360", 360, "CLOSE59", "VOLUME0"),
        ("trend", 12, "RET1", "VOL20"),
    ] {
        let names: Vec<String> =
            read(&Component::new(name, 1)).into_iter().map(|(column, _)| column).collect();
        assert_eq!((names.len(), &*names[0], &*names[count - 1]), (count, first, last));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
    }
    let alpha158 = named("alpha158").unwrap();
    assert_eq!(alpha158[13], ("ROC5".to_owned(), "ref(close, 5) / close".to_owned()));
    assert_eq!(alpha158[92].0, "CORR60");
    let alpha360 = named("alpha360").unwrap();
    assert_eq!(alpha360[59], ("CLOSE0".to_owned(), "close / close".to_owned()));
    assert_eq!(alpha360[300], ("VOLUME59".to_owned(), "ref(volume, 59) / (volume + 1e-12)".to_owned()));
}

#[test]
fn the_sets_have_values_after_a_long_enough_history() {
    let panel = with_vwap(sixty_rows());
    for name in ["alpha158", "alpha360", "trend"] {
        for (column, tree) in read(&Component::new(name, 1)) {
            let values = evaluate(&tree, &panel).unwrap();
            // The first ticker has a bar on every row. One column looks 60 rows back, and there are 60 rows in all.
            assert_eq!(values[59 * 3].is_finite(), column != "ROC60", "{name}, {column}");
        }
    }
}

#[test]
fn the_sets_of_qlib_need_vwap() {
    for name in ["alpha158", "alpha360"] {
        let faults = read(&Component::new(name, 1))
            .iter()
            .filter_map(|(_, tree)| evaluate(tree, &sixty_rows()).err())
            .collect::<Vec<_>>();
        let lacks_vwap =
            |fault: &ExpressionError| matches!(fault, ExpressionError::Column { name, .. } if name == "vwap");
        assert!(!faults.is_empty() && faults.iter().all(lacks_vwap), "{name}: {faults:?}");
    }
}

#[test]
fn an_expression_is_named_after_its_formula_or_as_told() {
    let feature = Component::new("expression", 1).with("formula", " close/open ");
    assert_eq!(read(&feature)[0].0, " close/open ");
    assert_eq!(read(&feature.with("as", "ratio"))[0].0, "ratio");
}

#[test]
fn other_features_are_none_of_these() {
    let formula = Component::new("expression", 1).with("formula", "close");
    for feature in [
        Component::new("ohlcv", 1),
        Component::new("trend", 2),
        Component::new("trend", 1).with("windows", 5),
        Component::new("expression", 2).with("formula", "close"),
        formula.with("window", 5),
    ] {
        assert!(columns(&feature).is_none(), "{feature}");
    }
}

#[test]
fn unreadable_parameters_are_errors() {
    for (feature, expected) in [
        (Component::new("expression", 1), "feature expression: parameter `formula` must be a text"),
        (
            Component::new("expression", 1).with("formula", "close").with("as", 5),
            "feature expression(as=5, formula=close): parameter `as` must be a text",
        ),
        (
            Component::new("expression", 1).with("formula", "close +"),
            "character 8 of the formula: found the end, expected a value",
        ),
    ] {
        match columns(&feature) {
            Some(Err(error)) => assert_eq!(error.to_string(), expected),
            _ => panic!("{feature} was read"),
        }
    }
}

fn with_vwap(panel: Panel) -> Panel {
    let close = panel.column("close").unwrap();
    let mut values = Vec::new();
    for row in 0..panel.rows() {
        values.extend((0..panel.tickers()).map(|ticker| 1.01 * panel.value(close, row, ticker)));
    }
    panel.with("vwap", values).unwrap()
}
