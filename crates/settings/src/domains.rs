//! Where a study looks for the values of each hyperparameter.

use crate::Config;
use crate::part::{Domain, Parameter};
use crate::search_space::{TIME_WINDOW, task_parameters};

impl Config {
    /// The domain that a study searches for a declared hyperparameter: the one that the search space sets, else, for the
    /// time window, the fixed one of the labels, else the declared one; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Why the hyperparameter cannot have the domain set.
    pub fn domain(&self, parameter: &Parameter) -> Result<Option<Domain>, String> {
        match self.tuner.search_space.get(parameter.name) {
            Some(setting) => setting.domain(&parameter.kind).map(Some),
            None if parameter.name == TIME_WINDOW && self.labels.time_window > 0 => {
                Ok(Some(Domain::Fixed(self.labels.time_window.into())))
            }
            None => Ok(parameter.search.clone()),
        }
    }

    /// All values of `time_window` and of `seq_length`; `None` if either cannot be listed, or is a range of more than
    /// `most` values.
    pub fn windows(&self, most: usize) -> Option<[Vec<usize>; 2]> {
        let listed = |parameter: Parameter| {
            let domain = self.domain(&parameter).ok()??;
            let values = domain.listed(most)?.into_iter().map(|number| domain.value(number));
            values.map(|value| value.as_u64().map(|value| value as usize)).collect::<Option<Vec<_>>>()
        };
        let [time_window, seq_length] = task_parameters().map(listed);
        Some([time_window?, seq_length?])
    }
}
