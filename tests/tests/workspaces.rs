//! Workspaces written by earlier versions, opened by the current programs: `tests/workspaces/README.md` describes them.

use artifact_core::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{Ended, binary, copy, csv, ended};

/// A copy of a kept workspace, and what the program that wrote it said about it.
struct Kept {
    source: PathBuf,
    directory: TempDir,
    expected: Value,
}

impl Kept {
    /// A fresh copy of every kept workspace.
    fn all() -> Vec<Kept> {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspaces");
        let entries = fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path());
        let all: Vec<Kept> = entries.filter(|path| path.is_dir()).map(Kept::open).collect();
        assert!(!all.is_empty(), "no workspace is kept");
        all
    }

    fn open(source: PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(&source.join("workspace"), &directory.path().join("workspace"));
        let expected = serde_json::from_slice(&fs::read(source.join("expected.json")).unwrap()).unwrap();
        Self { source, directory, expected }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    fn workspace(&self) -> Workspace {
        Workspace::new(self.path())
    }

    /// Runs a program on the workspace.
    fn run(&self, program: &str, arguments: &[&str]) -> Ended {
        let mut command = binary(program);
        command.args(arguments).arg("--workspace").arg(self.path());
        ended(command.output().unwrap())
    }

    /// Runs a program, which must succeed, and returns what it printed.
    #[track_caller]
    fn succeeds(&self, program: &str, arguments: &[&str]) -> String {
        let Ended { code, stdout, stderr } = self.run(program, arguments);
        assert_eq!(code, 0, "{}: {program} {arguments:?}: {stdout}{stderr}", self.source.display());
        stdout
    }

    /// What `artifact` prints as JSON.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.succeeds("artifact", &[arguments, &["--json"]].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {printed}"))
    }

    /// The ids of all finished phases, by run, phase and name.
    fn phases(&self) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> {
        serde_json::from_value(self.expected["phases"].clone()).unwrap()
    }

    /// The runs with a final model, and the configuration file of each.
    fn finished(&self) -> Vec<(String, PathBuf)> {
        let phases = self.phases().into_iter().filter(|(_, phases)| phases.contains_key("final"));
        let with_file = |(run, _): (String, _)| {
            let (name, _) = run.rsplit_once('-').unwrap();
            let file = self.source.join(format!("{name}.toml"));
            assert!(file.exists(), "{} is not kept", file.display());
            (run, file)
        };
        phases.map(with_file).collect()
    }

    /// How often test sets were opened and scored for a run.
    fn ledger_entries(&self, run: &str) -> usize {
        self.workspace().ledger().entries().unwrap().iter().filter(|entry| entry.run == run).count()
    }
}

/// The members of `found` that `expected` has too: later versions may add members.
fn those_of(expected: &Value, found: &Value) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let known = found
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), those_of(expected.get(name)?, value))));
            Value::Object(known.collect())
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            expected.iter().zip(found).map(|(expected, found)| those_of(expected, found)).collect()
        }
        _ => found.clone(),
    }
}

#[test]
fn kept_workspaces_are_sound_and_list_what_they_did() {
    for kept in Kept::all() {
        for (command, key) in
            [("fsck", "fsck"), ("runs", "runs"), ("ledger", "ledger"), ("trials", "trials"), ("tag", "tags")]
        {
            let expected = &kept.expected[key];
            let found = kept.json(&[command]);
            assert_eq!(&those_of(expected, &found), expected, "{command}: {found:#}");
        }
        for (run, phases) in kept.phases() {
            let record = kept.workspace().run(&run).record().unwrap().unwrap();
            let found = record.phases.iter().map(|(phase, done)| (phase.name(), &done.outputs));
            assert_eq!(json!(found.collect::<BTreeMap<_, _>>()), json!(phases), "{run}");
        }
    }
}

#[test]
fn every_object_is_shown_compared_and_traced() {
    for kept in Kept::all() {
        for (run, phases) in kept.phases() {
            for id in phases.values().flat_map(BTreeMap::values) {
                let shown = kept.json(&["show", id]);
                assert!(shown.to_string().contains(id), "{run}: {id} is not in {shown:#}");
                let lineage = kept.succeeds("artifact", &["lineage", id]);
                assert!(lineage.contains(&id[..12]), "{run}: {id} is not in {lineage}");
            }
            let Some(study) = phases.get("tuning").map(|outputs| &outputs["study"]) else { continue };
            let shown = kept.json(&["show", study]);
            let trials =
                shown.pointer("/payload/trials").and_then(Value::as_array).expect("a study has trials");
            let [first, second] = [0, 1].map(|trial| trials[trial].as_str().unwrap());
            assert_eq!(kept.run("artifact", &["diff", first, first, "--exit-code"]).code, 0);
            assert_eq!(kept.run("artifact", &["diff", first, second, "--exit-code"]).code, 1);
            kept.json(&["diff", first, second]);
        }
    }
}

