//! How a reader handles versions that it does not know.

use crate::door::{at_every_object, chain, read};
use crate::golden::{directory, files};
use artifact_core::schema::{
    BestConfiguration, Calibrator, Clock, CrossValidation, Evaluation, FrozenPlan, GivenColumn, Impact,
    Measure, ModelBundle, PathFigures, PathReturns, Preprocessing, Seal, Snapshot, Spacing, SplitPlan,
    Spread, SuperiorAbilityTest, Trial,
};
use artifact_core::{Envelope, Error, KIND_VERSIONS, KINDS, Object, Payload};
use fixtures::Chain;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// A payload as today's types write it.
fn document(object: Object) -> Value {
    match object {
        Object::Artifact(envelope) => envelope.payload.document(),
        Object::Blob(_) => panic!("not an envelope"),
    }
}

fn golden() -> impl Iterator<Item = (&'static str, Value)> {
    files().into_iter().map(|(kind, bytes)| (kind, serde_json::from_slice(&bytes).unwrap()))
}

#[test]
fn a_later_minor_version_is_read_without_the_fields_that_it_added() {
    for (kind, mut later) in golden() {
        let known = document(read(&later).unwrap());
        later["schema_minor"] = json!(7);
        let added = |map: &mut Map<String, Value>| drop(map.insert("zz_later".into(), json!([1])));
        at_every_object(&later, &added, &mut |changed| {
            // The envelope around the payload has no versions.
            if changed["payload"] != later["payload"] {
                let read = read(&changed).unwrap_or_else(|error| panic!("{kind}: {}", chain(&error)));
                assert_eq!(document(read), known, "{kind}");
            }
        });
    }
}

#[test]
fn a_field_that_no_minor_version_explains_is_refused_by_its_name() {
    for (kind, mut document) in golden() {
        document["payload"]["zz_later"] = json!(1);
        let error = read(&document).expect_err(kind);
        assert!(chain(&error).contains("zz_later"), "{kind}: {}", chain(&error));
    }
}

/// Equal content has equal bytes: minor version 0 is not written.
#[test]
fn minor_version_0_is_refused_where_it_is_written() {
    for (kind, mut document) in golden() {
        document["schema_minor"] = json!(0);
        let error = read(&document).expect_err(kind);
        assert!(chain(&error).contains("schema_minor"), "{kind}: {}", chain(&error));
    }
}

#[test]
fn a_seal_with_parameters_of_its_source_is_version_2_1() {
    let (_, mut seal) = golden().find(|(kind, _)| *kind == "seal").unwrap();
    seal["payload"]["source"]["params"] = json!({"rows": 500});
    let error = read(&seal).expect_err("version 2.0 has no parameters");
    assert!(chain(&error).contains("schema_minor"), "{}", chain(&error));
    seal["schema_minor"] = json!(1);
    assert_eq!(document(read(&seal).unwrap()), seal["payload"]);
}

/// Reads a golden file of a minor version, and checks that it is written as it was.
fn of_minor<P: Payload>(folder: &str) -> Envelope<P> {
    let folder = directory().join("..").join(folder);
    let bytes = fs::read(folder.join(format!("{}.json", P::KIND))).unwrap();
    let envelope = Envelope::<P>::from_bytes(&bytes, P::KIND).unwrap();
    let (again, id) = envelope.to_bytes().unwrap();
    assert_eq!(again, bytes);
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert!(sums.contains(&format!("{id}  {}.json", P::KIND)), "{id}");
    envelope
}

/// The golden files of `golden/ticker_embedding`: a preprocessing and a best configuration of version 3.3.
#[test]
fn a_ticker_embedding_is_read_and_written_as_it_was() {
    assert!(of_minor::<Preprocessing>("ticker_embedding").payload.ticker_embedding);
    // Version 4 of a best configuration would be written otherwise.
    let path = directory().join("../ticker_embedding/best_configuration.json");
    let read = Envelope::<BestConfiguration>::from_bytes(&fs::read(path).unwrap(), "best configuration");
    assert!(read.unwrap().payload.preprocessing.ticker_embedding);
}

