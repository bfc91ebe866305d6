//! The plan: what is removed, in which order, and why. A pure function of the survey, so that it can be tested without
//! a disk.

use super::mark::{Graph, reach, referrers_first};
use super::policy::Policy;
use super::survey::{RemovedRun, RunFacts, Survey};
use artifact_core::Digest;
use artifact_core::store::{Leftover, Metadata, Quarantined};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What a clean-up will do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The present time, as given to the planner.
    pub at: SystemTime,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The number of objects that are kept, and their size in bytes.
    pub kept: (usize, u64),
    /// The number of objects that stay set aside until their grace period ends, and their size in bytes.
    pub waiting: (usize, u64),
    /// What is kept although its removal was requested, and why.
    pub notes: Vec<String>,
    /// Why it is unknown what is needed; such a plan is not executed.
    pub troubles: Vec<String>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// The size of its target, in bytes.
    pub bytes: u64,
    /// The reason.
    pub why: String,
}

/// The action of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// An object that is needed again leaves the quarantine.
    BringBack {
        /// The object.
        id: Digest,
        /// Its kind.
        kind: String,
    },
    /// A run's directory is moved out of `runs`.
    RemoveRun {
        /// The run.
        name: String,
        /// When it was last written, as far as the plan knows.
        modified: SystemTime,
    },
    /// An object goes into quarantine.
    SetAside {
        /// The object.
        id: Digest,
        /// Its kind.
        kind: String,
        /// Size and age, as far as the plan knows.
        seen: Metadata,
    },
    /// An object in quarantine is deleted for good.
    Purge {
        /// The object.
        item: Quarantined,
        /// Its kind.
        kind: String,
    },
    /// A removed run's directory is deleted for good.
    DeleteRun {
        /// The run.
        name: String,
        /// Where it is.
        path: PathBuf,
    },
    /// A killed writer's temporary file is deleted.
    RemoveLeftover(Leftover),
}

impl Plan {
    /// The number of bytes that the steps delete for good.
    pub fn freed(&self) -> u64 {
        let deletes = |action: &Action| {
            matches!(action, Action::Purge { .. } | Action::DeleteRun { .. } | Action::RemoveLeftover(_))
        };
        self.steps.iter().filter(|step| deletes(&step.action)).map(|step| step.bytes).sum()
    }
}

/// Decides what to remove; `now` is the present time.
pub fn plan(survey: &Survey, policy: &Policy, now: SystemTime) -> Plan {
    let graph = survey.inventory.contents();
    let planner = Planner { survey, policy, now, graph: &graph, cutoff: cutoff(survey, policy, now) };
    let mut notes = Vec::new();
    let removed = planner.runs_to_remove(&mut notes);
    let reached = planner.reached(&removed);
    // Objects are brought back before all else, and runs are removed before their objects: a clean-up killed between
    // two steps then leaves no run that lacks an object.
    let mut steps = planner.bring_back(&reached);
    steps.extend(planner.remove_runs(&removed));
    let aside = planner.set_aside(&reached, &removed);
    steps.extend(aside.iter().cloned());
    let (purge, waiting) = planner.purge(&reached, &aside);
    steps.extend(purge);
    steps.extend(planner.delete_runs(&removed));
    steps.extend(planner.leftovers());
    let kept: Vec<u64> =
        planner.objects().filter(|(id, _)| reached.contains(id)).map(|(_, m)| m.stored_bytes).collect();
    Plan {
        at: now,
        steps,
        kept: (kept.len(), kept.iter().sum()),
        waiting,
        notes,
        troubles: planner.troubles(&reached, &removed),
    }
}

/// Anything written at this time or later is left alone: it is within the grace period, or a running phase may have put
/// it.
fn cutoff(survey: &Survey, policy: &Policy, now: SystemTime) -> SystemTime {
    let age = policy.grace.max(policy.older_than);
    // An object that a running phase has put since it started may not be referred to anywhere yet.
    let started = survey.runs.iter().filter_map(|run| run.in_use_since);
    started.fold(before(now, age), SystemTime::min)
}

