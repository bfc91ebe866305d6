//! Reachability of objects, and their order by reference.

use super::inventory::Content;
use artifact_core::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// The objects that a walk can visit.
pub(super) type Graph<'a> = BTreeMap<Digest, &'a Content>;

/// Every existing object that `roots` reach, themselves included.
pub(super) fn reach(graph: &Graph<'_>, roots: impl IntoIterator<Item = Digest>) -> BTreeSet<Digest> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<Digest> = roots.into_iter().collect();
    while let Some(id) = waiting.pop() {
        if let Some(content) = graph.get(&id)
            && reached.insert(id)
        {
            waiting.extend(content.names.difference(&reached));
        }
    }
    reached
}

/// `ids` in an order in which every object comes before those it names.
///
/// There always is one: a digest covers the ids that its object names, so references cannot form a cycle.
pub(super) fn referrers_first(graph: &Graph<'_>, ids: &BTreeSet<Digest>) -> Vec<Digest> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for &id in ids {
        // Depth first, without recursion, since a long chain would overflow the stack: an object follows all that it
        // names.
        let mut stack = vec![(id, false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                order.push(id);
            } else if ids.contains(&id) && seen.insert(id) {
                stack.push((id, true));
                stack.extend(graph.get(&id).into_iter().flat_map(|c| &c.names).map(|&id| (id, false)));
            }
        }
    }
    order.reverse();
    order
}
