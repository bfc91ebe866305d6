//! What models and baselines are called.

use crate::digits::capitalised;
use artifact_core::schema::TestMetrics;

/// The models whose names are words.
const KNOWN: [&str; 2] = ["linear", "gbdt"];

/// A baseline's name in running text, such as "the linear model"; `numbers` says whether numbers are predicted.
pub fn baseline_in_words(name: &str, numbers: bool) -> String {
    let words = match (name, numbers) {
        (TestMetrics::MAJORITY, false) => "always predicting the most frequent class",
        (TestMetrics::MAJORITY, true) => "always predicting 0",
        (TestMetrics::TICKER_MAJORITY, false) => "always predicting the ticker's most frequent class",
        (TestMetrics::TICKER_MAJORITY, true) => "always predicting the ticker's mean",
        (TestMetrics::BUY_AND_HOLD, _) => "buying and holding",
        ("gbdt", _) => "the gradient-boosted trees",
        _ => return model_in_words(name),
    };
    words.to_owned()
}

/// A baseline's name as the title of a column, such as "Linear model".
pub fn baseline_title(name: &str, numbers: bool) -> String {
    let words = baseline_in_words(name, numbers).replace("always predicting", "always");
    match words.strip_prefix("the ") {
        // A written name keeps its case.
        Some(words) if !KNOWN.contains(&name) => words.to_owned(),
        Some(words) => capitalised(words),
        None => capitalised(&words),
    }
}

/// A model's name in running text.
pub(crate) fn model_in_words(name: &str) -> String {
    format!("the {name} model")
}

/// The name of a baseline of the same kind as the model.
pub(crate) fn namesake_in_words(name: &str) -> String {
    format!("the {name} baseline")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baselines_have_names_for_text_and_for_columns() {
        for (name, numbers, words, title) in [
            (
                "majority",
                false,
                "always predicting the most frequent class",
                "Always the most frequent class",
            ),
            ("majority", true, "always predicting 0", "Always 0"),
            (
                "ticker_majority",
                false,
                "always predicting the ticker's most frequent class",
                "Always the ticker's most frequent class",
            ),
            ("ticker_majority", true, "always predicting the ticker's mean", "Always the ticker's mean"),
            ("linear", false, "the linear model", "Linear model"),
            ("gbdt", true, "the gradient-boosted trees", "Gradient-boosted trees"),
            ("buy_and_hold", false, "buying and holding", "Buying and holding"),
            ("my_net", false, "the my_net model", "my_net model"),
        ] {
            assert_eq!(baseline_in_words(name, numbers), words);
            assert_eq!(baseline_title(name, numbers), title);
        }
    }
}
