//! Metrics of how often the predicted class is right.

use crate::{Metric, Needs, Unit};
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::{Declaration, Part};

/// The Matthews correlation.
pub(crate) struct Mcc;

/// The plain accuracy.
pub(crate) struct Accuracy;

/// The mean recall.
pub(crate) struct BalancedAccuracy;

/// The mean F1.
pub(crate) struct MacroF1;

/// The negative log loss: a lower loss is better, but metrics are maximised.
pub(crate) struct NegativeLogLoss;

impl Part for Mcc {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "mcc",
            "The Matthews correlation: comparable between trials whose class balance differs.",
        )
    }
}

impl Metric for Mcc {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.mcc
    }

    fn title(&self) -> String {
        "MCC".to_owned()
    }
}

impl Part for Accuracy {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "accuracy",
            "The plain accuracy; it moves with time_window, since the class balance does.",
        )
    }
}

impl Metric for Accuracy {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.accuracy
    }

    fn unit(&self) -> Unit {
        Unit::Share
    }
}

impl Part for BalancedAccuracy {
    fn declaration(&self) -> Declaration {
        Declaration::new("balanced_accuracy", "The mean recall over the classes that occur.")
    }
}

impl Metric for BalancedAccuracy {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.balanced_accuracy
    }

    fn unit(&self) -> Unit {
        Unit::Share
    }
}

impl Part for MacroF1 {
    fn declaration(&self) -> Declaration {
        Declaration::new("macro_f1", "The mean F1 over the classes that occur.")
    }
}

impl Metric for MacroF1 {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.macro_f1
    }

    fn title(&self) -> String {
        "macro F1".to_owned()
    }
}

impl Part for NegativeLogLoss {
    fn declaration(&self) -> Declaration {
        Declaration::new("negative_log_loss", "The negative log loss.")
    }
}

impl Metric for NegativeLogLoss {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        -evaluation.log_loss
    }

    fn needs(&self) -> Needs {
        Needs::Classes
    }
}
