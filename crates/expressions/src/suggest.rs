//! The known name that is nearest to a misspelt one.

/// Returns the known name that differs least from `name` by inserted, deleted, replaced and swapped characters, letter
/// case aside; none if even that one is too far away to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(64).collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let distance = distance(&wanted, &candidate.to_lowercase().chars().take(64).collect::<Vec<_>>());
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.filter(|(distance, _)| *distance <= wanted.len().div_ceil(3)).map(|(_, name)| name)
}

/// The optimal string alignment distance: Damerau and Levenshtein, no substring edited twice.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let known = ["ts_mean", "ts_max", "rank", "close"];
        assert_eq!(nearest("ts_maen", known), Some("ts_mean"));
        assert_eq!(nearest("Rank", known), Some("rank"));
        assert_eq!(nearest("clsoe", known), Some("close"));
        assert_eq!(nearest("turnover", known), None);
        assert_eq!(nearest("x", []), None);
    }
}
