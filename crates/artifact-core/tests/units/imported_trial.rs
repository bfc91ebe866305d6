//! Imported trials that are sound, and those that are not.

use artifact_core::schema::written::{Json, Members, NotFinite, Number};
use artifact_core::schema::{ImportedArtifacts, ImportedTrial, Place};
use artifact_core::{Digest, IndexSet, Payload as _};

fn trial() -> ImportedTrial {
    let artifacts = ImportedArtifacts {
        development: Some(IndexSet::from_range(0..80)),
        test: Some(IndexSet::from_range(80..100)),
        scaler_mean: Some(Number::from_f64(150.0).into()),
        scaler_std: Some(Number::from_f64(12.5).into()),
        alpha_weights: Some(vec![Number::from(0), Number::from(1), Number::from(0)]),
        class_counts: Some(vec![3u64, 2, 1].into()),
        ..ImportedArtifacts::default()
    };
    ImportedTrial {
        number: 3,
        params: Members::from([("seq_length".to_owned(), 30.into())]),
        metrics: None,
        timestamp: None,
        artifacts: Some(artifacts),
        extra: Members::new(),
        findings: Vec::new(),
        original: Place { blob: Digest::of(b""), start: 0, end: 1000 },
    }
}

#[test]
fn a_sound_trial_is_accepted() {
    assert_eq!(trial().validate(), Ok(()));
    assert!(trial().artifacts.is_some_and(|artifacts| artifacts.is_complete()));
    assert_eq!((trial().param("seq_length"), trial().param("x")), (Some(30), None));
}

#[test]
fn every_broken_trial_is_refused_by_field() {
    let check = |field: &str, breakage: fn(&mut ImportedTrial, &mut ImportedArtifacts)| {
        let mut broken = trial();
        let mut artifacts = broken.artifacts.take().unwrap();
        breakage(&mut broken, &mut artifacts);
        broken.artifacts = Some(artifacts);
        assert_eq!(broken.validate().unwrap_err().field, field);
    };
    let nan = || Json::NotFinite(NotFinite::NaN);
    check("artifacts.test", |_, a| a.test = None);
    check("artifacts.test", |_, a| a.test = Some(IndexSet::default()));
    check("artifacts.development", |_, a| a.development = Some(IndexSet::default()));
    check("artifacts.development", |_, a| a.development = Some(IndexSet::from_range(0..81)));
    check("artifacts.scaler_std", |_, a| a.scaler_std = None);
    check("artifacts.scaler_std", |_, a| a.scaler_std = Some(0.into()));
    check("artifacts.scaler_mean", |_, a| a.scaler_mean = Some(vec![1u64, 2].into()));
    check("artifacts.scaler_mean", |_, a| a.scaler_mean = Some("1".into()));
    check("artifacts.alpha_weights", |_, a| a.alpha_weights = Some(vec![Number::from(1); 2]));
    check("artifacts.alpha_weights", |_, a| a.alpha_weights = Number::parse("-1").map(|w| vec![w; 3]));
    check("artifacts.class_counts", |_, a| a.class_counts = Some(vec![1u64].into()));
    check("artifacts.test", |_, a| a.test = Some(IndexSet::from_range(80..usize::MAX)));
    let mut broken = trial();
    broken.extra.insert("x".into(), Json::Array(vec![nan()]));
    assert_eq!(broken.validate().unwrap_err().field, "extra.x");
    check("original.end", |t, _| t.original.start = 1001);
}
