//! Snapshots: panels frozen into the store, and read back.
//!
//! A row's bytes are its date (days since 1970-01-01, i32) and its values (f64, ticker by ticker), all little-endian. If
//! any row of a panel has a time of day, each begins with its moment instead (seconds since 1970-01-01, i64). The
//! fingerprint is a digest of the tickers, the columns and a Merkle root over the rows.

use crate::panel::Panel;
use crate::subset::Subset;
use artifact_core::Moment;
use artifact_core::schema::{COLUMNS, RowChunk, Snapshot, SnapshotId};
use artifact_core::{Digest, Error, Invalid, ObjectStore, Producer, canonical_json, load, save};
use ndarray::{Array3, ArrayView2, s};
use sha2::{Digest as _, Sha256};
use std::marker::PhantomData;

/// Rows per blob. Two cuts of one panel that both start at its first row share every whole chunk.
const CHUNK_ROWS: usize = 256;

/// Stores a panel.
///
/// # Errors
///
/// [`Error::Invalid`] for an empty panel, [`Error::Io`] when the store cannot be written.
pub fn freeze_panel(store: &dyn ObjectStore, panel: &Panel, producer: Producer) -> Result<SnapshotId, Error> {
    let clock = panel.has_clock();
    let rows: Vec<Vec<u8>> = (0..panel.rows()).map(|row| row_bytes(panel, row, clock)).collect();
    let mut chunks = Vec::new();
    for (number, group) in rows.chunks(CHUNK_ROWS).enumerate() {
        let start = number * CHUNK_ROWS;
        let blob = store.put(&group.concat())?;
        chunks.push(RowChunk { start, end: start + group.len(), blob });
    }
    let columns = columns_of(panel);
    let snapshot = Snapshot {
        tickers: panel.tickers.clone(),
        rows: panel.rows(),
        clock,
        first_date: panel.dates.first().copied().unwrap_or_default(),
        last_date: panel.dates.last().copied().unwrap_or_default(),
        fingerprint: fingerprint(&panel.tickers, &columns, &rows)?,
        columns,
        chunks,
    };
    save(store, snapshot, producer)
}

/// The columns of a panel, in stored order.
fn columns_of<P: Subset>(panel: &Panel<P>) -> Vec<String> {
    COLUMNS.into_iter().chain(panel.own.iter().map(String::as_str)).map(str::to_owned).collect()
}

/// Loads a panel and checks it against its fingerprint.
///
/// # Errors
///
/// As [`artifact_core::load`], and [`Error::Invalid`] if the rows do not match the snapshot.
pub fn load_panel(store: &dyn ObjectStore, id: SnapshotId) -> Result<Panel, Error> {
    panel_of(store, &load(store, id)?, &format!("snapshot {}", id.short()))
}

/// Loads the panel of an already loaded snapshot and checks it against its fingerprint; `what` names it in errors.
///
/// # Errors
///
/// As [`load_panel`].
pub fn panel_of(store: &dyn ObjectStore, snapshot: &Snapshot, what: &str) -> Result<Panel, Error> {
    let rows = stored_rows(store, snapshot, what)?;
    let found = fingerprint(&snapshot.tickers, &snapshot.columns, &rows)?;
    if found != snapshot.fingerprint {
        let expected = snapshot.fingerprint.to_string();
        return Err(invalid(what, "fingerprint", found.to_string(), expected));
    }
    let panel = panel_from(snapshot, &rows, what)?;
    let ends = (panel.dates.first().copied(), panel.dates.last().copied());
    // Else one panel could be stored under two ids.
    if snapshot.clock != panel.has_clock() {
        let (found, expected) = (snapshot.clock.to_string(), panel.has_clock().to_string());
        return Err(invalid(what, "clock", found, format!("{expected}, as the rows say")));
    }
    if ends != (Some(snapshot.first_date), Some(snapshot.last_date)) {
        let found = format!("{ends:?}");
        return Err(invalid(what, "first_date and last_date", found, "the rows' own dates".into()));
    }
    Ok(panel)
}

/// The rows of a snapshot's chunks without the check against its fingerprint, for snapshots that have lost some chunks.
pub(crate) fn rows_of(store: &dyn ObjectStore, snapshot: &Snapshot, what: &str) -> Result<Panel, Error> {
    panel_from(snapshot, &stored_rows(store, snapshot, what)?, what)
}

