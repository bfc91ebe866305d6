//! A step allocates nothing: an epoch of many steps allocates as often as an epoch of few.
#![allow(unsafe_code)]

mod common;

use common::{Data, SEED, config, gru, linear, lstm, tcn, transformer};
use data_loader::{SequenceSet, TickerColumns};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use trainer_core::{ChosenModel, Control, EpochRecord, Evaluation, Observer, fit};

/// The system's allocator, counting its allocations in `ALLOCATIONS`.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is forwarded unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Records the count at the end of each epoch, without allocating.
#[derive(Default)]
struct Notes {
    counts: [usize; 3],
    epochs: usize,
}

impl Observer for Notes {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        self.counts[self.epochs] = ALLOCATIONS.load(Ordering::Relaxed);
        self.epochs += 1;
        Control::Continue
    }
}

/// The allocations of the second and third epoch of a fit on a set.
fn allocations(architecture: ChosenModel, set: &SequenceSet<'_>) -> usize {
    let mut notes = Notes::default();
    fit(&config(architecture, 3), set, None, SEED, &mut notes).unwrap();
    notes.counts[2] - notes.counts[0]
}

#[test]
fn steps_allocate_nothing() {
    let data = Data::planted(340, 2, 5);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        // One step of 16 sequences, or 20 steps.
        let count = |sequences| allocations(architecture.clone(), &data.set(0..sequences));
        let (few, many) = pool.install(|| (count(16), count(320)));
        assert_eq!(few, many, "{architecture:?}");
    }
    // Nor does a gather that says which ticker a sample is of.
    let (alone, names) = (Data::planted(340, 1, 5), ["A".to_owned()]);
    let told = |sequences| alone.set(0..sequences).telling(TickerColumns::new(&names, &names));
    let (few, many) = pool.install(|| (allocations(gru(), &told(16)), allocations(gru(), &told(320))));
    assert_eq!(few, many, "told of tickers");
}
