//! The test rows are opened only for exactly what was frozen before, and the ledger records every opening.

use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::{FrozenPlan, FrozenPlanId};
use artifact_core::{Digest, Envelope, ObjectStore, Phase, Producer, load_envelope};
use serde_json::Value;
use tests::{Ended, QUICK, Sandbox, binary, ended};
use views::{read_best_configuration, write_object};

/// Everything up to the frozen plan.
fn planned() -> Sandbox {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(3);
    sandbox
}

fn plan_id(sandbox: &Sandbox) -> FrozenPlanId {
    FrozenPlanId::new(sandbox.record().output(Phase::CrossValidation, "frozen_plan").unwrap())
}

fn plan(sandbox: &Sandbox) -> Envelope<FrozenPlan> {
    load_envelope(&sandbox.workspace().store(), plan_id(sandbox)).unwrap()
}

fn entries(sandbox: &Sandbox) -> Vec<Entry> {
    sandbox.workspace().ledger().entries().unwrap()
}

/// The final phase must refuse with a message that contains all the parts, and leave no trace in the ledger.
#[track_caller]
fn refused(sandbox: &Sandbox, parts: &[&str]) {
    let Ended { code, stderr, .. } = sandbox.phase("final-trainer", &["run"]);
    assert_eq!(code, 3, "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
    assert_eq!(entries(sandbox), [], "the ledger is untouched");
    assert!(!sandbox.run().final_model().exists());
}

/// Puts a changed plan in the place of the frozen one, as if phase 2 had frozen it.
fn freeze_instead(sandbox: &Sandbox, change: impl FnOnce(&mut Envelope<FrozenPlan>)) {
    let mut envelope = plan(sandbox);
    change(&mut envelope);
    let (bytes, id) = envelope.to_bytes().unwrap();
    sandbox.workspace().store().put(&bytes).unwrap();
    let run = sandbox.run();
    write_object(&run.frozen_plan(), &envelope).unwrap();
    let mut record = sandbox.record();
    let phase = record.phases.get_mut(&Phase::CrossValidation).unwrap();
    phase.outputs.insert("frozen_plan".to_owned(), id.digest());
    run.write_record(&record).unwrap();
}

#[test]
fn the_plan_says_what_will_be_done_and_the_ledger_names_it() {
    let sandbox = planned();
    let (id, plan) = (plan_id(&sandbox), plan(&sandbox).payload);
    let (best_id, best) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    assert_eq!((plan.best_configuration, plan.split), (best_id, best.cv_results.split));
    assert_eq!(plan.model.epochs, best.epochs_to_train);
    assert_eq!(plan.thresholds.cost_bps, best.training.cost_bps);
    assert_eq!(plan.settings["extended.folds"], 3);
    assert!(!plan.settings.contains_key("labels.threshold"), "it is at its default");
    assert_eq!(plan.engine_version, trainer_core::ENGINE_VERSION);

    sandbox.succeeds("final-trainer", &["run"]);
    let [opening, score] = &entries(&sandbox)[..] else { panic!("one opening, one score") };
    let Event::Unsealed { plan: named, best_configuration, seal } = &opening.event else {
        panic!("{opening:?}")
    };
    assert_eq!((*named, *best_configuration, *seal), (id, best_id, best.seal));
    let metrics: Value =
        serde_json::from_str(&sandbox.view(|run| run.final_model().join("metrics.json"))).unwrap();
    let figures = Digest::of(&artifact_core::canonical_json(&metrics["test"]).unwrap());
    assert_eq!(score.event, Event::Scored { unsealed: opening.digest().unwrap(), metrics: figures });
    for entry in [opening, score] {
        assert_eq!((entry.configuration, entry.snapshot), (plan.configuration, plan.snapshot));
        assert_eq!((entry.split, entry.split_row), (plan.split, plan.split_row));
    }
}

#[test]
fn the_reported_figures_are_those_of_the_plan() {
    let sandbox = planned();
    sandbox.succeeds("final-trainer", &["run"]);
    let metrics: Value =
        serde_json::from_str(&sandbox.view(|run| run.final_model().join("metrics.json"))).unwrap();
    let mut found = Vec::new();
    for (name, value) in metrics["test"]["model"].as_object().unwrap() {
        match value.as_object() {
            Some(inner) => found.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            None if name == "samples" => {}
            None => found.push(name.clone()),
        }
    }
    let mut planned = plan(&sandbox).payload.metrics;
    found.sort();
    planned.sort();
    assert_eq!(found, planned);
}

#[test]
fn a_changed_setting_keeps_the_test_rows_sealed() {
    let sandbox = planned();
    // Two of the settings that may change within a run.
    sandbox.write("run.toml", &QUICK.replace("folds = 3", "folds = 4").replace("top_n = 2", "top_n = 1"));
    refused(
        &sandbox,
        &[
            "the test rows stay sealed",
            "extended.folds was frozen as 3, but is now 4",
            "extended.top_n was frozen as 2, but is now 1",
            "holdfast validate",
        ],
    );
    // Settings that may not change within a run are refused before that, as bad usage.
    sandbox.write("run.toml", &format!("{QUICK}[labels]\nthreshold = 0.05\n"));
    let other = sandbox.phase("final-trainer", &["run", "--run", sandbox.run().name()]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert_eq!(entries(&sandbox), []);
    // With the frozen settings it runs.
    sandbox.write("run.toml", QUICK);
    sandbox.succeeds("final-trainer", &["run"]);
    assert_eq!(entries(&sandbox).len(), 2);
}

#[test]
fn a_new_plan_is_frozen_when_only_the_plan_is_outdated() {
    let sandbox = planned();
    // This changes nothing in phase 2 but the plan, which it freezes again.
    sandbox.write("run.toml", &QUICK.replace("trials = 1, epochs = 3", "trials = 2, epochs = 3"));
    refused(&sandbox, &["tuner.stages"]);
    let before = plan_id(&sandbox);
    let again = sandbox.succeeds("extended-trainer", &["run"]);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_ne!(plan_id(&sandbox), before);
    sandbox.succeeds("final-trainer", &["run"]);
}

#[test]
fn another_engine_program_or_list_of_figures_keeps_the_test_rows_sealed() {
    let check = |change: fn(&mut Envelope<FrozenPlan>), part: &str| {
        let sandbox = planned();
        freeze_instead(&sandbox, change);
        refused(&sandbox, &["the test rows stay sealed", part]);
    };
    check(|plan| plan.payload.engine_version += 1, "engine_version was frozen as");
    check(
        |plan| plan.payload.program_version = "0.0.9".into(),
        "program_version was frozen as \"0.0.9\", but is now",
    );
    check(|plan| drop(plan.payload.metrics.pop()), "metrics was frozen as");
}

#[test]
fn a_replaced_file_keeps_the_test_rows_sealed() {
    let sandbox = planned();
    let run = sandbox.run();
    // A sound best configuration, but not the frozen one: with another baseline, say.
    let (id, _) = read_best_configuration(&run.best_configuration()).unwrap();
    let store = sandbox.workspace().store();
    let mut other = load_envelope(&store, id).unwrap();
    other.producer = Producer { name: "someone".into(), version: "1".into(), engine_version: None };
    let (bytes, other_id) = other.to_bytes().unwrap();
    store.put(&bytes).unwrap();
    let sound = std::fs::read(run.best_configuration()).unwrap();
    write_object(&run.best_configuration(), &other).unwrap();
    refused(&sandbox, &["best_configuration was frozen as", &other_id.to_string()]);
    std::fs::write(run.best_configuration(), sound).unwrap();

    // A plan whose file was edited, and one that the run has not frozen.
    let plan_file = std::fs::read_to_string(run.frozen_plan()).unwrap();
    std::fs::write(run.frozen_plan(), plan_file.replace("\"name\": \"barrier\"", "\"name\": \"horizon\""))
        .unwrap();
    refused(&sandbox, &["frozen_plan.json", "digest"]);
    let mut plan = plan(&sandbox);
    plan.payload.metrics.pop();
    write_object(&run.frozen_plan(), &plan).unwrap();
    refused(&sandbox, &["frozen_plan.json", "the plan that the run has frozen"]);

    // Without its file there is no plan to follow; phase 2 writes it again.
    std::fs::remove_file(run.frozen_plan()).unwrap();
    assert_eq!(sandbox.phase("final-trainer", &["run"]).code, 2);
    sandbox.succeeds("extended-trainer", &["run"]);
    assert_eq!(std::fs::read_to_string(run.frozen_plan()).unwrap(), plan_file);
    sandbox.succeeds("final-trainer", &["run"]);
}

fn fsck(sandbox: &Sandbox) -> Ended {
    let mut command = binary("artifact");
    command.args(["fsck", "--workspace"]).arg(sandbox.path("workspace"));
    ended(command.output().unwrap())
}

/// The entry in a line, without the digest next to it.
fn entry_in(line: &str) -> Entry {
    let mut members: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    members.remove("digest");
    serde_json::from_value(members.into()).unwrap()
}

#[test]
fn a_truncated_ledger_is_exposed_by_the_model_it_lacks() {
    let sandbox = planned();
    sandbox.succeeds("final-trainer", &["run"]);
    assert_eq!(fsck(&sandbox).code, 0);
    let path = sandbox.path("workspace/ledger/test-access.jsonl");
    let head = path.with_extension("head");
    let sound = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = sound.lines().collect();
    std::fs::write(&path, format!("{}\n", lines[0])).unwrap();
    let found = fsck(&sandbox);
    assert_eq!(found.code, 3);
    assert!(
        found.stdout.contains("line 2 of the test ledger") && found.stdout.contains("it is missing"),
        "{}",
        found.stdout
    );
    // If the head is removed too, the tested model reveals it.
    let sound_head = std::fs::read(&head).unwrap();
    std::fs::remove_file(&head).unwrap();
    for kept in [0, 1] {
        std::fs::write(&path, lines[..kept].iter().map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
        let found = fsck(&sandbox);
        assert_eq!(found.code, 3, "{}", found.stdout);
        assert!(found.stdout.contains("the test ledger has no entry for it"), "{}", found.stdout);
    }
    // A chain that is sound in itself, but contradicts the plan it names.
    let mut entry = entry_in(lines[0]);
    entry.split_row += 1;
    let mut line = serde_json::to_value(&entry).unwrap();
    line["digest"] = serde_json::json!(entry.digest().unwrap());
    let mut text = artifact_core::canonical_json(&line).unwrap();
    text.push(b'\n');
    std::fs::write(&path, text).unwrap();
    let found = fsck(&sandbox);
    assert_eq!(found.code, 3);
    assert!(found.stdout.contains("the frozen plan it names differ in split_row"), "{}", found.stdout);
    std::fs::write(&path, sound).unwrap();
    std::fs::write(&head, sound_head).unwrap();
    assert_eq!(fsck(&sandbox).code, 0);
}

#[test]
fn openings_are_counted_over_all_runs_of_the_workspace() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let first = sandbox.run();
    // Another seed is another run on the same snapshot: its test set has been seen before.
    for (name, command) in tests::PHASES {
        sandbox.succeeds(name, &[command, &["--seed", "7"]].concat());
    }
    let workspace = sandbox.workspace();
    let second = workspace.runs().unwrap().into_iter().find(|name| name != first.name()).unwrap();
    let second = workspace.run(&second);
    let metrics: Value =
        serde_json::from_slice(&std::fs::read(second.final_model().join("metrics.json")).unwrap()).unwrap();
    assert_eq!((&metrics["test_set_openings"], &metrics["untouched"]), (&2.into(), &false.into()));
    for path in [second.final_model().join("README.md"), second.report()] {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("were looked at once before"), "{}", path.display());
    }
    assert!(std::fs::read_to_string(second.report()).unwrap().contains("has been opened 2 times"));
    // Another boundary in the same snapshot is another test set, but its rows were seen.
    sandbox.write("run.toml", &format!("{QUICK}[split]\ntrain_test_split_ratio = 0.7\n"));
    for (name, command) in tests::PHASES {
        sandbox.succeeds(name, command);
    }
    let third =
        workspace.runs().unwrap().into_iter().find(|name| ![first.name(), second.name()].contains(&&**name));
    let third = workspace.run(&third.unwrap());
    let card = std::fs::read_to_string(third.final_model().join("README.md")).unwrap();
    assert!(card.contains("were looked at twice before"), "{card}");
    let page = std::fs::read_to_string(third.report()).unwrap();
    assert!(
        page.contains("no longer untouched") && page.contains("rows of it 2 times"),
        "the page says so too"
    );
}
