//! Choices of groups.

use artifact_core::schema::{binomial, combinations, group_bounds};
use proptest::prelude::*;

#[test]
fn by_hand() {
    assert_eq!(combinations(4, 2), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
    assert_eq!(combinations(3, 3), [[0, 1, 2]]);
    assert_eq!(combinations(3, 0), [Vec::<usize>::new()]);
    assert!(combinations(2, 3).is_empty());
    assert_eq!(group_bounds(11, 4), [0..3, 3..6, 6..9, 9..11]);
    assert_eq!(group_bounds(2, 3), [0..1, 1..2, 2..2]);
    assert_eq!((binomial(16, 8), binomial(3, 4), binomial(200, 100)), (Some(12870), None, None));
}

proptest! {
    #[test]
    fn choices_are_all_different_and_in_order(n in 0_usize..9, k in 0_usize..9) {
        let all = combinations(n, k);
        prop_assert_eq!(all.len(), binomial(n, k).unwrap_or(0));
        prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(all.iter().all(|chosen| chosen.windows(2).all(|pair| pair[0] < pair[1])));
        prop_assert!(all.iter().flatten().all(|&member| member < n));
    }

    #[test]
    fn groups_follow_each_other_and_are_balanced(members in 0_usize..200, groups in 1_usize..20) {
        let bounds = group_bounds(members, groups);
        prop_assert!(bounds.iter().flat_map(Clone::clone).eq(0..members));
        let sizes: Vec<usize> = bounds.iter().map(ExactSizeIterator::len).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
    }
}