fn before(now: SystemTime, age: Duration) -> SystemTime {
    now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The runs to remove, with the reason.
type Removed<'a> = BTreeMap<&'a str, String>;

struct Planner<'a> {
    survey: &'a Survey,
    policy: &'a Policy,
    now: SystemTime,
    graph: &'a Graph<'a>,
    cutoff: SystemTime,
}

impl<'a> Planner<'a> {
    fn objects(&self) -> impl Iterator<Item = (&'a Digest, &'a Metadata)> {
        self.survey.inventory.objects.iter().map(|(id, item)| (id, &item.metadata))
    }

    fn is_young(&self, time: SystemTime) -> bool {
        time >= self.cutoff
    }

    fn kind(&self, id: &Digest) -> String {
        self.graph.get(id).map(|content| content.kind.clone()).unwrap_or_default()
    }

    /// What is needed once these runs are gone. Young objects, and all that they refer to, count as needed: their
    /// writers may be about to refer to them.
    fn reached(&self, removed: &Removed<'_>) -> BTreeSet<Digest> {
        let runs = self.survey.runs.iter().filter(|run| !removed.contains_key(run.name.as_str()));
        let named = runs.flat_map(|run| run.names.iter().chain(run.outputs.keys()));
        let young = self.objects().filter(|(_, m)| self.is_young(m.modified)).map(|(id, _)| id);
        reach(self.graph, self.survey.roots.keys().chain(named).chain(young).copied())
    }

