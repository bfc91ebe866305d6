//! Index sets, stored as ranges.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A sorted set of indices, kept as half-open ranges `[start, end)`.
///
/// On disk it is a list of `[start, end]` pairs. The ranges are non-empty, in order, and do not touch: equal sets have
/// equal ranges, so equal sets have equal digests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<(usize, usize)>", into = "Vec<(usize, usize)>")]
pub struct IndexSet {
    ranges: Vec<(usize, usize)>,
}

/// A list of ranges that is not a canonical index set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("range {position} is [{start}, {end}): ranges must be non-empty, ascending and not touching")]
pub struct InvalidRanges {
    /// The range's place in the list, from 0.
    pub position: usize,
    /// Its first index.
    pub start: usize,
    /// The index after its last.
    pub end: usize,
}

impl IndexSet {
    /// Makes the set of `start..end`; an empty range gives the empty set.
    pub fn from_range(range: std::ops::Range<usize>) -> Self {
        let ranges = if range.is_empty() { vec![] } else { vec![(range.start, range.end)] };
        Self { ranges }
    }

    /// The ranges `[start, end)`, in order.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.ranges.iter().map(|&(start, end)| start..end)
    }

    /// The indices, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.ranges().flatten()
    }

    /// The number of indices.
    pub fn len(&self) -> usize {
        self.ranges.iter().map(|(start, end)| end - start).sum()
    }

    /// Whether the set holds no index.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The smallest index.
    pub fn first(&self) -> Option<usize> {
        self.ranges.first().map(|r| r.0)
    }

    /// The largest index.
    pub fn last(&self) -> Option<usize> {
        self.ranges.last().map(|r| r.1 - 1)
    }

    /// Whether `index` is in the set.
    pub fn contains(&self, index: usize) -> bool {
        let after = self.ranges.partition_point(|&(start, _)| start <= index);
        after > 0 && index < self.ranges[after - 1].1
    }

    /// Whether every index is also in `other`. Costs one step per range, however many indices they span.
    pub fn is_subset(&self, other: &IndexSet) -> bool {
        // The ranges of a set do not touch, so a covered range lies within a single range of `other`.
        self.ranges.iter().all(|&(start, end)| {
            let after = other.ranges.partition_point(|&(first, _)| first <= start);
            after > 0 && end <= other.ranges[after - 1].1
        })
    }

    /// Whether the two sets share no index.
    pub fn is_disjoint(&self, other: &IndexSet) -> bool {
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            if a.1 <= b.0 {
                left.next();
            } else if b.1 <= a.0 {
                right.next();
            } else {
                return false;
            }
        }
        true
    }
}

/// The ranges as `[start, end)`, for people.
impl fmt::Display for IndexSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (start, end)) in self.ranges.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}[{start}, {end})")?;
        }
        if self.ranges.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}

impl FromIterator<usize> for IndexSet {
    /// Collects indices in any order; repeated ones count once.
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut sorted: Vec<usize> = indices.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for index in sorted {
            match ranges.last_mut() {
                Some(last) if last.1 == index => last.1 += 1,
                _ => ranges.push((index, index + 1)),
            }
        }
        Self { ranges }
    }
}

impl TryFrom<Vec<(usize, usize)>> for IndexSet {
    type Error = InvalidRanges;

    fn try_from(ranges: Vec<(usize, usize)>) -> Result<Self, InvalidRanges> {
        let mut previous_end = None;
        for (position, &(start, end)) in ranges.iter().enumerate() {
            if start >= end || previous_end.is_some_and(|previous| start <= previous) {
                return Err(InvalidRanges { position, start, end });
            }
            previous_end = Some(end);
        }
        Ok(Self { ranges })
    }
}

impl From<IndexSet> for Vec<(usize, usize)> {
    fn from(set: IndexSet) -> Self {
        set.ranges
    }
}