/// The golden files of `golden/columns`: a snapshot of version 2.1 and a seal of version 2.2.
#[test]
fn columns_of_ones_own_are_read_and_written_as_they_were() {
    let snapshot = of_minor::<Snapshot>("columns");
    assert_eq!(snapshot.payload.own_columns(), ["sentiment", "vix"]);
    let seal = of_minor::<Seal>("columns");
    let described: Vec<String> = seal.payload.source.columns.iter().map(GivenColumn::describe).collect();
    let expected = [
        "sentiment (delay 0 rows, filled forward over at most 2 rows)",
        "vix (delay 1 row, filled forward over at most 5 rows)",
    ];
    assert_eq!(described, expected);
}

/// The golden files of `golden/intraday`: a snapshot of version 2.2, a seal of version 2.3, a split plan of version 2.1
/// and a best configuration of version 4.2.
#[test]
fn intraday_bars_are_read_and_written_as_they_were() {
    let snapshot = of_minor::<Snapshot>("intraday").payload;
    assert_eq!(
        (snapshot.stamp_bytes(), snapshot.first_date.to_string().as_str()),
        (8, "2020-01-02T14:30:00")
    );
    let seal = of_minor::<Seal>("intraday").payload;
    let account = seal.account.unwrap();
    assert_eq!((account.spacing, account.clock), (Spacing::Intraday(300), Some(Clock::Utc)));
    assert_eq!((account.tickers[0].merged, account.tickers[1].merged), (160, 0));
    let plan = of_minor::<SplitPlan>("intraday").payload;
    assert!(plan.validation_date.has_clock() && plan.validation_date < plan.split_date);
    assert!(of_minor::<BestConfiguration>("intraday").payload.split.split_date.has_clock());
}

#[test]
fn an_account_that_does_not_add_up_is_refused() {
    let seal = directory().join("../intraday/seal.json");
    let sound: Value = serde_json::from_slice(&fs::read(seal).unwrap()).unwrap();
    let sound = json!({
        "kind": sound["kind"],
        "schema_version": sound["schema_version"],
        "schema_minor": sound["schema_minor"],
        "parents": sound["parents"],
        "producer": sound["producer"],
        "payload": sound["payload"],
    });
    assert!(read(&sound).is_ok());
    for field in ["given", "outside", "faulty", "repeated", "uncommon", "used", "filled", "empty", "merged"] {
        let mut found = sound.clone();
        let count = found.pointer_mut(&format!("/payload/account/tickers/0/{field}")).unwrap();
        *count = json!(count.as_u64().unwrap() + 1);
        let error = chain(&read(&found).expect_err(field));
        assert!(error.contains("account.tickers[0]"), "{field}: {error}");
    }
    for (place, value, part) in [
        ("/payload/account/dates", json!(1), "account.dates"),
        ("/payload/account/tickers/0/first_date", json!("2999-01-01"), "first_date"),
    ] {
        let mut found = sound.clone();
        *found.pointer_mut(place).unwrap() = value;
        let error = chain(&read(&found).expect_err(place));
        assert!(error.contains(part), "{place}: {error}");
    }
}

#[test]
fn a_time_of_day_is_a_minor_version() {
    for (kind, place, minor) in [
        ("snapshot", "/payload/last_date", 2),
        ("seal", "/payload/split_date", 3),
        ("split_plan", "/payload/split_date", 1),
    ] {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        let date = found.pointer(place).unwrap().as_str().unwrap().to_owned();
        *found.pointer_mut(place).unwrap() = json!(format!("{date}T15:30:00"));
        let error = chain(&read(&found).expect_err("dates have no time of day"));
        assert!(error.contains("schema_minor") || error.contains("last_date"), "{kind}: {error}");
        found["schema_minor"] = json!(minor);
        if kind == "snapshot" {
            found["payload"]["clock"] = json!(true);
        }
        assert_eq!(document(read(&found).unwrap()), found["payload"], "{kind}");
        // Midnight is written in one way only.
        *found.pointer_mut(place).unwrap() = json!(format!("{date}T00:00:00"));
        assert!(read(&found).is_err(), "{kind}");
    }
}

