//! Older results through the real binary: imported, inspected and exported again.

use fixtures::{Chain, build};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const TRIALS: &str = "hyperparameter_tuning_results/trial_results.json";

/// A workspace to run the binary on.
struct Sandbox(TempDir);

impl Sandbox {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Exit code, standard output, standard error.
    fn artifact(&self, arguments: &[&str]) -> (i32, String, String) {
        self.artifact_in(&self.path("workspace"), arguments)
    }

    fn artifact_in(&self, workspace: &Path, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_artifact"))
            .args(arguments)
            .arg("--workspace")
            .arg(workspace)
            .env_remove("HOLDFAST_LOG")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn import(&self, name: &str) -> (i32, Value) {
        let directory = v1(name);
        let (code, out, error) =
            self.artifact(&["import", directory.to_str().unwrap(), "--run", "old", "--json"]);
        let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("not JSON: {out}{error}"));
        (code, value)
    }

    fn export(&self, arguments: &[&str], out: &Path) -> (i32, String) {
        let out = out.to_str().unwrap();
        let (code, text, error) = self.artifact(&[&["export", "old", "--out", out], arguments].concat());
        (code, text + &error)
    }

    /// Every file below the workspace, with its bytes.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut waiting = vec![self.path("workspace")];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => waiting.push(path),
                    false => files.push((path.clone(), fs::read(path).unwrap())),
                }
            }
        }
        files.sort();
        files
    }
}

/// The files that older pipelines wrote.
fn v1(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../legacy/tests/v1").join(name)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn older_results_are_imported_and_exported_unchanged() {
    let sandbox = Sandbox::new();
    let (code, imported) = sandbox.import("sound");
    assert_eq!(code, 0);
    assert_eq!((&imported["sound_trials"], &imported["findings"]), (&3.into(), &Value::Array(vec![])));

    let (_, runs, _) = sandbox.artifact(&["runs"]);
    for part in ["old", "import", "3", "validation_accuracy 0.4333"] {
        assert!(runs.contains(part), "{part:?} is not in {runs}");
    }
    let (code, fsck, _) = sandbox.artifact(&["fsck"]);
    assert!(code == 0 && fsck.contains("3 imported_trial") && fsck.ends_with("sound\n"), "{fsck}");
    let study = imported["imported_study"].as_str().unwrap();
    let (code, shown, _) = sandbox.artifact(&["show", study]);
    assert!(
        code == 0 && shown.starts_with("imported_study\n") && shown.contains("best_config.json"),
        "{shown}"
    );
    let (code, tree, _) = sandbox.artifact(&["lineage", study]);
    assert!(code == 0 && tree.matches("imported_trial").count() == 3 && tree.contains("blob"), "{tree}");

    let out = sandbox.path("out");
    let (code, text) = sandbox.export(&["--format", "v1"], &out);
    assert_eq!(code, 0, "{text}");
    for file in [TRIALS, "extended_training_results/extended_results.json", "best_config.json"] {
        assert_eq!(json(&out.join(file)), json(&v1("sound").join(file)), "{file}");
    }
}

#[test]
fn sound_parts_are_salvaged_with_a_report() {
    let sandbox = Sandbox::new();
    let directory = v1("cut_inside_trial");
    let (code, out, error) = sandbox.artifact(&["import", directory.to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    for part in [
        "trial_results.json, entry 1 ends inside a value (found the end at byte 1",
        "left out; the original file has it",
        "read 1 trial and 1 later result; 2 entries are lost",
        "only some entries are sound",
        "run imported-",
    ] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    let sandbox = Sandbox::new();
    let (code, imported) = sandbox.import("scaler_std_zero");
    assert_eq!((code, &imported["sound_trials"]), (0, &2.into()));
    let finding = &imported["findings"][0];
    assert_eq!((&finding["damage"], &finding["done"]), (&"unusable_scale".into(), &"set_aside".into()));
    assert!(finding["about"].as_str().unwrap().starts_with("trial 1 ("));
    assert_eq!(finding["place"], "artifacts.scaler_std");
}

#[test]
fn unreadable_originals_are_kept() {
    for name in ["cut_at_start", "empty_file", "not_a_list"] {
        let sandbox = Sandbox::new();
        let (code, imported) = sandbox.import(name);
        assert_eq!((code, &imported["trials"]), (1, &Value::Array(vec![])), "{name}");
        let (code, out, _) = sandbox.artifact(&["fsck"]);
        assert_eq!(code, 0, "{out}");
        let out = sandbox.path("out");
        let (code, text) = sandbox.export(&["--format", "original"], &out);
        assert_eq!(code, 0, "{text}");
        assert_eq!(fs::read(out.join(TRIALS)).unwrap(), fs::read(v1(name).join(TRIALS)).unwrap(), "{name}");
    }
}

#[test]
fn importing_twice_changes_nothing() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.import("same_shape_other_split").1["already_there"], false);
    let before = sandbox.files();
    let (code, again) = sandbox.import("same_shape_other_split");
    assert_eq!((code, &again["already_there"]), (0, &true.into()));
    assert!(before == sandbox.files());
    let (code, _, error) = sandbox.artifact(&["import", v1("sound").to_str().unwrap(), "--run", "old"]);
    assert_eq!(code, 1);
    assert!(error.contains("an import of other files") && error.contains("--run NAME"), "{error}");
    assert!(before == sandbox.files());
}

