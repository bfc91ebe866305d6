//! All parts that a program knows, by kind and name.

use data_loader::DataParts;
use data_loader::features::Feature;
use data_loader::scalers::Scaler;
use data_loader::source::Source;
use data_loader::splits::Splitter;
use data_loader::targets::Target;
use extended_trainer::racing::FoldPruner;
use metrics::Metric;
use report::sections::{Section, Sections};
use settings::part::Catalog;
use std::sync::Arc;
use trainer_core::{Architecture, ModelParts};
use tuner::SearchParts;
use tuner::pruners::Pruner;
use tuner::samplers::Sampler;

/// The parts of every kind. Each phase is handed what it may call; nothing is global.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Sources, features, targets, scalers and splitters.
    pub data: DataParts,
    /// Models and metrics.
    pub training: ModelParts,
    /// Samplers and pruners.
    pub search: SearchParts,
    /// What ends candidates of cross-validation early.
    pub fold_pruners: Catalog<dyn FoldPruner>,
    /// The sections of the report, in their order.
    pub sections: Sections,
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
        }
    }

    /// With a source of bars; like all of these, in place of a part of the same name.
    #[must_use]
    pub fn with_source(mut self, source: impl Source + 'static) -> Self {
        self.data.sources.add(Arc::new(source));
        self
    }

    /// With a feature.
    #[must_use]
    pub fn with_feature(mut self, feature: impl Feature + 'static) -> Self {
        self.data.features.add(Arc::new(feature));
        self
    }

    /// With a target.
    #[must_use]
    pub fn with_target(mut self, target: impl Target + 'static) -> Self {
        self.data.targets.add(Arc::new(target));
        self
    }

    /// With a scaler.
    #[must_use]
    pub fn with_scaler(mut self, scaler: impl Scaler + 'static) -> Self {
        self.data.scalers.add(Arc::new(scaler));
        self
    }

    /// With a splitter.
    #[must_use]
    pub fn with_splitter(mut self, splitter: impl Splitter + 'static) -> Self {
        self.data.splitters.add(Arc::new(splitter));
        self
    }

    /// With a model.
    #[must_use]
    pub fn with_model(mut self, model: impl Architecture + 'static) -> Self {
        self.training.models.add(Arc::new(model));
        self
    }

    /// With a metric, which a study may also have as its objective.
    #[must_use]
    pub fn with_metric(mut self, metric: impl Metric + 'static) -> Self {
        self.training.metrics.add(Arc::new(metric));
        self
    }

    /// With a sampler.
    #[must_use]
    pub fn with_sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.search.samplers.add(Arc::new(sampler));
        self
    }

    /// With a pruner of trials.
    #[must_use]
    pub fn with_pruner(mut self, pruner: impl Pruner + 'static) -> Self {
        self.search.pruners.add(Arc::new(pruner));
        self
    }

    /// With a pruner of cross-validation's candidates.
    #[must_use]
    pub fn with_fold_pruner(mut self, fold_pruner: impl FoldPruner + 'static) -> Self {
        self.fold_pruners.add(Arc::new(fold_pruner));
        self
    }

    /// With a section at the end of the report.
    #[must_use]
    pub fn with_section(mut self, section: impl Section + 'static) -> Self {
        self.sections.add(Arc::new(section));
        self
    }
}
