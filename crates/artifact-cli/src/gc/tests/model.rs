//! A model-based test: whatever writers, clean-ups and kills do, in any order, nothing that is needed is lost.
//!
//! The model consists of a map of bytes, a set of roots, and the objects that a writer may still rely on: those put
//! within the grace period. The test controls the stores' clock.

use crate::gc::{Plan, Policy, Survey, execute_on, plan};
use artifact_core::store::{FileStore, MemoryStore, Quarantine};
use artifact_core::{Digest, Error};
use fixtures::stores::Killer;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The grace period, in seconds.
const GRACE: u64 = 100;

#[derive(Debug, Clone)]
enum Operation {
    /// Put an object that refers to some that the writer may rely on.
    Put { content: u8, names: Vec<prop::sample::Index> },
    /// Refer to an object that the writer may rely on.
    AddRoot(prop::sample::Index),
    /// Drop a root.
    RemoveRoot(prop::sample::Index),
    /// Read an object that was once put; it may be gone if nothing needs it.
    Get(prop::sample::Index),
    /// Let time pass.
    Wait(u64),
    /// Plan a clean-up.
    Plan,
    /// Execute the plan, or only its first steps.
    Execute { steps: usize },
    /// Kill the next actor after this many file operations.
    Kill(usize),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let index = any::<prop::sample::Index>;
    let operation = prop_oneof![
        6 => (0..6u8, prop::collection::vec(index(), 0..3))
            .prop_map(|(content, names)| Operation::Put { content, names }),
        3 => index().prop_map(Operation::AddRoot),
        3 => index().prop_map(Operation::RemoveRoot),
        1 => index().prop_map(Operation::Get),
        3 => (1..GRACE + 20).prop_map(Operation::Wait),
        4 => Just(Operation::Plan),
        4 => prop_oneof![Just(usize::MAX), 0..6usize].prop_map(|steps| Operation::Execute { steps }),
        3 => (0..14usize).prop_map(Operation::Kill),
    ];
    prop::collection::vec(operation, 1..60)
}

/// Opens the store; its user is killed after the given number of file operations.
type Open<'a> = dyn Fn(usize) -> Arc<dyn Quarantine> + 'a;

struct World<'a> {
    open: &'a Open<'a>,
    store: Arc<dyn Quarantine>,
    clock: Arc<AtomicU64>,
    /// Every object that was ever put, and what it refers to.
    bytes: BTreeMap<Digest, (Vec<u8>, BTreeSet<Digest>)>,
    roots: BTreeSet<Digest>,
    /// When each object was put last.
    put: BTreeMap<Digest, u64>,
    plan: Option<Plan>,
}

impl<'a> World<'a> {
    fn new(open: &'a Open<'a>, clock: Arc<AtomicU64>) -> Self {
        clock.store(1_000_000, Ordering::SeqCst);
        Self {
            store: open(usize::MAX),
            open,
            clock,
            bytes: BTreeMap::new(),
            roots: BTreeSet::new(),
            put: BTreeMap::new(),
            plan: None,
        }
    }