#[test]
fn columns_that_cannot_be_are_refused() {
    let check = |kind: &str, place: &str, minor: u64, value: Value, part: &str| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        found["schema_minor"] = json!(minor);
        *found.pointer_mut(place).unwrap() = value;
        let error = chain(&read(&found).expect_err(part));
        assert!(error.contains(part), "{error}");
    };
    let columns = |own: &[&str]| json!([&["open", "high", "low", "close", "volume"], own].concat());
    let snapshot = |value: Value, part: &str| check("snapshot", "/payload/columns", 1, value, part);
    snapshot(columns(&["vix", "vix"]), "columns[6]");
    snapshot(columns(&["Close"]), "columns[5]");
    snapshot(columns(&["a b"]), "columns[5]");
    snapshot(json!(["open", "high", "low", "close"]), "open, high, low, close, volume first");
    check("snapshot", "/payload/columns", 2, columns(&["1"]), "columns[5]");
    // Version 2.0 has the five alone.
    let (_, mut plain) = golden().find(|(kind, _)| *kind == "snapshot").unwrap();
    plain["payload"]["columns"] = columns(&["vix"]);
    assert!(chain(&read(&plain).expect_err("2.0")).contains("schema_minor"));
    let column = json!({"name": "vix", "delay": 1, "max_forward_fill": 5});
    let (_, mut seal) = golden().find(|(kind, _)| *kind == "seal").unwrap();
    seal["payload"]["source"]["columns"] = json!([column, column]);
    seal["schema_minor"] = json!(2);
    assert!(chain(&read(&seal).expect_err("twice")).contains("source.columns[1]"));
}

#[test]
fn a_shared_scope_is_version_3_1() {
    let check = |kind: &str, place: &str| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        found.pointer_mut(place).unwrap()["scope"] = json!("shared");
        let error = read(&found).expect_err("version 3.0 has no scope");
        assert!(chain(&error).contains("schema_minor"), "{}", chain(&error));
        found["schema_minor"] = json!(1);
        let payload = json!({"payload": document(read(&found).unwrap())});
        assert_eq!(payload.pointer(place).unwrap()["scope"], "shared");
        // Equal content has equal bytes: the scope of older results is not written.
        found.pointer_mut(place).unwrap()["scope"] = json!("joint");
        assert!(read(&found).is_err());
    };
    check("preprocessing", "/payload");
}

/// What version 3 added with minor versions, version 4 may leave out.
#[test]
fn version_4_needs_no_minor_version_for_what_may_be_left_out() {
    let check = |kind: &str, place: &str, value: Value, default: Value| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        let (parent, name) = place.rsplit_once('/').unwrap();
        found.pointer_mut(parent).unwrap()[name] = value.clone();
        let payload = json!({"payload": document(read(&found).unwrap())});
        assert_eq!(payload.pointer(place), Some(&value), "{place}");
        // Equal content has equal bytes: defaults are not written.
        found.pointer_mut(parent).unwrap()[name] = default;
        assert!(read(&found).is_err(), "{place}");
    };
    check("cross_validation", "/payload/decision_balance", json!(0.5), json!(0.0));
    let configuration =
        |place: &str, value: Value, default: Value| check("best_configuration", place, value, default);
    configuration("/payload/training/decision", json!("tuned"), json!("most_probable"));
    configuration("/payload/training/seeds", json!(3), json!(1));
    configuration("/payload/cv_results/decision_balance", json!(0.25), json!(0.0));
    configuration("/payload/baseline/decision_balance", json!(0.25), json!(0.0));
    configuration("/payload/preprocessing/scope", json!("shared"), json!("joint"));
}

