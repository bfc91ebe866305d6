//! The expressions behind a feature.

use crate::expressions::error::ExpressionError;
use crate::expressions::named_sets::named;
use crate::expressions::parser::parse;
use crate::expressions::tree::Tree;
use artifact_core::Component;

/// The names of a feature's columns, in order, and their expressions; `None` if the feature is not written as
/// expressions, or has parameters that are not known here.
///
/// The feature `expression` takes `formula` and, optionally, `as`: its column's name, by default the formula as given.
/// The named sets take nothing. All have version 1.
pub(crate) fn columns(feature: &Component) -> Option<Result<Vec<(String, Tree)>, ExpressionError>> {
    if feature.version != 1 {
        return None;
    }
    if feature.name == "expression" {
        let known = feature.params.names().all(|name| ["formula", "as"].contains(&name));
        return known.then(|| expression(feature));
    }
    let formulas = named(&feature.name).filter(|_| feature.params.is_empty())?;
    Some(formulas.into_iter().map(|(name, formula)| Ok((name, parse(&formula)?))).collect())
}

fn expression(feature: &Component) -> Result<Vec<(String, Tree)>, ExpressionError> {
    let wrong = |parameter| ExpressionError::Parameter { feature: feature.to_string(), parameter };
    let formula = feature.params.text("formula").ok_or_else(|| wrong("formula"))?;
    let name = match feature.params.get("as") {
        None => formula,
        Some(_) => feature.params.text("as").ok_or_else(|| wrong("as"))?,
    };
    Ok(vec![(name.to_owned(), parse(formula)?)])
}
