//! Phase 1: hyperparameter tuning.
//!
//! The tuner sees only the rows before the test rows. Every trial is fitted on the training rows, scored by the
//! objective on the validation rows, and stored with its split and preprocessing, so that the next phases start from
//! exactly what it saw.
//!
//! The samplers work on any space: see [`AskTell`]. Samplers and pruners are exchangeable parts: see [`SearchParts`].

mod ask_tell;
pub mod cli;
pub mod importance;
mod parts;
pub mod pruners;
pub mod samplers;
pub mod search_space;
mod stopping;
mod storage;
mod study;
mod trial_runner;

pub use ask_tell::{AskTell, Suggestion, TellError};
pub use parts::{Search, SearchParts};
#[cfg(feature = "postgres")]
pub use postgres_tls::Passwords;
pub use search_space::Searched;
pub use storage::{
    Attempt, Claimed, Details, FinishedTrial, InvalidLocation, Location, Next, Outlook, Param, Patience,
    Receipt, Row, RowState, StorageError, StudyDatabase, StudyIdentity, StudyRows, TrialProgress,
};
pub use study::{
    Contradiction, FinishedStudy, StudyEnd, StudyError, StudyObserver, StudyRunner, enqueue, phase_key,
    space, study_identity,
};
pub use trial_runner::{Request, TrialRunner};
