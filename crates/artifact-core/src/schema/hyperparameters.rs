//! What one trial tries.

use crate::component::{Params, is_name};
use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The values of one point of the search space: those of the task, and those of whichever model is fitted.
///
/// It is written as one flat map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hyperparameters {
    /// The rows a sequence reads, `S`.
    pub seq_length: usize,
    /// The rows a label reads, `W`.
    pub time_window: usize,
    /// The values of the model and of its fit, such as `learning_rate`, by the names that the model declares. What they
    /// mean, and which of them go together, only the model knows.
    #[serde(flatten)]
    pub model: Params,
}

impl Hyperparameters {
    /// The task's own names, which no model can declare.
    pub const OF_THE_TASK: [&str; 2] = ["time_window", "seq_length"];

    /// Checks what holds for every model; `field` is the path of this value.
    pub(crate) fn validate(&self, field: &str) -> Result<(), Invalid> {
        self.forms().map_err(|invalid| invalid.within(field))
    }

    fn forms(&self) -> Result<(), Invalid> {
        for (field, value) in [("seq_length", self.seq_length), ("time_window", self.time_window)] {
            ensure(value > 0, field, value, "at least 1")?;
        }
        for (name, value) in self.model.iter() {
            let free = is_name(name) && !Self::OF_THE_TASK.contains(&name);
            ensure(free, name, "an invalid name", "lower-case letters, digits and '_', not a task name")?;
            // A number that was not finite has become null here.
            let plain = matches!(value, Value::Number(_) | Value::String(_) | Value::Bool(_));
            ensure(plain, name, value, "a finite number, a string, true or false")?;
        }
        Ok(())
    }
}