/// What version 4.1 adds: each alone makes a document of version 4.1, and is not written where it says nothing.
#[test]
fn what_selection_needs_is_version_4_1() {
    let check = |kind: &str, place: &str, value: Value, nothing: Value, broken: (Value, &str)| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut with = |value: &Value, minor: u64| {
            found.pointer_mut(parent).unwrap()[name] = value.clone();
            found["schema_minor"] = json!(minor);
            read(&found)
        };
        let payload = json!({"payload": document(with(&value, 1).unwrap())});
        assert_eq!(payload.pointer(place), Some(&value), "{place}");
        assert!(with(&nothing, 1).is_err(), "{place}: what says nothing is not written");
        let error = chain(&with(&broken.0, 1).expect_err(place));
        assert!(error.contains(broken.1), "{place}: {error}");
    };
    let path = |drawdown: f64| {
        let returns = json!({ "bars": 90, "bars_per_year": 252.0, "mean_return": 0.001, "sharpe": 0.5,
            "max_drawdown": drawdown });
        json!([{ "objective": 0.1, "returns": returns }, { "objective": null, "returns": null }])
    };
    let test = |p: f64| {
        json!([{ "of": "loss", "benchmark": "none", "candidates": 3, "best_trial": 4, "rows": 200,
            "mean_block": 10.0, "difference": 0.01, "p_value": p, "lower": 0.25, "upper": 0.75 }])
    };
    let none = || json!(null);
    check("trial", "/payload/metrics/stopping_bias", json!(0.125), none(), (json!("much"), "expected f64"));
    check("cross_validation", "/payload/temperature", json!(1.5), none(), (json!(0.0), "temperature"));
    check("cross_validation", "/payload/paths", path(0.25), json!([]), (path(1.5), "paths[0].returns"));
    let ability = "/payload/superior_ability";
    check("best_configuration", ability, test(0.5), json!([]), (test(0.9), "superior_ability[0]"));
    let setting = "/payload/training/calibration";
    check(
        "best_configuration",
        setting,
        json!("temperature"),
        json!("none"),
        (json!("hot"), "unknown variant `hot`"),
    );
    let inside = "/payload/cv_results/paths";
    check("best_configuration", inside, path(0.25), json!([]), (path(-0.5), "paths[0].returns"));
}

#[test]
fn balances_end_at_1() {
    let (_, mut found) = golden().find(|(name, _)| *name == "cross_validation").unwrap();
    found["payload"]["decision_balance"] = json!(1.5);
    assert!(chain(&read(&found).expect_err("above 1")).contains("decision_balance"));
}

#[test]
fn a_ticker_embedding_is_version_3_3() {
    let check = |kind: &str, place: &str| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        let own = found.pointer_mut(place).unwrap();
        (own["scope"], own["ticker_embedding"]) = (json!("shared"), json!(true));
        for minor in [1, 2] {
            found["schema_minor"] = json!(minor);
            assert!(read(&found).is_err(), "version 3.{minor} has no embedding");
        }
        found["schema_minor"] = json!(3);
        let payload = json!({"payload": document(read(&found).unwrap())});
        assert_eq!(payload.pointer(place).unwrap()["ticker_embedding"], true);
        // The joint scope is written by leaving it out.
        found.pointer_mut(place).unwrap().as_object_mut().unwrap().remove("scope");
        let error = chain(&read(&found).expect_err("the joint scope has none"));
        assert!(error.contains("ticker_embedding"), "{error}");
        // Equal content has equal bytes: what older results do not have is not written.
        let own = found.pointer_mut(place).unwrap();
        (own["scope"], own["ticker_embedding"]) = (json!("shared"), json!(false));
        found["schema_minor"] = json!(1);
        assert!(read(&found).is_err());
    };
    check("preprocessing", "/payload");
}

