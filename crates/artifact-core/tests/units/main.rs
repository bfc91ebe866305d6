//! The parts, one by one: what each promises to whoever uses it.

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
