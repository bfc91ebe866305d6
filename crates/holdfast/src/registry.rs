//! All parts that a program knows, by kind and name.

use data_loader::DataParts;
use data_loader::features::Feature;
use data_loader::scalers::Scaler;
use data_loader::sources::Source;
use data_loader::splits::Splitter;
use data_loader::targets::Target;
use extended_trainer::racing::FoldPruner;
use metrics::Metric;
use report::sections::{Section, Sections};
use settings::part::Catalog;
use settings::{Config, ConfigError};
use std::sync::Arc;
use trainer_core::{Architecture, Learner, ModelParts, Network};
use tuner::pruners::Pruner;
use tuner::samplers::Sampler;
use tuner::{Passwords, SearchParts, Searched};

/// The parts of every kind. Each phase gets only the parts it may call; nothing is global.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Sources, features, targets, scalers and splitters.
    pub data: DataParts,
    /// Models and metrics.
    pub training: ModelParts,
    /// Samplers and pruners.
    pub search: SearchParts,
    /// Pruners that end candidates of cross-validation early.
    pub fold_pruners: Catalog<dyn FoldPruner>,
    /// The sections of the report, in their order.
    pub sections: Sections,
    /// The passwords of PostgreSQL's servers. Settings and command lines hold none, since they are stored and shown.
    pub passwords: Passwords,
}

impl Registry {
    /// The built-in parts.
    pub fn builtin() -> Self {
        Self {
            data: DataParts::builtin(),
            training: ModelParts::builtin(),
            search: SearchParts::builtin(),
            fold_pruners: extended_trainer::racing::builtin(),
            sections: Sections::builtin(),
            passwords: Passwords::default(),
        }
    }

    /// Sets the passwords of the servers of study databases and of the built-in source `sql`.
    #[must_use]
    pub fn with_passwords(mut self, passwords: Passwords) -> Self {
        self.data = self.data.with_passwords(passwords.clone());
        self.passwords = passwords;
        self
    }

    /// Checks that every part that a configuration names is here, with parameters that it takes.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key of the first part or hyperparameter that is not.
    pub fn check(&self, config: &Config) -> Result<(), ConfigError> {
        let recipe = self.data.recipe(config)?;
        // As written: the tuner refuses an objective that does not suit several tasks, unless the study was begun with it.
        Searched::as_written(&self.training, config)?.check_task(&recipe.task())?;
        self.search.choose(&config.tuner)?;
        let pruner = self.fold_pruners.choose(&config.extended.pruner);
        pruner.map_err(|error| ConfigError::of_part("extended.pruner", &error, None))?;
        Ok(())
    }

    /// Adds a source of bars. Like all of these methods, it replaces a part of the same kind and name.
    #[must_use]
    pub fn with_source(mut self, source: impl Source + 'static) -> Self {
        self.data.sources.add(Arc::new(source));
        self
    }

    /// Adds a feature.
    #[must_use]
    pub fn with_feature(mut self, feature: impl Feature + 'static) -> Self {
        self.data.features.add(Arc::new(feature));
        self
    }

    /// Adds a target.
    #[must_use]
    pub fn with_target(mut self, target: impl Target + 'static) -> Self {
        self.data.targets.add(Arc::new(target));
        self
    }

    /// Adds a scaler.
    #[must_use]
    pub fn with_scaler(mut self, scaler: impl Scaler + 'static) -> Self {
        self.data.scalers.add(Arc::new(scaler));
        self
    }

    /// Adds a splitter.
    #[must_use]
    pub fn with_splitter(mut self, splitter: impl Splitter + 'static) -> Self {
        self.data.splitters.add(Arc::new(splitter));
        self
    }

    /// Adds a differentiable model, which is fitted by gradient steps.
    #[must_use]
    pub fn with_model(self, model: impl Architecture + 'static) -> Self {
        self.with_learner(Network(model))
    }

    /// Adds a model that fits itself.
    #[must_use]
    pub fn with_learner(mut self, learner: impl Learner + 'static) -> Self {
        self.training.models.add(Arc::new(learner));
        self
    }

    /// Adds a metric, which can also be a study's objective.
    #[must_use]
    pub fn with_metric(mut self, metric: impl Metric + 'static) -> Self {
        self.training.metrics.add(Arc::new(metric));
        self
    }

    /// Adds a sampler.
    #[must_use]
    pub fn with_sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.search.samplers.add(Arc::new(sampler));
        self
    }

    /// Adds a pruner of trials.
    #[must_use]
    pub fn with_pruner(mut self, pruner: impl Pruner + 'static) -> Self {
        self.search.pruners.add(Arc::new(pruner));
        self
    }

    /// Adds a pruner of cross-validation's candidates.
    #[must_use]
    pub fn with_fold_pruner(mut self, fold_pruner: impl FoldPruner + 'static) -> Self {
        self.fold_pruners.add(Arc::new(fold_pruner));
        self
    }

    /// Adds a section at the end of the report, or in place of the one with the same id.
    #[must_use]
    pub fn with_section(mut self, section: impl Section + 'static) -> Self {
        self.sections.add(Arc::new(section));
        self
    }
}