#[test]
fn existing_files_are_not_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.import("sound");
    let out = sandbox.path("out");
    fs::create_dir(&out).unwrap();
    assert_eq!(sandbox.export(&["--format", "v1"], &out).0, 0, "an empty directory is fine");
    let (code, error) = sandbox.export(&["--format", "v1"], &out);
    assert!(code == 2 && error.contains("--force"), "{error}");
    fs::write(out.join(TRIALS), b"old").unwrap();
    fs::write(out.join("mine.txt"), b"mine").unwrap();
    assert_eq!(sandbox.export(&["--format", "v1", "--force"], &out).0, 0);
    assert!(json(&out.join(TRIALS)).is_array());
    assert_eq!(fs::read(out.join("mine.txt")).unwrap(), b"mine");
    assert_eq!(sandbox.export(&["--format", "v1"], &out.join("mine.txt")).0, 2);
}

#[test]
fn bad_usage_is_refused_clearly() {
    let sandbox = Sandbox::new();
    let (code, _, error) = sandbox.artifact(&["import", sandbox.path("nowhere").to_str().unwrap()]);
    assert!(code == 1 && error.contains("trial_results.json"), "{error}");
    let (code, _, error) = sandbox.artifact(&["import", v1("sound").to_str().unwrap(), "--run", "../x"]);
    assert!(code == 2 && error.contains("cannot name a run"), "{error}");
    let (code, error) = sandbox.export(&["--format", "v1"], &sandbox.path("out"));
    assert!(code == 2 && error.contains("there is no run old"), "{error}");
    assert!(error.contains("has no runs"), "{error}");
    assert!(!sandbox.path("workspace").exists() && !sandbox.path("out").exists());
    let (_, help, _) = sandbox.artifact(&["import", "--help"]);
    assert!(help.contains("Exits with 1 if nothing could be read"), "{help}");
}

#[test]
fn a_native_run_is_exported_as_version_1() {
    let fixture = build(&Chain::lifelike().trials(6).into());
    let sandbox = Sandbox::new();
    let out = sandbox.path("out");
    let arguments = ["export", "sample-run", "--format", "v1", "--out", out.to_str().unwrap()];
    let (code, text, error) = sandbox.artifact_in(fixture.directory.path(), &arguments);
    assert_eq!(code, 0, "{error}");
    assert!(text.contains("not written: the cross-validation of the linear baseline"), "{text}");

    let trials = json(&out.join(TRIALS));
    let first = &trials[0];
    assert_eq!((trials.as_array().unwrap().len(), &first["trial_number"]), (6, &0.into()));
    assert_eq!(trials[3]["metrics"], Value::Null, "a failure is not a score of 0");
    let artifacts = &first["artifacts"];
    assert_eq!(artifacts["train_indices"][0], 0);
    assert_eq!(artifacts["class_counts"].as_array().unwrap().len(), 3);
    assert_eq!(artifacts["tickers"][3], "MSFT");
    let best = json(&out.join("best_config.json"));
    assert!(
        best["cv_results"][0]["final_accuracy"].is_f64() && best["config"]["learning_rate"].is_f64(),
        "{best}"
    );

    let (code, out, error) = sandbox.artifact(&["import", out.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{error}");
    let imported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&imported["sound_trials"], &imported["lost_entries"]),
        (&6.into(), &0.into()),
        "{imported:#}"
    );

    let arguments = ["export", "sample-run", "--format", "original", "--out", "never"];
    let (code, _, error) = sandbox.artifact_in(fixture.directory.path(), &arguments);
    assert!(code == 2 && error.contains("was not imported"), "{error}");
}