fn stored_rows(store: &dyn ObjectStore, snapshot: &Snapshot, what: &str) -> Result<Vec<Vec<u8>>, Error> {
    let values = snapshot.columns.len().saturating_mul(snapshot.tickers.len());
    let width = values.saturating_mul(8).saturating_add(snapshot.stamp_bytes());
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for chunk in &snapshot.chunks {
        let bytes = store.get(&chunk.blob)?;
        let expected = (chunk.end - chunk.start).saturating_mul(width);
        if bytes.len() != expected {
            let found = format!("{} bytes", bytes.len());
            return Err(invalid(what, "chunks", found, format!("{expected} bytes")));
        }
        rows.extend(bytes.chunks_exact(width).map(<[u8]>::to_vec));
    }
    Ok(rows)
}

fn panel_from(snapshot: &Snapshot, rows: &[Vec<u8>], what: &str) -> Result<Panel, Error> {
    let dates = rows.iter().map(|row| snapshot.stamp(row)).collect::<Option<Vec<Moment>>>();
    let dates = dates.filter(|dates| dates.is_sorted_by(|a, b| a < b));
    let dates = dates.ok_or_else(|| invalid(what, "dates", "unordered".into(), "ascending dates".into()))?;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
    let values =
        rows.iter().flat_map(|row| row[snapshot.stamp_bytes()..].chunks_exact(8).map(number)).collect();
    let shape = (snapshot.rows, snapshot.tickers.len(), snapshot.columns.len());
    let values = Array3::from_shape_vec(shape, values)
        .map_err(|error| invalid(what, "chunks", error.to_string(), format!("{shape:?} values")))?;
    let (tickers, own) = (snapshot.tickers.clone(), snapshot.own_columns().to_vec());
    Ok(Panel { tickers, dates, own, values, subset: PhantomData })
}

fn invalid(what: &str, field: &str, found: String, expected: String) -> Error {
    let reason = Invalid { field: field.to_owned(), found, expected };
    Error::Invalid { artifact: what.to_owned(), reason }
}

/// The dates of the rows in which two panels of the same tickers differ, including rows that only one of them has.
pub fn differing_dates<P: Subset, Q: Subset>(left: &Panel<P>, right: &Panel<Q>) -> Vec<Moment> {
    fn rows<P: Subset>(panel: &Panel<P>) -> std::collections::BTreeMap<Moment, Vec<u8>> {
        panel.dates.iter().enumerate().map(|(row, &date)| (date, row_bytes(panel, row, true))).collect()
    }
    let (left, right) = (rows(left), rows(right));
    let all: std::collections::BTreeSet<&Moment> = left.keys().chain(right.keys()).collect();
    all.into_iter().filter(|date| left.get(date) != right.get(date)).copied().collect()
}

