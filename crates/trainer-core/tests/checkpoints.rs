//! An interrupted fit resumes and ends with the bits of an uninterrupted one.

mod common;

use common::{Data, SEED, STEPS, config, gru, linear, lstm, tcn, transformer};
use std::path::Path;
use trainer_core::{
    Checkpoint, CheckpointError, Checkpoints, ChosenModel, Control, Decision, EpochRecord, Evaluation,
    FitConfig, FitError, FitOutcome, FitSeed, Observer, Steps, fit, resume,
};

/// Collects the checkpoint of every epoch, in its file form.
#[derive(Default)]
struct Collect(Vec<Vec<u8>>);

impl Observer for Collect {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }

    fn wants_checkpoint(&self, _epoch: u64) -> bool {
        true
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Control {
        assert_eq!(checkpoint.epoch(), self.0.len() + 1);
        self.0.push(checkpoint.to_safetensors().unwrap());
        Control::Continue
    }
}

fn five_epochs(model: ChosenModel) -> FitConfig {
    FitConfig { steps: Steps { accumulation_steps: 2, batch_size: 8, ..STEPS }, ..config(model, 5) }
}

#[test]
fn a_fit_resumed_from_any_checkpoint_has_the_same_bits() {
    let data = Data::planted(90, 2, 5);
    let (train, held_back) = (data.set(0..50), data.set(55..80));
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        for validation in [None, Some(&held_back)] {
            let alternatives = vec![Decision::balanced(1.0, [5, 3, 1]), Decision::balanced(0.5, [5, 3, 1])];
            let patience = Some(3);
            let segments = validation.map_or(Vec::new(), |_| vec![0..10, 12..25]);
            let config = FitConfig {
                patience,
                alternatives,
                segments,
                tempers: true,
                ..five_epochs(architecture.clone())
            };
            let mut checkpoints = Collect::default();
            let whole = fit(&config, &train, validation, SEED, &mut checkpoints).unwrap();
            assert!(checkpoints.0.len() >= 3, "one after every epoch but the last");
            assert_eq!(whole.alternatives.len(), whole.evaluations.len());
            assert!(whole.alternatives.iter().all(|evaluations| evaluations.len() == 2));
            assert!(whole.segments.iter().all(|scores| scores.len() == 2));
            assert_eq!(whole.segments.len(), whole.evaluations.len());
            for (epoch, bytes) in (1..).zip(&checkpoints.0) {
                let checkpoint = Checkpoint::from_safetensors(bytes).unwrap();
                let mut watch = Watch::default();
                let resumed = resume(&config, &train, validation, SEED, checkpoint, &mut watch).unwrap();
                assert!(resumed == whole, "from epoch {epoch}");
                assert_eq!(watch.resumed, [Ok(epoch)]);
                assert_eq!(watch.records, whole.history, "the epochs before are replayed");
            }
        }
    }
}

/// Records what is reported to it; can end the fit after a given epoch.
#[derive(Default)]
struct Watch {
    records: Vec<EpochRecord>,
    resumed: Vec<Result<u64, CheckpointError>>,
    end: Option<(usize, Control)>,
}

impl Observer for Watch {
    fn epoch(&mut self, record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        self.records.push(record.clone());
        match self.end {
            Some((epoch, control)) if epoch == self.records.len() => control,
            _ => Control::Continue,
        }
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        self.resumed.push(from.map_err(Clone::clone));
    }
}

#[test]
fn another_fits_checkpoint_is_refused() {
    let data = Data::planted(60, 1, 5);
    let train = data.set(0..40);
    let config = five_epochs(gru());
    let mut checkpoints = Collect::default();
    fit(&config, &train, None, SEED, &mut checkpoints).unwrap();
    let refused = |config: &FitConfig, range: std::ops::Range<usize>, seed: FitSeed| {
        let checkpoint = Checkpoint::from_safetensors(&checkpoints.0[1]).unwrap();
        let error = resume(config, &data.set(range), None, seed, checkpoint, &mut ()).unwrap_err();
        assert!(matches!(error, FitError::Checkpoint(CheckpointError::OtherFit { .. })), "{error}");
    };
    refused(
        &FitConfig { steps: Steps { learning_rate: 4e-3, ..config.steps }, ..config.clone() },
        0..40,
        SEED,
    );
    refused(&config, 0..39, SEED);
    refused(&config, 0..40, FitSeed { fold: 7, ..SEED });
}

#[test]
fn each_kind_of_damage_has_its_own_error() {
    let data = Data::planted(60, 1, 5);
    let mut checkpoints = Collect::default();
    fit(&five_epochs(linear()), &data.set(0..40), None, SEED, &mut checkpoints).unwrap();
    let sound = &checkpoints.0[0];
    let error = |bytes: &[u8]| Checkpoint::from_safetensors(bytes).unwrap_err();

    let mut changed = sound.clone();
    let last = changed.len() - 1;
    changed[last - 1] ^= 1;
    assert!(matches!(error(&changed), CheckpointError::Damaged { part: "tensors", .. }));
    assert!(matches!(error(&sound[..last]), CheckpointError::Weights(_)));
    let outcome = fit(&five_epochs(linear()), &data.set(0..40), None, SEED, &mut ()).unwrap();
    let plain = outcome.weights.to_safetensors(&std::collections::BTreeMap::new());
    assert!(matches!(error(&plain), CheckpointError::Malformed { .. }), "weights alone are not a checkpoint");
}

