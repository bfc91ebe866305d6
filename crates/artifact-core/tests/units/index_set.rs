//! Index sets.

use artifact_core::IndexSet;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn ranges_that_touch_overlap_or_are_empty_are_refused() {
    for bad in ["[[0,0]]", "[[3,2]]", "[[0,2],[2,4]]", "[[4,6],[0,2]]", "[[0,4],[3,6]]"] {
        assert!(serde_json::from_str::<IndexSet>(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn behaves_like_a_set(a in prop::collection::vec(0usize..60, 0..40), b in prop::collection::vec(0usize..60, 0..40)) {
        let (set_a, set_b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().copied().collect(), b.iter().copied().collect());
        let (ours_a, ours_b): (IndexSet, IndexSet) = (a.into_iter().collect(), b.into_iter().collect());
        prop_assert!(ours_a.iter().eq(set_a.iter().copied()));
        prop_assert_eq!(ours_a.len(), set_a.len());
        prop_assert_eq!(ours_a.first(), set_a.first().copied());
        prop_assert_eq!(ours_a.last(), set_a.last().copied());
        prop_assert_eq!(ours_a.is_disjoint(&ours_b), set_a.is_disjoint(&set_b));
        prop_assert_eq!(ours_a.is_subset(&ours_b), set_a.is_subset(&set_b));
        let both: IndexSet = ours_a.iter().chain(ours_b.iter()).collect();
        prop_assert!(ours_a.is_subset(&both));
        for index in 0..60 {
            prop_assert_eq!(ours_a.contains(index), set_a.contains(&index));
        }
        let json = serde_json::to_string(&ours_a).unwrap();
        prop_assert_eq!(serde_json::from_str::<IndexSet>(&json).unwrap(), ours_a);
    }
}
