//! The page's sections, one module each, and their order.
//!
//! To add a section, implement [`Section`] and insert it into [`Sections`]:
//!
//! ```
//! use report::html::{Element, paragraph, section};
//! use report::sections::{Section, Sections};
//! use report::RunData;
//! use std::sync::Arc;
//!
//! struct Costs;
//!
//! impl Section for Costs {
//!     fn id(&self) -> &str {
//!         "costs"
//!     }
//!
//!     fn title(&self) -> &str {
//!         "Costs"
//!     }
//!
//!     fn render(&self, run: &RunData) -> Option<Element> {
//!         let cost = run.config.training.cost_bps;
//!         Some(section("costs", "What trading costs").push(paragraph(format_args!("{cost} basis points"))))
//!     }
//! }
//!
//! let mut sections = Sections::builtin();
//! sections.insert_after("test", Arc::new(Costs))?;
//! # Ok::<(), report::sections::UnknownSection>(())
//! ```

mod configuration;
mod cross_validation;
mod data;
pub(crate) mod header;
mod learning;
mod lineage;
mod quality;
mod section;
mod selection;
mod test_set;
mod tuning;

pub use section::Section;

use artifact_core::Phase;
use std::fmt;
use std::sync::Arc;

/// The sections of a page, in order.
#[derive(Clone)]
pub struct Sections(Vec<Arc<dyn Section>>);

/// No section has the requested id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot insert a section after {id:?}: no such section; expected one of {known}")]
pub struct UnknownSection {
    /// The requested id.
    pub id: String,
    /// The existing ids.
    pub known: String,
}

impl Sections {
    /// The built-in sections.
    pub fn builtin() -> Self {
        Self(vec![
            Arc::new(lineage::Lineage),
            Arc::new(tuning::Tuning),
            Arc::new(selection::HowMuchIsSelection),
            Arc::new(cross_validation::CrossValidated),
            Arc::new(learning::LearningCurves),
            Arc::new(test_set::TestFigures),
            Arc::new(data::Data),
            Arc::new(configuration::Configuration),
        ])
    }

    /// Adds a section at the end, or in place of the section with the same id.
    pub fn add(&mut self, section: Arc<dyn Section>) -> &mut Self {
        match self.0.iter_mut().find(|other| other.id() == section.id()) {
            Some(other) => *other = section,
            None => self.0.push(section),
        }
        self
    }

    /// Inserts a section right after the one with this id, removing any other section that has the new one's id.
    ///
    /// # Errors
    ///
    /// [`UnknownSection`] if no other section has this id.
    pub fn insert_after(&mut self, id: &str, section: Arc<dyn Section>) -> Result<&mut Self, UnknownSection> {
        let unknown = || {
            let known: Vec<&str> = self.0.iter().map(|section| section.id()).collect();
            UnknownSection { id: id.to_owned(), known: known.join(", ") }
        };
        // A section cannot follow the one that it replaces.
        if id == section.id() || !self.0.iter().any(|other| other.id() == id) {
            return Err(unknown());
        }
        self.0.retain(|other| other.id() != section.id());
        let place = self.0.iter().position(|other| other.id() == id).map_or(self.0.len(), |place| place + 1);
        self.0.insert(place, section);
        Ok(self)
    }

    /// The sections, in order.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Section> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl fmt::Debug for Sections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Section::id)).finish()
    }
}

/// Names what a phase produces, and the command that produces it.
pub(crate) fn missing_part(phase: Phase) -> &'static str {
    match phase {
        Phase::Import => "older results; run `holdfast artifact import`",
        Phase::Data => "the frozen bars; run `holdfast freeze`",
        Phase::Tuning => "the tuning study; run `holdfast tune`",
        Phase::CrossValidation => "the cross-validation; run `holdfast validate`",
        Phase::Final => "the final model and its test figures; run `holdfast finalize`",
        Phase::Audit => "the leak audit; run `holdfast audit`",
        Phase::Report => "the report; run `holdfast report`",
    }
}
