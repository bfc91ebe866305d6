//! What each module promises its users, one module at a time.

mod canonical;
mod combinations;
mod component;
mod files;
mod id;
mod imported_study;
mod imported_trial;
mod index_set;
mod ledger;
mod object;
mod returns;
mod runs;
mod seed;
mod split;
mod store;
mod tags;
mod trial_log;
mod upgrade;