    fn seconds(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.seconds())
    }

    fn closure(&self, roots: impl IntoIterator<Item = Digest>) -> BTreeSet<Digest> {
        let mut waiting: Vec<Digest> = roots.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(&self.bytes[&id].1);
            }
        }
        reached
    }

    /// What must not be lost: everything that roots and recently put objects reach.
    fn needed(&self) -> BTreeSet<Digest> {
        let oldest = self.seconds() - GRACE;
        let recent = self.put.iter().filter(|(_, put)| **put > oldest).map(|(id, _)| *id);
        self.closure(self.roots.iter().copied().chain(recent))
    }

    fn pick(&self, index: &prop::sample::Index, from: &BTreeSet<Digest>) -> Option<Digest> {
        (!from.is_empty()).then(|| from.iter().copied().nth(index.index(from.len())))?
    }

    fn apply(&mut self, operation: &Operation) {
        if let Operation::Kill(operations) = operation {
            self.store = (self.open)(*operations);
            return;
        }
        match operation {
            Operation::Put { content, names } => {
                let needed = self.needed();
                let names: BTreeSet<Digest> = names.iter().filter_map(|n| self.pick(n, &needed)).collect();
                let document = serde_json::json!({
                    "kind": "model", "schema_version": 1, "content": content, "names": names,
                });
                let bytes = serde_json::to_vec(&document).unwrap();
                let id = Digest::of(&bytes);
                if self.survived(|store| store.put(&bytes)).is_some() {
                    self.put.insert(id, self.seconds());
                }
                self.bytes.insert(id, (bytes, names));
            }
            Operation::AddRoot(index) => self.roots.extend(self.pick(index, &self.needed())),
            Operation::RemoveRoot(index) => {
                if let Some(id) = self.pick(index, &self.roots) {
                    self.roots.remove(&id);
                }
            }
            Operation::Get(index) => {
                let known = self.bytes.keys().copied().collect();
                if let Some(id) = self.pick(index, &known) {
                    let needed = self.needed().contains(&id);
                    match self.survived(|store| match store.get(&id) {
                        Err(Error::NotFound { .. }) => Ok(None),
                        other => other.map(Some),
                    }) {
                        Some(Some(bytes)) => assert_eq!(bytes, self.bytes[&id].0),
                        Some(None) => assert!(!needed, "{id} is needed and gone"),
                        None => {}
                    }
                }
            }
            Operation::Wait(seconds) => drop(self.clock.fetch_add(*seconds, Ordering::SeqCst)),
            Operation::Plan => {
                let policy = Policy { grace: Duration::from_secs(GRACE), ..Policy::default() };
                let (roots, now) = (self.roots.clone(), self.now());
                let made = self.survived(|store| Survey::of_store(store, &roots));
                self.plan = made.map(|survey| plan(&survey, &policy, now));
                let troubles = self.plan.iter().flat_map(|plan| &plan.troubles);
                assert_eq!(troubles.collect::<Vec<_>>(), Vec::<&String>::new());
            }
            Operation::Execute { steps } => {
                if let Some(mut plan) = self.plan.take() {
                    plan.steps.truncate(*steps);
                    self.survived(|store| execute_on(store, &plan));
                }
            }
            Operation::Kill(_) => {}
        }
    }

    /// The result, or `None` if the actor was killed; the store is then reopened.
    fn survived<T>(&mut self, work: impl FnOnce(&dyn Quarantine) -> Result<T, Error>) -> Option<T> {
        let result = work(&*self.store);
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                assert!(cause.is_some_and(|cause| cause.starts_with("killed")), "{error:?}");
                self.store = (self.open)(usize::MAX);
                None
            }
        }
    }

    fn check(&self) {
        for id in self.needed() {
            assert!(self.store.contains(&id).unwrap(), "{id} is needed and lost");
        }
    }

    /// After a final clean-up without grace period, the store holds exactly what the roots reach, all of it readable.
    fn finish(mut self) {
        self.store = (self.open)(usize::MAX);
        let policy = Policy { grace: Duration::ZERO, ..Policy::default() };
        self.clock.fetch_add(1, Ordering::SeqCst);
        let survey = Survey::of_store(&*self.store, &self.roots).unwrap();
        // Temporary files are stamped by the file system, not by the test.
        let plan = plan(&survey, &policy, SystemTime::now() + Duration::from_secs(3600));
        let done = execute_on(&*self.store, &plan).unwrap();
        assert_eq!(done.skipped, []);
        let needed = self.closure(self.roots.iter().copied());
        assert_eq!(self.store.list().unwrap(), needed.iter().copied().collect::<Vec<_>>());
        assert_eq!(self.store.quarantined().unwrap(), []);
        assert_eq!(self.store.leftovers().unwrap(), []);
        for id in &needed {
            assert_eq!(self.store.get(id).unwrap(), self.bytes[id].0);
        }
    }
}

fn follow(open: &Open<'_>, clock: Arc<AtomicU64>, operations: &[Operation]) {
    let mut world = World::new(open, clock);
    for operation in operations {
        world.apply(operation);
        world.check();
    }
    world.finish();
}

fn in_files(directory: &Path, operations: &[Operation]) {
    let clock = Arc::new(AtomicU64::new(0));
    let open = |kill: usize| -> Arc<dyn Quarantine> {
        Arc::new(FileStore::new(directory).with_hook(Killer::after(kill, &clock)))
    };
    follow(&open, clock.clone(), operations);
}

fn in_memory(operations: &[Operation]) {
    let clock = Arc::new(AtomicU64::new(0));
    let shared = clock.clone();
    let store: Arc<dyn Quarantine> = Arc::new(MemoryStore::with_clock(move || {
        UNIX_EPOCH + Duration::from_secs(shared.load(Ordering::SeqCst))
    }));
    // Operations in memory are atomic; a clean-up can be interrupted only between two of them.
    follow(&|_| store.clone(), clock, operations);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_store_in_memory_follows_the_model(operations in operations()) {
        in_memory(&operations);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_store_in_files_follows_the_model(operations in operations()) {
        let directory = tempfile::tempdir().unwrap();
        in_files(directory.path(), &operations);
    }
}
