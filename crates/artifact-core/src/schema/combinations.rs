//! Groups of sequences, and the choices of some of them.

use std::ops::Range;

/// `C(n, k)`; `None` where `k > n` or the number is too large.
pub fn binomial(n: usize, k: usize) -> Option<usize> {
    let k = k.min(n.checked_sub(k)?);
    // After step i the product is C(n - k + i, i), so every division is exact.
    (1..=k).try_fold(1_usize, |product, i| Some(product.checked_mul(n - k + i)? / i))
}

/// The choices of `k` of `0..n`, each ascending, in lexicographic order; none where `k > n`.
///
/// There are [`binomial`]`(n, k)` of them: check that number first when it comes from outside.
pub fn combinations(n: usize, k: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    if k > n {
        return all;
    }
    let mut chosen: Vec<usize> = (0..k).collect();
    loop {
        all.push(chosen.clone());
        // The last place that can still move forward; everything after it follows closely.
        let Some(place) = (0..k).rev().find(|&place| chosen[place] < n - k + place) else {
            return all;
        };
        chosen[place] += 1;
        for after in place + 1..k {
            chosen[after] = chosen[after - 1] + 1;
        }
    }
}

/// The positions of `groups` contiguous groups of `members` members: sizes differ by one at most, the larger groups come
/// first.
pub fn group_bounds(members: usize, groups: usize) -> Vec<Range<usize>> {
    let (size, longer) = members.checked_div(groups).map_or((0, 0), |size| (size, members % groups));
    let start = |group: usize| group * size + group.min(longer);
    (0..groups).map(|group| start(group)..start(group + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
