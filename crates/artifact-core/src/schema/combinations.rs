//! Groups of sequences, and the ways to choose some of them.

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
        // Advance the last position that still can; those after it restart at the values following its own.
        let Some(place) = (0..k).rev().find(|&place| chosen[place] < n - k + place) else {
            return all;
        };
        chosen[place] += 1;
        for after in place + 1..k {
            chosen[after] = chosen[after - 1] + 1;
        }
    }
}

/// The positions of `groups` contiguous groups of `members` members: sizes differ by at most one, larger groups first.
pub fn group_bounds(members: usize, groups: usize) -> Vec<Range<usize>> {
    let (size, longer) = members.checked_div(groups).map_or((0, 0), |size| (size, members % groups));
    let start = |group: usize| group * size + group.min(longer);
    (0..groups).map(|group| start(group)..start(group + 1)).collect()
}