#[test]
fn garbage_collection_finds_nothing_to_remove() {
    for kept in Kept::all() {
        let plan = kept.json(&["gc", "--grace", "0s"]);
        assert_eq!(plan["steps"], json!([]), "{plan:#}");
        assert_eq!(plan["troubles"], json!([]), "{plan:#}");
    }
}

#[test]
fn views_are_rebuilt_in_the_current_version() {
    const EARLIER: &str = "earlier version";
    for kept in Kept::all() {
        for run in kept.phases().keys() {
            kept.succeeds("artifact", &["rebuild-views", run]);
            kept.succeeds("artifact", &["rebuild-views", run, "--check"]);
        }
        let found = kept.succeeds("artifact", &["fsck"]);
        assert!(!found.contains(EARLIER) && found.ends_with("\nsound\n"), "{found}");
    }
}

#[test]
fn finished_runs_are_reported_and_audited() {
    for kept in Kept::all() {
        for (run, _) in kept.finished() {
            kept.succeeds("report", &["--run", &run]);
            let page = fs::read_to_string(kept.workspace().run(&run).report()).unwrap();
            assert!(page.contains(&run), "{run} is not in its page");
            let audit = kept.succeeds("artifact", &["audit", &run]);
            assert!(audit.contains("no leak was found"), "{audit}");
        }
        let found = kept.succeeds("artifact", &["fsck"]);
        assert!(found.ends_with("\nsound\n"), "{found}");
    }
}

#[test]
fn final_models_predict_the_same_before_and_after_their_files_are_rewritten() {
    for kept in Kept::all() {
        for (run, _) in kept.finished() {
            let model = kept.workspace().run(&run).final_model();
            let config: Value =
                serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
            let tickers: Vec<&str> =
                config["tickers"].as_array().unwrap().iter().map(|ticker| ticker.as_str().unwrap()).collect();
            let file = |(place, ticker): (usize, &&str)| {
                let path = kept.directory.path().join(format!("{ticker}.csv"));
                fs::write(&path, csv(80, place as f64)).unwrap();
                path
            };
            let bars: Vec<PathBuf> = tickers.iter().enumerate().map(file).collect();
            let predict = || {
                let mut command = binary("final-trainer");
                command.args(["predict", "--json", "--model"]).arg(&model).arg("--bars").args(&bars);
                let Ended { code, stdout, stderr } = ended(command.output().unwrap());
                assert_eq!(code, 0, "{run}: {stderr}");
                stdout
            };
            let predicted = predict();
            let predictions: Value = serde_json::from_str(&predicted).unwrap();
            assert_eq!(predictions.as_array().map(Vec::len), Some(tickers.len()), "{predicted}");
            kept.succeeds("artifact", &["rebuild-views", &run]);
            assert_eq!(predict(), predicted, "{run}");
        }
    }
}

#[test]
fn studies_are_opened() {
    for kept in Kept::all() {
        for (run, _) in kept.finished() {
            let listed =
                kept.expected["runs"].as_array().unwrap().iter().find(|listed| listed["run"] == *run);
            let trials = &listed.unwrap()["trials"];
            let status = kept.succeeds("tuner", &["status", "--run", &run, "--json"]);
            let status: Value = serde_json::from_str(&status).unwrap();
            assert!(status.to_string().contains(&trials.to_string()), "{run}: {status:#}");
            kept.succeeds("tuner", &["best", "--run", &run, "--json"]);
        }
    }
}

/// The phases have nothing to do, or work on a new run. The old run keeps its objects, and its test set is not opened
/// again.
#[test]
fn phases_leave_old_results_as_they_are() {
    for kept in Kept::all() {
        for (run, file) in kept.finished() {
            let before = kept.ledger_entries(&run);
            assert!(before > 0, "{run} was tested");
            for (program, command) in &tests::PHASES[..4] {
                kept.succeeds(program, &[command, &["--config", file.to_str().unwrap()][..]].concat());
            }
            assert_eq!(kept.ledger_entries(&run), before, "the test set of {run} was opened again");
            for id in kept.phases()[&run].values().flat_map(BTreeMap::values) {
                kept.succeeds("artifact", &["show", id]);
            }
        }
        let found = kept.succeeds("artifact", &["fsck"]);
        assert!(found.ends_with("\nsound\n"), "{found}");
    }
}
