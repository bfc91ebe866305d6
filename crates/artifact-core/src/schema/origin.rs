//! Where a configuration comes from: trials of this program, or those of older results.
//!
//! On disk both are ids; the object's kind tells which of the two an id names.

use super::{ImportedStudy, ImportedTrial, Study, Trial};
use crate::envelope::Payload;
use crate::error::{Error, Invalid, ensure};
use crate::id::Id;
use crate::parents::Parents;
use std::rc::Rc;

/// The id of a study of this program or of an imported one: see [`AnyStudy`].
pub type AnyStudyId = Id<AnyStudy>;

/// The id of a trial of this program or of an imported one: see [`AnyTrial`].
pub type AnyTrialId = Id<AnyTrial>;

/// A trial of this program, or an imported one; only its [id](super::AnyTrialId) is stored.
#[derive(Debug, Clone)]
pub enum AnyTrial {
    /// Made by the tuner.
    Native(Rc<Trial>),
    /// Read from older results.
    Imported(Rc<ImportedTrial>),
}

/// A study of this program, or an imported one; only its [id](super::AnyStudyId) is stored.
#[derive(Debug, Clone)]
pub enum AnyStudy {
    /// Made by the tuner.
    Native(Rc<Study>),
    /// Read from older results.
    Imported(Rc<ImportedStudy>),
}

impl From<Id<Trial>> for Id<AnyTrial> {
    fn from(id: Id<Trial>) -> Self {
        Id::new(id.digest())
    }
}

impl From<Id<ImportedTrial>> for Id<AnyTrial> {
    fn from(id: Id<ImportedTrial>) -> Self {
        Id::new(id.digest())
    }
}

impl From<Id<Study>> for Id<AnyStudy> {
    fn from(id: Id<Study>) -> Self {
        Id::new(id.digest())
    }
}

impl From<Id<ImportedStudy>> for Id<AnyStudy> {
    fn from(id: Id<ImportedStudy>) -> Self {
        Id::new(id.digest())
    }
}

impl Id<AnyTrial> {
    /// The id as that of a trial of this program. Loading checks that the object really is one.
    pub fn native(self) -> Id<Trial> {
        Id::new(self.digest())
    }
}

impl Id<AnyStudy> {
    /// The id as that of a study of this program. Loading checks that the object really is one.
    pub fn native(self) -> Id<Study> {
        Id::new(self.digest())
    }
}

impl Parents<'_> {
    /// Loads a trial of either kind.
    ///
    /// # Errors
    ///
    /// As [`load`](crate::load).
    pub fn trial(&self, id: Id<AnyTrial>) -> Result<AnyTrial, Error> {
        match self.get(id.native()) {
            Err(error) if is_kind::<ImportedTrial>(&error) => {
                Ok(AnyTrial::Imported(self.get(Id::new(id.digest()))?))
            }
            trial => trial.map(AnyTrial::Native),
        }
    }

    /// Loads a study of either kind.
    ///
    /// # Errors
    ///
    /// As [`load`](crate::load).
    pub fn study(&self, id: Id<AnyStudy>) -> Result<AnyStudy, Error> {
        match self.get(id.native()) {
            Err(error) if is_kind::<ImportedStudy>(&error) => {
                Ok(AnyStudy::Imported(self.get(Id::new(id.digest()))?))
            }
            study => study.map(AnyStudy::Native),
        }
    }
}

/// Whether an object was refused because it is a `P`.
fn is_kind<P: Payload>(error: &Error) -> bool {
    matches!(error, Error::WrongKind { found, .. } if found == P::KIND)
}

impl AnyStudy {
    /// Checks that the study holds this trial: at the position given by its number or, if imported, at any.
    pub(super) fn holds(&self, trial: Id<AnyTrial>, number: u64) -> Result<(), Invalid> {
        let (holds, expected) = match self {
            AnyStudy::Native(study) => {
                let place = usize::try_from(number).ok().and_then(|number| study.trials.get(number));
                let own = place.is_some_and(|id| id.digest() == trial.digest());
                (own, "the study's trial of this number")
            }
            AnyStudy::Imported(study) => {
                let own = study.trials.iter().any(|id| id.digest() == trial.digest());
                (own, "a trial of the imported study")
            }
        };
        ensure(holds, "trial", trial.short(), expected)
    }
}
