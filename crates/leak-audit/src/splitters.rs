//! The built-in splitters, reimplemented from their definitions.

use artifact_core::{Component, IndexSet, Params};

/// A splitter that this crate reimplements.
pub(crate) struct Reimplemented {
    name: &'static str,
    version: u32,
    /// The evaluated sets that it cuts out of all development sequences; `None` if their number is not the stated one.
    pub(crate) evaluated: fn(&[usize], &Params, usize) -> Option<Vec<IndexSet>>,
    /// Whether a fold trains only on sequences before its evaluated ones.
    pub(crate) past_only: bool,
}

static ALL: [Reimplemented; 3] = [
    Reimplemented { name: "kfold", version: 1, evaluated: kfold, past_only: false },
    Reimplemented { name: "walk_forward", version: 1, evaluated: walk_forward, past_only: true },
    Reimplemented {
        name: "combinatorial_purged",
        version: 1,
        evaluated: combinatorial_purged,
        past_only: false,
    },
];

/// The named splitter, if it is reimplemented here.
pub(crate) fn reimplemented(component: &Component) -> Option<&'static Reimplemented> {
    ALL.iter().find(|own| own.name == component.name && own.version == component.version)
}

/// The parameter `folds`, 5 by default; `None` if it is not a size.
fn folds(params: &Params) -> Option<usize> {
    match params.get("folds") {
        None => Some(5),
        Some(_) => params.size("folds"),
    }
}

/// `k` blocks of `n / k` sequences; the last one also takes the remainder.
fn kfold(all: &[usize], params: &Params, count: usize) -> Option<Vec<IndexSet>> {
    (folds(params)? == count).then(|| blocks(all, count))
}

/// `k + 1` such blocks, of which the first is never evaluated.
fn walk_forward(all: &[usize], params: &Params, count: usize) -> Option<Vec<IndexSet>> {
    (folds(params)? == count).then(|| blocks(all, count + 1).split_off(1))
}

/// `count` blocks of equal size; the last one also takes the remainder.
fn blocks(all: &[usize], count: usize) -> Vec<IndexSet> {
    let size = all.len() / count.max(1);
    let block = |number: usize| {
        let end = if number + 1 == count { all.len() } else { (number + 1) * size };
        all[number * size..end].iter().copied().collect()
    };
    (0..count).map(block).collect()
}

/// Every choice of `test_groups` out of `folds` groups, in lexicographic order. Group sizes differ by at most one
/// sequence, and the larger groups come first.
fn combinatorial_purged(all: &[usize], params: &Params, count: usize) -> Option<Vec<IndexSet>> {
    let groups = folds(params)?;
    let chosen = match params.get("test_groups") {
        None => 2,
        Some(_) => params.size("test_groups")?,
    };
    // More groups than sequences could not be filled, and a number from a file could be anything.
    if groups > all.len() || chosen == 0 || chosen >= groups {
        return None;
    }
    let mut members: Vec<&[usize]> = Vec::new();
    let mut rest = all;
    for group in 0..groups {
        let size = all.len() / groups + usize::from(group < all.len() % groups);
        let (first, others) = rest.split_at(size);
        members.push(first);
        rest = others;
    }
    let mut sets = Vec::new();
    // One more than stated is enough to see a mismatch; all choices could be astronomically many.
    choose(&members, chosen, &mut Vec::new(), 0, count + 1, &mut sets);
    (sets.len() == count).then_some(sets)
}

/// Appends every choice that starts with `taken` and adds `left` groups numbered `from` or higher, until `sets` holds
/// `most`.
fn choose(
    groups: &[&[usize]],
    left: usize,
    taken: &mut Vec<usize>,
    from: usize,
    most: usize,
    sets: &mut Vec<IndexSet>,
) {
    if sets.len() >= most {
        return;
    }
    if left == 0 {
        sets.push(taken.iter().flat_map(|&group| groups[group]).copied().collect());
        return;
    }
    for group in from..=groups.len() - left {
        taken.push(group);
        choose(groups, left - 1, taken, group + 1, most, sets);
        taken.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::Purge;
    use data_loader::splits::builtin;
    use data_loader::{Separation, Windows};

    fn ranges(component: &Component, sequences: usize, count: usize) -> Option<Vec<Vec<(usize, usize)>>> {
        let all: Vec<usize> = (0..sequences).collect();
        let sets = (reimplemented(component).unwrap().evaluated)(&all, &component.params, count)?;
        let range = |set: &IndexSet| set.ranges().map(|range| (range.start, range.end)).collect();
        Some(sets.iter().map(range).collect())
    }

    #[test]
    fn cuts_match_hand_computed_blocks() {
        let kfold = Component::new("kfold", 1).with("folds", 3);
        assert_eq!(ranges(&kfold, 11, 3).unwrap(), [[(0, 3)], [(3, 6)], [(6, 11)]]);
        let walk = Component::new("walk_forward", 1).with("folds", 2);
        assert_eq!(ranges(&walk, 11, 2).unwrap(), [[(3, 6)], [(6, 11)]]);
        let groups = Component::new("combinatorial_purged", 1).with("folds", 3);
        let expected = [vec![(0, 8)], vec![(0, 4), (8, 11)], vec![(4, 11)]];
        assert_eq!(ranges(&groups, 11, 3).unwrap(), expected);
        assert_eq!(ranges(&groups, 11, 2), None);
        assert_eq!(ranges(&kfold, 11, 2), None);
        assert!(reimplemented(&Component::new("kfold", 2)).is_none());
        assert!(reimplemented(&Component::new("mine", 1)).is_none());
    }

    #[test]
    fn every_built_in_splitter_is_reimplemented_and_agrees() {
        let (windows, separation) =
            (Windows { seq_length: 3, time_window: 2 }, Separation { purge: Purge::Label, embargo: 0 });
        let catalog = builtin();
        for name in catalog.names() {
            let chosen = catalog.choose(&name.into()).unwrap();
            let development = IndexSet::from_range(0..61);
            let cut = chosen.part.folds(&development, windows, separation, &chosen.params).unwrap();
            let all: Vec<usize> = development.iter().collect();
            let own = reimplemented(&chosen.component).expect(name);
            let sets = (own.evaluated)(&all, &chosen.component.params, cut.len()).expect(name);
            assert!(cut.iter().map(|fold| &fold.evaluated).eq(&sets), "{name}");
        }
    }
}