/// The bytes of a row, which begin with seconds if the panel's rows have a `clock`, and with days otherwise.
fn row_bytes<P: Subset>(panel: &Panel<P>, row: usize, clock: bool) -> Vec<u8> {
    let values: ArrayView2<f64> = panel.values.slice(s![row, .., ..]);
    let mut bytes = Vec::with_capacity(size_of::<i64>() + 8 * values.len());
    match panel.dates[row] {
        date if clock => bytes.extend(date.seconds().to_le_bytes()),
        // The default is 1970-01-01; every date is within an i32 of days from it.
        date => bytes.extend(((date - Moment::default()).num_days() as i32).to_le_bytes()),
    }
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// The digest of the header (tickers and columns) and of the Merkle root over the rows.
fn fingerprint(tickers: &[String], columns: &[String], rows: &[Vec<u8>]) -> Result<Digest, Error> {
    let leaves = rows.iter().map(|row| tagged(0, &[row])).collect();
    let mut bytes = canonical_json(&(tickers, columns))?;
    bytes.extend(merkle_root(leaves));
    Ok(Digest::from_bytes(tagged(2, &[&bytes])))
}

/// Pairs are hashed level by level; a last node without a partner moves up unchanged. Tags keep leaves, nodes and
/// headers apart (RFC 6962, section 2.1), so that no node can pass for a row.
fn merkle_root(mut level: Vec<[u8; 32]>) -> [u8; 32] {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => tagged(1, &[left, right]),
                _ => pair[0],
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

fn tagged(tag: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([tag]);
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::{MemoryStore, Payload as _, producer};
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn panel(rows: usize, tickers: usize) -> Panel {
        Panel::new(
            (0..tickers).map(|k| format!("T{k}")).collect(),
            (0..rows).map(|row| Moment::default() + TimeDelta::days(row as i64)).collect(),
            Array3::from_shape_fn((rows, tickers, COLUMNS.len()), |(t, k, c)| {
                if t < k { f64::NAN } else { (t * 31 + k * 7 + c) as f64 / 3.0 }
            }),
        )
        .unwrap()
    }

    #[test]
    fn panels_round_trip_bit_for_bit() {
        for rows in [1, 255, 256, 257, 600] {
            let store = MemoryStore::default();
            let panel = panel(rows, 3);
            let id = freeze_panel(&store, &panel, producer!()).unwrap();
            let loaded = load_panel(&store, id).unwrap();
            assert_eq!((&loaded.tickers, &loaded.dates), (&panel.tickers, &panel.dates));
            assert!(loaded.values.iter().zip(&panel.values).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }

    #[test]
    fn rows_with_a_time_of_day_round_trip_and_are_marked() {
        let store = MemoryStore::default();
        let daily = panel(300, 2);
        let minutes = |row: usize| Moment::default() + TimeDelta::minutes(1439 + row as i64);
        let intraday = Panel { dates: (0..300).map(minutes).collect(), ..daily.clone() };
        let id = freeze_panel(&store, &intraday, producer!()).unwrap();
        let loaded = load_panel(&store, id).unwrap();
        assert_eq!(loaded.dates, intraday.dates);
        assert!(loaded.values.iter().zip(&intraday.values).all(|(a, b)| a.to_bits() == b.to_bits()));
        let snapshot = load::<Snapshot>(&store, id).unwrap();
        assert!(snapshot.clock && snapshot.minor() == 2);
        assert_eq!(store.get(&snapshot.chunks[0].blob).unwrap().len(), 256 * (8 + 2 * 5 * 8));
        // A panel of dates does not know the field.
        let daily = load::<Snapshot>(&store, freeze_panel(&store, &daily, producer!()).unwrap()).unwrap();
        assert!(!serde_json::to_string(&daily).unwrap().contains("clock"));
        // The mark belongs to the rows: neither may go without the other.
        let forged = Snapshot { clock: false, ..snapshot };
        assert!(forged.validate().is_err());
        assert!(panel_of(&store, &forged, "forged").is_err());
    }

    #[test]
    fn cuts_share_their_whole_chunks() {
        let store = MemoryStore::default();
        let panel = panel(600, 3);
        freeze_panel(&store, &panel, producer!()).unwrap();
        let before = store.list().unwrap().len();
        freeze_panel(&store, &panel.slice_rows(0..520), producer!()).unwrap();
        // One last chunk and one snapshot.
        assert_eq!(store.list().unwrap().len(), before + 2);
    }

    #[test]
    fn columns_of_ones_own_are_stored_behind_the_bars() {
        let store = MemoryStore::default();
        let plain = panel(300, 2);
        let own = Array3::from_shape_fn(
            (300, 2, 2),
            |(t, k, c)| if t == 7 { f64::NAN } else { (t + k + c) as f64 },
        );
        let names = vec!["sentiment".to_owned(), "vix".to_owned()];
        let panel = plain.clone().with_columns(names.clone(), &own).unwrap();
        let id = freeze_panel(&store, &panel, producer!()).unwrap();
        let loaded = load_panel(&store, id).unwrap();
        assert_eq!(loaded.own_columns(), names);
        assert!(loaded.values.iter().zip(&panel.values).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(load::<Snapshot>(&store, id).unwrap().columns.len(), 7);
        // The name counts as much as the values do.
        let renamed = plain.clone().with_columns(vec!["sentiment".into(), "vox".into()], &own).unwrap();
        let print = |panel: &Panel| {
            let id = freeze_panel(&store, panel, producer!()).unwrap();
            load::<Snapshot>(&store, id).unwrap().fingerprint
        };
        assert_ne!(print(&panel), print(&renamed));
        for name in ["Close", "1x", "a-b", ""] {
            let one = own.slice(s![.., .., ..1]).to_owned();
            assert!(plain.clone().with_columns(vec![name.into()], &one).is_err(), "{name}");
        }
        assert!(plain.with_columns(vec!["one".into()], &own).is_err());
    }

    #[test]
    fn an_empty_panel_is_refused() {
        assert!(freeze_panel(&MemoryStore::default(), &panel(0, 2), producer!()).is_err());
    }

    proptest! {
        #[test]
        fn every_value_and_name_is_in_the_fingerprint(row in 0usize..40, ticker in 0usize..3, column in 0usize..5) {
            let digest = |panel: &Panel| {
                let rows: Vec<_> = (0..panel.rows()).map(|row| row_bytes(panel, row, false)).collect();
                fingerprint(&panel.tickers, &columns_of(panel), &rows).unwrap()
            };
            let base = panel(40, 3);
            let mut changed = base.clone();
            changed.values[[row, ticker, column]] = 1e9;
            prop_assert_ne!(digest(&base), digest(&changed));
            prop_assert_eq!(differing_dates(&base, &changed), vec![base.dates[row]]);
            let mut renamed = base.clone();
            renamed.tickers[ticker].push('x');
            prop_assert_ne!(digest(&base), digest(&renamed));
        }
    }
}
