//! Studies whose search space varies the task: which objectives they take, how their trials are ranked, and what is said of it.

use artifact_core::schema::{Seal, SealId};
use artifact_core::{Phase, files, load};
use data_loader::{DataParts, Dataset};
use serde_json::{Value, json};
use settings::{Config, Preset};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{QUICK, Sandbox, binary, ended};
use trainer_core::ModelParts;
use tuner::{Location, SearchParts, Searched, StudyDatabase, StudyRunner, study_identity};
use views::{ExtendedResults, NumberOrField, TrialResults};

/// The quick configuration, which searches two label windows, with an objective.
fn config(objective: &str) -> String {
    format!("{QUICK}\n[training]\nobjective = '{objective}'\n")
}

fn json(sandbox: &Sandbox, command: &[&str]) -> Value {
    let printed = sandbox.succeeds("tuner", command).stdout;
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{command:?}: {error}: {printed}"))
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

/// The figure of this name in a list of figures.
fn figure<'f>(figures: &'f Value, name: &str) -> &'f Value {
    let found = figures.as_array().unwrap().iter().find(|own| own["figure"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {figures}"))
}

#[test]
fn an_objective_that_is_no_skill_is_refused_for_several_windows() {
    let sandbox = Sandbox::new(&config("accuracy"));
    let refused = |sandbox: &Sandbox, command: &[&str]| {
        let ended = sandbox.phase("tuner", command);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let remedies = ["labels.time_window", "log_loss_skill", "rank_ic", "skill"];
        contains(&ended.stderr, &["run.toml, line", "training.objective", "tuner.search_space.time_window"]);
        contains(&ended.stderr, &remedies);
    };
    refused(&sandbox, &["run"]);
    sandbox.run_phases(1);
    for command in ["run", "status", "best"] {
        refused(&sandbox, &[command]);
    }
    refused(&sandbox, &["enqueue", "seq_length=8"]);
    assert!(!sandbox.run().study_database().exists(), "nothing was begun");

    let fixed = Sandbox::new(&config("accuracy").replace("{ choices = [5, 7] }", "5"));
    fixed.run_phases(1);
    assert!(!fixed.succeeds("tuner", &["run", "--trials", "1"]).stderr.contains("cannot be compared"));
}

#[test]
fn a_log_loss_becomes_skill_in_every_phase_and_every_output_says_so() {
    let sandbox = Sandbox::new(&config("negative_log_loss"));
    sandbox.run_phases(1);
    let made = sandbox.succeeds("tuner", &["run"]);
    let replaced = "maximises log_loss_skill in place of training.objective = \"negative_log_loss\"";
    contains(&made.stderr, &[replaced]);
    contains(
        &made.stdout,
        &["objective log_loss_skill in place of negative_log_loss", "focal loss with gamma 2"],
    );
    let made = json(&sandbox, &["run", "--json"]);
    assert_eq!(made["objective"]["name"], "log_loss_skill");
    assert_eq!(made["objective_of_settings"], "negative_log_loss");
    assert_eq!(made["ranking"], Value::Null, "all trials are ranked");
    let status = json(&sandbox, &["status", "--json"]);
    assert_eq!(
        (&status["metric"], &status["metric_of_settings"]),
        (&json!("log_loss_skill"), &json!("negative_log_loss"))
    );
    assert_eq!(status["units"]["best_trial.objective"]["of"], "Log loss skill against training frequencies");
    contains(&sandbox.succeeds("tuner", &["status"]).stdout, &["in place of negative_log_loss"]);

    for (name, command) in [("extended-trainer", "run"), ("final-trainer", "run")] {
        sandbox.succeeds(name, &[command]);
    }
    let view: ExtendedResults = files::read_json(&sandbox.run().extended_results()).unwrap();
    assert!(view.results.iter().all(|result| result.cv_results.objective.name == "log_loss_skill"));
    sandbox.succeeds("report", &[]);
    contains(
        &sandbox.view(|run| run.report()),
        &[
            "in place of negative_log_loss, since time_window has several values",
            "Scores are skill over each task&#39;s own base rate",
            "focal loss with gamma 2, classes weighted by inverse frequency (weighted nats)",
        ],
    );
    sandbox.audited();
}

#[test]
fn every_number_of_a_trial_has_a_unit() {
    let sandbox = Sandbox::new(&QUICK.replace("name = \"quick\"", "name = \"units\""));
    sandbox.run_phases(2);
    let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
    assert_eq!((view.schema_version, view.schema_minor), (4, 1));
    let window = Some(NumberOrField::Field("params.time_window".to_owned()));
    let of = |field: &str| view.units.get(field).unwrap_or_else(|| panic!("{field} has no unit"));
    let returns = of("metrics.validation.strategy.mean_return");
    assert_eq!(
        (returns.of.as_str(), returns.unit.as_str(), returns.horizon_bars.as_ref()),
        ("Mean return per bar after cost", "fraction of capital per bar", Some(&NumberOrField::Number(1)))
    );
    let objective = of("metrics.objective_value");
    assert_eq!(
        (objective.of.as_str(), &objective.horizon_bars),
        ("Matthews correlation within tickers, mean", &window)
    );
    for field in ["training_loss", "final_loss", "history.train_loss", "history.validation_loss"] {
        let loss = of(&format!("metrics.{field}"));
        assert!(loss.of.starts_with("focal loss with gamma 2, classes weighted"), "{loss:?}");
        assert_eq!((loss.unit.as_str(), loss.better.as_str()), ("weighted nats", "lower"));
    }
    // Every unit is of a field that exists, and every observation count too.
    let document: Value = serde_json::from_str(&sandbox.view(|run| run.trial_results())).unwrap();
    let trial = &document["trials"][0];
    let at = |path: &str| {
        path.split('.').fold(trial, |value, name| {
            let value = value.as_array().map_or(value, |list| &list[0]);
            &value[name]
        })
    };
    for (field, unit) in &view.units {
        assert!(at(field).is_number() || at(field).is_null(), "{field}: {}", at(field));
        for other in unit.independent_observations.iter() {
            assert!(at(other).is_u64(), "{other}");
        }
    }
    assert!(at("params.time_window").is_u64());

    for (command, place) in [("run", "best_trial"), ("status", "best_trial"), ("best", "")] {
        let printed = json(&sandbox, &[command, "--json"]);
        let best = if place.is_empty() { &printed } else { &printed[place] };
        let number = best["number"].as_u64().unwrap() as usize;
        let trial = &view.trials[number];
        let metrics = trial.metrics.as_ref().unwrap();
        let figures = &best["figures"];
        let objective = figure(figures, "objective_value");
        assert_eq!(objective["value"], metrics.objective_value);
        assert_eq!(objective["horizon_bars"], trial.params.time_window);
        assert_eq!(objective["independent_observations"], json!(metrics.validation.independent_rows));
        assert_eq!(figure(figures, "strategy.mean_return")["horizon_bars"], 1);
        assert_eq!(figure(figures, "strategy.mean_return")["unit"], "fraction of capital per bar");
        let loss = figure(figures, "final_loss");
        assert_eq!((&loss["value"], &loss["unit"]), (&json!(metrics.final_loss), &json!("weighted nats")));
        assert!(loss["title"].as_str().unwrap().contains("validation rows"), "{loss}");
    }
    // What a program without settings of the run rebuilds is the same.
    let mut fsck = binary("artifact");
    fsck.args(["fsck", "--workspace"]).arg(sandbox.path("workspace"));
    let checked = ended(fsck.output().unwrap());
    assert!(checked.code == 0 && checked.stdout.ends_with("sound\n"), "{}", checked.stdout);
}

/// Begins the study of a sandbox's configuration with the objective as it is written, as earlier versions did.
fn begin(sandbox: &Sandbox, text: &str, total: u64) {
    let config = Config::from_toml(Preset::Empty, text, "run.toml").unwrap();
    let (run, store) = (sandbox.run(), sandbox.workspace().store());
    let seal_id = SealId::new(sandbox.record().output(Phase::Data, "seal").unwrap());
    let seal: Seal = load(&store, seal_id).unwrap();
    let recipe = DataParts::builtin().recipe(&config).unwrap();
    let dataset = Dataset::development(&store, &seal, &recipe).unwrap();
    let searched = Searched::as_written(&ModelParts::builtin(), &config).unwrap();
    let identity = study_identity(&config, &searched, seal.development).unwrap();
    std::fs::create_dir_all(run.checkpoints()).unwrap();
    let database = StudyDatabase::open(&Location::Sqlite(run.study_database()), &identity).unwrap();
    let runner = StudyRunner {
        run: &run,
        store: &store,
        config: &config,
        parts: &SearchParts::builtin(),
        searched: &searched,
        seal_id,
        seal: &seal,
        dataset: &dataset,
        total,
        workers: 2,
        worker: "an earlier version",
        grace: Duration::from_secs(60),
        clock: &chrono::Utc::now,
        stop: &|| false,
        observer: &(),
    };
    assert_eq!(runner.run(database).unwrap().done, total);
}

#[test]
fn a_study_of_an_earlier_version_continues_and_is_ranked_within_its_largest_task() {
    for objective in ["accuracy", "negative_log_loss"] {
        let text = config(objective);
        let sandbox = Sandbox::new(&text);
        sandbox.run_phases(1);
        begin(&sandbox, &text, 5);
        assert_eq!(json(&sandbox, &["status", "--json"])["metric"], objective);
        let made = sandbox.succeeds("tuner", &["run"]);
        contains(&made.stderr, &[&format!("begun with {objective}")]);
        let view: TrialResults = files::read_json(&sandbox.run().trial_results()).unwrap();
        assert_eq!(view.trials.len(), 8, "the study resumed with its five trials");

        // What the rule says, computed another way.
        let mut groups: BTreeMap<usize, Vec<(f64, u64)>> = BTreeMap::new();
        for trial in &view.trials {
            let score = trial.metrics.as_ref().unwrap().objective_value;
            groups.entry(trial.params.time_window).or_default().push((score, trial.trial_number));
        }
        assert_eq!(groups.len(), 2, "the trials have two windows");
        let most = groups.values().map(Vec::len).max().unwrap();
        let (&window, ranked) = groups.iter().find(|(_, trials)| trials.len() == most).unwrap();
        let best =
            ranked.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap().1;

        let left_out = format!("{} of 8 scored trials are left out of the ranking", 8 - most);
        let made = json(&sandbox, &["run", "--json"]);
        contains(made["ranking"].as_str().unwrap(), &[&left_out]);
        assert_eq!(made["best_trial"]["number"], best);
        let status = json(&sandbox, &["status", "--json"]);
        assert_eq!(status["best_trial"]["number"], best);
        contains(&sandbox.succeeds("tuner", &["status"]).stderr, &[&left_out]);
        assert_eq!(json(&sandbox, &["best", "--json"])["number"], best);
        let importance = json(&sandbox, &["importance", "--json"]);
        let sum: f64 = importance.as_object().unwrap().values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{importance}");
        for trial in json(&sandbox, &["export", "--json"]).as_array().unwrap() {
            assert_eq!(trial["rank"].is_null(), trial["params"]["time_window"] != window, "{trial}");
            assert_eq!(trial["rank"] == 1, trial["number"] == best, "{trial}");
        }

        let validated = sandbox.succeeds("extended-trainer", &["run"]);
        contains(&validated.stderr, &[&left_out]);
        let results: ExtendedResults = files::read_json(&sandbox.run().extended_results()).unwrap();
        assert!(results.results.iter().all(|result| result.cv_results.params.time_window == window));
        sandbox.succeeds("report", &[]);
        contains(&sandbox.view(|run| run.report()), &[&left_out, &format!("The best is trial {best}.")]);
        sandbox.audited();
    }
}