#[test]
fn other_majors_are_refused_with_what_was_found_and_what_is_read() {
    for (kind, mut document) in golden() {
        let (_, versions) = KIND_VERSIONS.iter().find(|(name, _)| *name == kind).unwrap();
        let (first, last) = (versions[0].major, versions[versions.len() - 1].major);
        for major in [first - 1, last + 1] {
            document["schema_version"] = json!(major);
            let error = read(&document).expect_err(kind);
            let Error::UnsupportedVersion { found, supported, .. } = error else { panic!("{kind}: {error}") };
            assert_eq!((found, supported), (major, last), "{kind}");
        }
    }
}

#[test]
fn versions_ascend_one_by_one() {
    assert!(KIND_VERSIONS.iter().map(|(kind, _)| *kind).eq(KINDS.iter().copied()));
    for (kind, versions) in KIND_VERSIONS {
        for pair in versions.windows(2) {
            let (before, after) = ((pair[0].major, pair[0].minor), (pair[1].major, pair[1].minor));
            let next = [(before.0, before.1 + 1), (before.0 + 1, 0)];
            assert!(next.contains(&after), "{kind}: {after:?} after {before:?}");
        }
    }
}

/// What is charged takes version 1 of every kind that states it, and nothing is written where nothing is charged.
#[test]
fn slippage_is_written_with_its_minor_version_and_only_where_it_is_charged() {
    let made = Chain::golden().make();
    let charge = |evaluation: &mut Evaluation| {
        let strategy = evaluation.strategy.as_mut().unwrap();
        (strategy.slippage, strategy.participation) = (Some(1e-4), Some(0.25));
    };
    let (mut trial, mut cv) = (made.trials[0].clone(), made.best.cv_results.clone());
    let (mut best, mut bundle) = (made.best.clone(), made.bundle.clone());
    let minors = |documents: [Value; 4]| documents.map(|own| own.get("schema_minor").cloned());
    let written = |trial: &Trial, cv: &CrossValidation, best: &BestConfiguration, bundle: &ModelBundle| {
        [bytes(trial), bytes(cv), bytes(best), bytes(bundle)]
    };
    let plain = written(&trial, &cv, &best, &bundle);
    for own in &plain {
        let text = own.to_string();
        assert!(!["slippage", "participation", "spread_bps", "impact"].iter().any(|key| text.contains(key)));
    }
    assert_eq!(minors(plain), [None, None, None, None]);
    charge(&mut trial.metrics.as_mut().unwrap().validation);
    charge(&mut cv.folds[0].evaluation);
    best.training.spread_bps =
        Spread::ByTicker([("AAA".to_owned(), 3.5), ("default".to_owned(), 2.0)].into());
    best.training.impact = Some(Impact { coefficient: 1.0, capital: 1e6, days: 20 });
    charge(&mut bundle.test.model);
    let charged = written(&trial, &cv, &best, &bundle);
    let training = &charged[2]["payload"]["training"];
    assert_eq!(training["spread_bps"], json!({"AAA": 3.5, "default": 2}));
    assert_eq!(training["impact"], json!({"capital": 1_000_000, "coefficient": 1, "days": 20}));
    let back: BestConfiguration = serde_json::from_value(charged[2]["payload"].clone()).unwrap();
    assert_eq!(back, best);
    let one = Some(json!(1));
    assert_eq!(minors(charged), [one.clone(), one.clone(), one.clone(), one]);
    // Only a plan that charges it promises its figures.
    let plan = |best: &BestConfiguration| {
        FrozenPlan::new(made.plan.best_configuration, best, Default::default(), 1, "1").unwrap().metrics
    };
    let all = plan(&best);
    assert_eq!(all.len(), plan(&made.best).len() + Evaluation::SLIPPAGE_FIGURES.len());
    assert!(Evaluation::SLIPPAGE_FIGURES.iter().all(|name| all.iter().any(|own| own == name)));
}

