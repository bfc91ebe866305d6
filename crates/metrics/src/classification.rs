//! Metrics of how often the predicted class is right.

use crate::{AcrossTasks, Metric, Needs, Unit};
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::{Declaration, Part};

/// The Matthews correlation within tickers.
pub(crate) struct Mcc;

/// The Matthews correlation over all samples.
pub(crate) struct MccPooled {
    name: &'static str,
}

impl MccPooled {
    pub(crate) const NOW: Self = Self { name: "mcc_pooled" };
    /// What `mcc` meant in its first version.
    pub(crate) const EARLIER: Self = Self { name: "mcc" };
}

/// The plain accuracy.
pub(crate) struct Accuracy;

/// The mean recall.
pub(crate) struct BalancedAccuracy;

/// The mean F1.
pub(crate) struct MacroF1;

/// The log loss against that of base rates.
pub(crate) struct LogLossSkill;

/// The negative log loss: a lower loss is better, but metrics are maximised.
pub(crate) struct NegativeLogLoss;

impl Part for Mcc {
    fn declaration(&self) -> Declaration {
        let doc = "The Matthews correlation within tickers, their mean: knowing which ticker a sample is of does not raise it.";
        Declaration::new("mcc", doc).version(2)
    }
}

impl Metric for Mcc {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.mcc.unwrap_or(0.0)
    }

    fn title(&self) -> String {
        "MCC".to_owned()
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
    }
}

impl Part for MccPooled {
    fn declaration(&self) -> Declaration {
        let doc = "The Matthews correlation over the samples of all tickers: knowing which ticker a sample is of raises it.";
        Declaration::new(self.name, doc)
    }
}

impl Metric for MccPooled {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.mcc_pooled
    }

    fn title(&self) -> String {
        "pooled MCC".to_owned()
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
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

    fn across_tasks(&self) -> AcrossTasks {
        // Within a task, the loss of the base rates is the same for all trials, so that both rank alike.
        AcrossTasks::ComparableAs("log_loss_skill")
    }
}

impl Part for LogLossSkill {
    fn declaration(&self) -> Declaration {
        let doc = "One less the log loss over that of always predicting the ticker's class frequencies in training; comparable \
                   between trials whose class balance differs.";
        Declaration::new("log_loss_skill", doc)
    }
}

impl Metric for LogLossSkill {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        evaluation.log_loss_skill.unwrap_or(0.0)
    }

    fn needs(&self) -> Needs {
        Needs::Classes
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
    }
}