/// Every position of a digit in the metadata of a safetensors file, except in the offsets of its tensors.
fn digits_of_the_state(bytes: &[u8]) -> Vec<usize> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
    let start = header.find("__metadata__").unwrap();
    // The entries of tensors end with their offsets instead.
    let end = header.rfind("\"}").unwrap();
    (8 + start..8 + end).filter(|&place| bytes[place].is_ascii_digit()).collect()
}

#[test]
fn one_changed_digit_of_the_state_starts_the_fit_over() {
    let directory = tempfile::tempdir().unwrap();
    let (directory, data, config) = (directory.path(), Data::planted(90, 1, 5), five_epochs(linear()));
    let whole = saved(directory, &config, &data, &mut Watch::default());
    leave(directory, &config, &data, 4);
    let sound = std::fs::read(directory.join("a.safetensors")).unwrap();
    let digits = digits_of_the_state(&sound);
    assert!(digits.len() > 500, "history, evaluations, powers and digests: {}", digits.len());
    for &place in &digits {
        let mut changed = sound.clone();
        // Another digit, so that the file can still be parsed.
        changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
        assert!(Checkpoint::from_safetensors(&changed).is_err(), "the digit at {place}");
    }
    let mut changed = sound.clone();
    let place = digits[digits.len() / 2];
    changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
    std::fs::write(directory.join("a.safetensors"), changed).unwrap();
    let mut watch = Watch::default();
    assert!(saved(directory, &config, &data, &mut watch) == whole);
    assert!(matches!(watch.resumed[..], [Err(_)]), "it says so: {:?}", watch.resumed);
}

/// Fits in `directory`, saving every second epoch.
fn saved(directory: &Path, config: &FitConfig, data: &Data, watch: &mut Watch) -> FitOutcome {
    let (train, validation) = (data.set(0..40), data.set(45..70));
    let checkpoints = Checkpoints::new(directory, 2);
    checkpoints.fit("a", config, &train, Some(&validation), SEED, watch).unwrap()
}

/// Puts a checkpoint of `epoch` where an interrupted fit would have left it.
fn leave(directory: &Path, config: &FitConfig, data: &Data, epoch: usize) {
    let mut checkpoints = Collect::default();
    fit(config, &data.set(0..40), Some(&data.set(45..70)), SEED, &mut checkpoints).unwrap();
    std::fs::write(directory.join("a.safetensors"), &checkpoints.0[epoch - 1]).unwrap();
}

#[test]
fn files_are_resumed_from_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let (directory, data, config) = (directory.path(), Data::planted(90, 1, 5), five_epochs(gru()));
    let entries = || std::fs::read_dir(directory).unwrap().count();
    let mut watch = Watch::default();
    let whole = saved(directory, &config, &data, &mut watch);
    assert_eq!((watch.resumed, entries()), (vec![], 0), "a finished fit leaves no file");

    leave(directory, &config, &data, 4);
    let mut watch = Watch::default();
    assert!(saved(directory, &config, &data, &mut watch) == whole);
    assert_eq!((watch.resumed, entries()), (vec![Ok(4)], 0));

    // A file of other settings, and one that is cut off, are reported and replaced.
    leave(directory, &FitConfig { focal_gamma: 1.0, ..config.clone() }, &data, 4);
    let mut watch = Watch::default();
    assert!(saved(directory, &config, &data, &mut watch) == whole);
    assert!(matches!(watch.resumed[..], [Err(CheckpointError::OtherFit { .. })]));
    std::fs::write(directory.join("a.safetensors"), b"").unwrap();
    let mut watch = Watch::default();
    assert!(saved(directory, &config, &data, &mut watch) == whole);
    assert!(matches!(watch.resumed[..], [Err(CheckpointError::Weights(_))]));

    // An interrupted fit resumes from the epoch of the interrupt, not from the last regular save.
    for epoch in [3, 4] {
        let mut watch = Watch { end: Some((epoch, Control::Interrupt)), ..Watch::default() };
        assert_eq!(saved(directory, &config, &data, &mut watch).history.len(), epoch);
        assert_eq!((watch.resumed, entries()), (vec![], 1));
        // Interrupting again before another epoch is done loses nothing.
        let mut watch = Watch { end: Some((1, Control::Interrupt)), ..Watch::default() };
        assert_eq!(saved(directory, &config, &data, &mut watch).history.len(), epoch);
        let mut watch = Watch::default();
        assert!(saved(directory, &config, &data, &mut watch) == whole);
        assert_eq!((watch.resumed, entries()), (vec![Ok(epoch as u64)], 0));
    }

    // A stopped fit is finished and leaves no file.
    let mut watch = Watch { end: Some((3, Control::Stop)), ..Watch::default() };
    assert_eq!(saved(directory, &config, &data, &mut watch).history.len(), 3);
    assert_eq!(entries(), 0);
}

#[test]
fn a_directory_that_cannot_be_written_ends_the_fit() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let data = Data::planted(60, 1, 5);
    // A file cannot be a directory, not even for root.
    let checkpoints = Checkpoints::new(file.join("below"), 1);
    let config = five_epochs(linear());
    let error = checkpoints.fit("a", &config, &data.set(0..40), None, SEED, &mut ()).unwrap_err();
    assert!(matches!(error, trainer_core::SavedFitError::File(_)), "{error}");
}
