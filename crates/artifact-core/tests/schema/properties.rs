//! Properties: what goes in comes out, and no damage goes unnoticed.

use artifact_core::schema::{Preprocessing, Purge};
use artifact_core::{
    Digest, Envelope, Error, FileStore, LARGEST_INTEGER, MemoryStore, Object, ObjectStore, Payload, load,
    save, verify,
};
use fixtures::{Chain, Cut, for_every_kind, producer};
use proptest::prelude::*;
use std::fmt::Debug;
use std::fs;

fn finite() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite())
}

prop_compose! {
    /// With 70 rows or fewer, the longest windows can leave a combinatorial fold nothing to train on.
    fn chain()(
        rows in 71usize..400,
        seq_length in 1usize..7,
        time_window in 1usize..5,
        purge in prop::sample::select(vec![Purge::Label, Purge::Strict]),
        method in prop::sample::select(vec![
            Cut::Kfold,
            Cut::WalkForward,
            Cut::Combinatorial,
        ]),
        epochs in 1u64..6,
        seed in 0..=LARGEST_INTEGER,
        floats in prop::collection::vec(finite(), 1..20),
        confusion in prop::array::uniform3(prop::array::uniform3(0u64..1000)),
        text in ".*",
    ) -> Chain {
        let chain = Chain::of(floats, confusion, &text).rows(rows).seq_length(seq_length).time_window(time_window);
        chain.purge(purge).method(method).epochs(epochs).seed(seed)
    }
}

fn round_trip<P: Payload + Clone + PartialEq + Debug>(payload: &P) {
    let envelope = Envelope::new(payload.clone(), producer());
    let (bytes, id) = envelope.to_bytes().unwrap();
    let read = Envelope::<P>::from_bytes(&bytes, P::KIND).unwrap();
    assert_eq!(read, envelope);
    assert_eq!(read.to_bytes().unwrap(), (bytes.clone(), id));
    assert_eq!(Object::read(id.digest(), bytes).unwrap().kind(), P::KIND);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn valid_payloads_of_every_kind_round_trip_and_agree_with_their_parents(chain in chain()) {
        let made = chain.make();
        for_every_kind!(made, round_trip);
        for id in made.store.list().unwrap() {
            verify::verify(&made.store, id).unwrap();
        }
    }

    #[test]
    fn damaged_documents_never_panic(kind in 0usize..9, place in any::<prop::sample::Index>(), byte: u8) {
        let (_, mut bytes) = crate::golden::files().into_iter().nth(kind).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        // Either it is refused, or it is other valid content, which has another id.
        let _ = Object::read(Digest::of(&bytes), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_finite_number_survives_in_a_payload(values in prop::array::uniform8(finite())) {
        let mut payload: Preprocessing = Chain::golden().make().preprocessing;
        payload.scaler.mean = values.to_vec();
        let store = MemoryStore::default();
        let id = save(&store, payload, producer()).unwrap();
        for (found, value) in load(&store, id).unwrap().scaler.mean.iter().zip(values) {
            let expected = if value == 0.0 { 0 } else { value.to_bits() };
            prop_assert_eq!(found.to_bits(), expected);
        }
    }
}

/// Cuts and flipped bits all over the stored files of every kind and of blobs of rows. (The store's own test tries every
/// single one on one file.)
#[test]
fn truncations_and_bit_flips_of_stored_files_are_detected() {
    let made = Chain::golden().make();
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path());
    for id in made.store.list().unwrap() {
        let bytes = made.store.get(&id).unwrap();
        store.put(&bytes).unwrap();
        let path = store.path(&id);
        let sound = fs::read(&path).unwrap();
        let check = |damaged: &[u8], how: &dyn Fn() -> String| {
            fs::write(&path, damaged).unwrap();
            match store.get(&id) {
                Err(Error::Damaged { id: named, .. }) => assert_eq!(named, id),
                other => panic!("{}: {other:?}", how()),
            }
        };
        for length in (0..sound.len()).step_by(5) {
            check(&sound[..length], &|| format!("cut to {length}"));
        }
        // Not a multiple of 8, so that every bit of a byte gets its turn.
        for bit in (0..sound.len() * 8).step_by(11) {
            let mut flipped = sound.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            check(&flipped, &|| format!("bit {bit}"));
        }
        fs::write(&path, sound).unwrap();
    }
}