    fn runs_to_remove(&self, notes: &mut Vec<String>) -> Removed<'a> {
        let policy = self.policy;
        let mut newest: Vec<&RunFacts> = self.survey.runs.iter().filter(|run| run.recorded).collect();
        // Ties are broken by name, so that the plan is deterministic.
        newest.sort_by(|a, b| (b.modified, &b.name).cmp(&(a.modified, &a.name)));
        let mut removed = Removed::new();
        let mut kept = Vec::new();
        let places = places(&newest);
        for (place, run) in newest.iter().enumerate() {
            let last = policy.keep_last.map(|n| (place < n, not_among_last(n)));
            let best = policy.keep_best.map(|n| self.best(run, &places, n));
            let asked: Vec<(bool, String)> = last.into_iter().chain(best).collect();
            if asked.is_empty() {
                // Only these may go to meet the size limit: what another rule keeps must stay.
                kept.push(*run);
            } else if !asked.iter().any(|(keep, _)| *keep) {
                let why = asked.into_iter().map(|(_, why)| why).collect::<Vec<_>>().join(", ");
                match self.protection(run) {
                    Some(protection) => notes.push(format!("run {} is kept: {protection}", run.name)),
                    None => drop(removed.insert(run.name.as_str(), why)),
                }
            }
        }
        if let Some(limit) = policy.max_bytes {
            self.shrink(limit, &kept, &mut removed, notes);
        }
        removed
    }

    /// Why a run is kept whatever the policy.
    fn protection(&self, run: &RunFacts) -> Option<String> {
        if run.in_use_since.is_some() {
            return Some("a phase is working on it".to_owned());
        }
        if !run.tags.is_empty() {
            return Some(format!("tagged {}", run.tags.join(", ")));
        }
        (run.modified > before(self.now, self.policy.older_than)).then(|| "it is not old enough".to_owned())
    }

    fn best(&self, run: &RunFacts, places: &BTreeMap<&str, usize>, n: usize) -> (bool, String) {
        match (&run.result, places.get(run.name.as_str())) {
            (Some((objective, value)), Some(place)) => {
                let not = match n {
                    0 => "--keep-best 0 keeps none".to_owned(),
                    1 => "not the best".to_owned(),
                    n => format!("not among the best {n}"),
                };
                let why = format!("number {} by {objective} ({value:.4}), {not}", place + 1);
                (*place < n, why)
            }
            _ => (true, String::new()),
        }
    }

    /// Removes the oldest runs until what is needed fits the limit. A run that would free nothing is kept.
    fn shrink(
        &self,
        limit: u64,
        newest: &[&'a RunFacts],
        removed: &mut Removed<'a>,
        notes: &mut Vec<String>,
    ) {
        // Runs share objects, so what removing one frees depends on which others are gone; it is measured again each
        // time.
        let size = |removed: &Removed<'_>| -> u64 {
            let reached = self.reached(removed);
            self.objects().filter(|(id, _)| reached.contains(id)).map(|(_, m)| m.stored_bytes).sum()
        };
        let mut bytes = size(removed);
        for run in newest.iter().rev() {
            if bytes <= limit {
                return;
            }
            if let Some(protection) = self.protection(run) {
                notes.push(format!("run {} is kept: {protection}", run.name));
                continue;
            }
            let why = format!("the oldest run, and the objects take {bytes} of {limit} bytes allowed");
            removed.insert(&run.name, why);
            let without = size(removed);
            if without == bytes {
                removed.remove(run.name.as_str());
                notes.push(format!("run {} is kept: removing it would free nothing now", run.name));
            }
            bytes = without;
        }
        if bytes > limit {
            notes.push(format!("the needed objects take {bytes} bytes, more than the {limit} allowed"));
        }
    }

    fn bring_back(&self, reached: &BTreeSet<Digest>) -> Vec<Step> {
        let aside = self.survey.inventory.aside.iter();
        let needed: BTreeMap<Digest, u64> = aside
            .map(|aside| (aside.item.id, aside.item.stored_bytes))
            .filter(|(id, _)| reached.contains(id) && !self.survey.inventory.objects.contains_key(id))
            .collect();
        let mut order = referrers_first(self.graph, &needed.keys().copied().collect());
        // An object is brought back before those that need it.
        order.reverse();
        let step = |id: Digest| Step {
            bytes: needed[&id],
            action: Action::BringBack { kind: self.kind(&id), id },
            why: "it is needed again".to_owned(),
        };
        order.into_iter().map(step).collect()
    }

    fn remove_runs(&self, removed: &Removed<'_>) -> Vec<Step> {
        let runs = self.survey.runs.iter();
        let step = |run: &RunFacts| {
            let why = removed.get(run.name.as_str())?.clone();
            let action = Action::RemoveRun { name: run.name.clone(), modified: run.modified };
            Some(Step { action, bytes: run.bytes, why })
        };
        runs.filter_map(step).collect()
    }

    /// An object is set aside before those it refers to, so that no object left in the store ever lacks one it needs.
    fn set_aside(&self, reached: &BTreeSet<Digest>, removed: &Removed<'_>) -> Vec<Step> {
        let needed_before = self.reached(&Removed::new());
        let unneeded = self.objects().map(|(id, _)| *id).filter(|id| !reached.contains(id)).collect();
        let step = |id: Digest| {
            let item = self.survey.inventory.objects.get(&id)?;
            let why = match &item.content.trouble {
                _ if !removed.is_empty() && needed_before.contains(&id) => {
                    "only removed runs need it".to_owned()
                }
                None => "nothing needs it".to_owned(),
                Some(trouble) => format!("nothing needs it, and it is damaged: {trouble}"),
            };
            let (kind, seen) = (item.content.kind.clone(), item.metadata);
            Some(Step { action: Action::SetAside { id, kind, seen }, bytes: seen.stored_bytes, why })
        };
        referrers_first(self.graph, &unneeded).into_iter().filter_map(step).collect()
    }

    /// What is deleted for good, and what stays set aside. Without a grace period, everything is deleted at once.
    fn purge(&self, reached: &BTreeSet<Digest>, set_aside: &[Step]) -> (Vec<Step>, (usize, u64)) {
        let mut steps = Vec::new();
        let mut waiting = (0, 0);
        for aside in &self.survey.inventory.aside {
            let item = aside.item;
            // A bring-back that was killed halfway leaves an object in both places.
            let is_back = self.survey.inventory.objects.contains_key(&item.id);
            if reached.contains(&item.id) && !is_back {
                continue;
            }
            if item.since > before(self.now, self.policy.grace) {
                waiting = (waiting.0 + 1, waiting.1 + item.stored_bytes);
                continue;
            }
            let why = if is_back { "a second copy" } else { "nothing has needed it since it was set aside" };
            steps.push(Step {
                action: Action::Purge { item, kind: aside.content.kind.clone() },
                bytes: item.stored_bytes,
                why: why.to_owned(),
            });
        }
        for step in set_aside {
            let Action::SetAside { id, kind, seen } = &step.action else {
                continue;
            };
            if self.policy.grace.is_zero() {
                let item = Quarantined { since: self.now, id: *id, stored_bytes: seen.stored_bytes };
                let why = "no grace period".to_owned();
                let action = Action::Purge { item, kind: kind.clone() };
                steps.push(Step { action, bytes: step.bytes, why });
            } else {
                waiting = (waiting.0 + 1, waiting.1 + step.bytes);
            }
        }
        (steps, waiting)
    }

    fn delete_runs(&self, removed: &Removed<'_>) -> Vec<Step> {
        let due = |run: &&RemovedRun| run.since <= before(self.now, self.policy.grace);
        let step = |run: &RemovedRun| Step {
            action: Action::DeleteRun { name: run.name.clone(), path: run.path.clone() },
            bytes: run.bytes,
            why: "removed earlier, and its grace period is over".to_owned(),
        };
        let mut steps: Vec<Step> = self.survey.removed_runs.iter().filter(due).map(step).collect();
        let at_once = self
            .survey
            .runs
            .iter()
            .filter(|run| self.policy.grace.is_zero() && removed.contains_key(run.name.as_str()));
        steps.extend(at_once.map(|run| Step {
            // The planner does not know the workspace's directory; the path is determined when the plan is executed.
            action: Action::DeleteRun { name: run.name.clone(), path: PathBuf::new() },
            bytes: run.bytes,
            why: "no grace period".to_owned(),
        }));
        steps
    }

    fn leftovers(&self) -> Vec<Step> {
        // A running phase may still be writing its temporary files.
        let free = self.survey.runs.iter().filter(|run| run.in_use_since.is_none());
        let all = self.survey.inventory.leftovers.iter().chain(free.flat_map(|run| &run.leftovers));
        let step = |leftover: &Leftover| Step {
            bytes: leftover.bytes,
            action: Action::RemoveLeftover(leftover.clone()),
            why: "left behind by a killed writer".to_owned(),
        };
        all.filter(|leftover| !self.is_young(leftover.modified)).map(step).collect()
    }

    /// Needed objects whose references cannot be followed: what lies behind them may look unneeded although it is not.
    fn troubles(&self, reached: &BTreeSet<Digest>, removed: &Removed<'_>) -> Vec<String> {
        let mut troubles = Vec::new();
        let mut missing = |id: &Digest, by: &str| {
            if !self.graph.contains_key(id) {
                troubles.push(format!("object {id} is missing, but {by} needs it"));
            }
        };
        for (id, by) in &self.survey.roots {
            missing(id, by);
        }
        for run in self.survey.runs.iter().filter(|run| !removed.contains_key(run.name.as_str())) {
            for (id, by) in &run.outputs {
                missing(id, by);
            }
        }
        for id in reached {
            let content = self.graph[id];
            // Parents must exist. Any other id in an object may be a digest that never was an object's name.
            for parent in &content.parents {
                missing(parent, &format!("{} {}", content.kind, id.short()));
            }
        }
        for id in reached {
            if let Some(trouble) = &self.graph[id].trouble {
                troubles.push(format!("object {id} is needed but damaged: {trouble}"));
            }
        }
        troubles
    }
}

/// Why a run is not among the `n` that were written last.
fn not_among_last(n: usize) -> String {
    match n {
        0 => "--keep-last 0 keeps no run".to_owned(),
        1 => "not the last run".to_owned(),
        n => format!("not among the last {n} runs"),
    }
}

/// The rank of each run among those with the same objective, from 0 for the best.
fn places<'a>(runs: &[&'a RunFacts]) -> BTreeMap<&'a str, usize> {
    let mut by_objective: BTreeMap<&str, Vec<(f64, &str)>> = BTreeMap::new();
    for run in runs {
        if let Some((objective, value)) = &run.result {
            by_objective.entry(objective).or_default().push((*value, &run.name));
        }
    }
    let mut places = BTreeMap::new();
    for mut values in by_objective.into_values() {
        // The sort is stable and `runs` starts with the newest, so the newest of equal runs wins.
        values.sort_by(|a, b| b.0.total_cmp(&a.0));
        places.extend(values.into_iter().enumerate().map(|(place, (_, name))| (name, place)));
    }
    places
}
