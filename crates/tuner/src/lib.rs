//! Phase 1: hyperparameter tuning.
//!
//! The tuner sees the rows before the test rows only. Every trial is fitted on the training part, scored by the
//! objective on validation, and stored with its split and preprocessing, so that the next phases start from exactly
//! what it saw.

pub mod cli;
mod objective;
pub mod pruners;
pub mod samplers;
mod search_space;
mod storage;
mod study;

pub use objective::{Objective, Request};
pub use search_space::{Dimension, EmptySpace, Geometry, Point, Scale, Space};
pub use storage::{
    Attempt, Claimed, Details, FinishedTrial, InvalidLocation, Ledger, Location, Next, Outlook, Param, Place,
    Row, RowState, StorageError, StudyDatabase, StudyIdentity, Told,
};
pub use study::{
    FinishedStudy, StudyEnd, StudyError, StudyObserver, StudyRunner, enqueue, phase_key, space,
    study_identity,
};
