//! Where a study looks for the values of each hyperparameter.

use crate::Config;
use crate::part::{Domain, Parameter};
use crate::search_space::{TIME_WINDOW, task_parameters};

impl Config {
    /// The domain that a study searches for a declared hyperparameter of `model`, or, without one, of the task: the one
    /// that the search space sets for this model, else the one that it sets for all, else, for the time window, the
    /// fixed one of the labels, else the declared one; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Why the hyperparameter cannot have the domain set, and its key in the search space.
    pub fn domain(
        &self,
        model: Option<&str>,
        parameter: &Parameter,
    ) -> Result<Option<Domain>, (String, String)> {
        let own = model.map(|model| format!("{model}.{}", parameter.name));
        let space = &self.tuner.search_space;
        let keys = own.as_deref().into_iter().chain([parameter.name]);
        match keys.filter_map(|key| Some((key, space.get(key)?))).next() {
            Some((key, setting)) => {
                setting.domain(&parameter.kind).map(Some).map_err(|reason| (key.to_owned(), reason))
            }
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
            let domain = self.domain(None, &parameter).ok()??;
            let values = domain.listed(most)?.into_iter().map(|number| domain.value(number));
            values.map(|value| value.as_u64().map(|value| value as usize)).collect::<Option<Vec<_>>>()
        };
        let [time_window, seq_length] = task_parameters().map(listed);
        Some([time_window?, seq_length?])
    }
}