/// Documents of version 4.1, and a model bundle of 3.1, with everything that these versions add.
fn of_version_4_1() -> (Trial, CrossValidation, BestConfiguration, ModelBundle) {
    let made = Chain::golden().make();
    let charge = |evaluation: &mut Evaluation| {
        let strategy = evaluation.strategy.as_mut().unwrap();
        (strategy.slippage, strategy.participation) = (Some(0.000_125), Some(0.25));
    };
    let mut trial = made.trials[0].clone();
    let metrics = trial.metrics.as_mut().unwrap();
    metrics.stopping_bias = Some(0.015_625);
    charge(&mut metrics.validation);
    let mut best = made.best.clone();
    let cv = &mut best.cv_results;
    let returns = PathReturns {
        bars: 90,
        bars_per_year: 252.0,
        mean_return: 0.000_25,
        sharpe: Some(0.5),
        max_drawdown: 0.125,
    };
    cv.paths = vec![
        PathFigures { objective: Some(0.25), returns: Some(returns) },
        PathFigures { objective: None, returns: None },
    ];
    cv.temperature = Some(2.0);
    charge(&mut cv.folds[0].evaluation);
    let cv = cv.clone();
    best.superior_ability = vec![SuperiorAbilityTest {
        of: Measure::Return,
        benchmark: "linear".to_owned(),
        candidates: 2,
        best_trial: 1,
        rows: 120,
        mean_block: 3.0,
        difference: -0.000_5,
        p_value: 0.75,
        lower: 0.5,
        upper: 0.875,
    }];
    best.training.calibration = Calibrator::Temperature;
    best.training.spread_bps =
        Spread::ByTicker([("AAA".to_owned(), 3.5), ("default".to_owned(), 2.0)].into());
    best.training.impact = Some(Impact { coefficient: 1.0, capital: 1e6, days: 20 });
    best.baseline.temperature = Some(0.5);
    let mut bundle = made.bundle.clone();
    charge(&mut bundle.test.model);
    (trial, cv, best, bundle)
}

/// The golden files of `golden/against_luck`.
#[test]
fn what_selection_and_slippage_add_is_read_and_written_as_it_was() {
    let (trial, cv, best, bundle) = of_version_4_1();
    let folder = "against_luck";
    assert!(of_minor::<Trial>(folder).payload == trial && of_minor::<CrossValidation>(folder).payload == cv);
    assert!(of_minor::<BestConfiguration>(folder).payload == best);
    assert!(of_minor::<ModelBundle>(folder).payload == bundle);
}

/// Writes these files: `cargo test -p artifact-core --test schema -- --ignored write_files_of_version_4_1`. It never overwrites any.
#[test]
#[ignore = "writes golden files: run it by name for a new schema version"]
fn write_files_of_version_4_1() {
    let folder = directory().join("../against_luck");
    fs::create_dir(&folder).expect("golden files are never changed");
    let (trial, cv, best, bundle) = of_version_4_1();
    let sums = [write(&folder, &best), write(&folder, &cv), write(&folder, &bundle), write(&folder, &trial)];
    fs::write(folder.join("SHA256SUMS"), sums.concat()).unwrap();
}

/// Writes a golden file; returns its line of `SHA256SUMS`.
fn write<P: Payload + Clone>(folder: &Path, payload: &P) -> String {
    let (bytes, id) = Envelope::new(payload.clone(), fixtures::producer()).to_bytes().unwrap();
    fs::write(folder.join(format!("{}.json", P::KIND)), bytes).unwrap();
    format!("{id}  {}.json\n", P::KIND)
}

/// The envelope of a payload, as it is written.
fn bytes<P: Payload + Clone>(payload: &P) -> Value {
    let (bytes, _) = Envelope::new(payload.clone(), fixtures::producer()).to_bytes().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
