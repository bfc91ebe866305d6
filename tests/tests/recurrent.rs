//! The recurrent model through all phases, with a final fit that is killed half-way.

use artifact_core::Component;
use std::path::Path;
use std::process::Stdio;
use test_support::wait_until;
use tests::{PHASES, Sandbox, copy, csv, csv_config, ended};
use views::read_best_configuration;

/// One recurrent model, long enough in its final fit to be caught in it.
const RECURRENT: &str = r#"
name = "recurrent"
[data]
source = "synthetic"
synthetic = { tickers = 2, rows = 1500 }
[training]
model = "gru"
accumulation_steps = 2
class_weight_mix = 0.5
[checkpoints]
epochs = 1
[tuner]
stages = [{ sampler = "random", trials = 2, epochs = 3 }]
[tuner.search_space]
learning_rate = 2e-3
dropout_rate = 0.1
weight_decay = 1e-3
time_window = 5
seq_length = 30
num_layers = 2
d_model = { choices = [64, 65] }
num_heads = { choices = [2, 4] }
batch_size = 16
[extended]
top_n = 1
folds = 2
epochs = 8
"#;

/// Starts the final phase and kills it once the final model's first checkpoint is there.
fn kill_in_the_final_fit(sandbox: &Sandbox, checkpoint: &Path) {
    let mut process = sandbox.command("final-trainer", &["run"]);
    let mut child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("there is a checkpoint", || checkpoint.exists() || child.try_wait().unwrap().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(checkpoint.exists(), "the fit must be killed before it is done");
}

#[test]
fn a_killed_final_fit_resumes_to_the_same_model() {
    let sandbox = Sandbox::new(RECURRENT);
    sandbox.run_phases(3);
    let (_, best) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    assert_eq!(best.model, Component::new("gru", 1));
    assert_eq!(best.params.model.get("num_heads"), None, "a gru has no heads");
    assert!(best.epochs_to_train > 1, "one epoch cannot be interrupted by a checkpoint");
    assert!(best.training.accumulation_steps == 2 && best.training.class_weight_mix == 0.5);
    let kept = || std::fs::read_dir(sandbox.run().checkpoints()).unwrap().count();
    assert_eq!(kept(), 1, "the best trial's weights; every checkpoint went with its fit");

    let unbroken = Sandbox::new(RECURRENT);
    copy(&sandbox.path("workspace"), &unbroken.path("workspace"));
    unbroken.succeeds("final-trainer", &["run"]);

    kill_in_the_final_fit(&sandbox, &sandbox.run().checkpoints().join("final-model.safetensors"));
    assert_eq!(sandbox.workspace().ledger().entries().unwrap(), [], "the test set is still sealed");
    let resumed = sandbox.succeeds("final-trainer", &["run"]);
    assert!(resumed.stderr.contains("final-model resumes after epoch"), "{}", resumed.stderr);
    assert_eq!(kept(), 1);
    for file in ["model.safetensors", "metrics.json", "config.json"] {
        let read = |sandbox: &Sandbox| std::fs::read(sandbox.run().final_model().join(file)).unwrap();
        assert!(read(&sandbox) == read(&unbroken), "{file}");
    }

    let (name, command) = PHASES[4];
    sandbox.succeeds(name, command);
    assert!(sandbox.view(|run| run.report()).contains("gru"));
}

#[test]
fn a_recurrent_model_predicts_newer_bars() {
    let config = csv_config(&["AAA.csv"]).replacen("[tuner]", "[training]\nmodel = \"gru\"\n[tuner]", 1);
    let sandbox = Sandbox::new(&config);
    sandbox.write("AAA.csv", &csv(200, 0.0));
    sandbox.run_phases(4);
    let mut process = tests::binary("final-trainer");
    process.args(["predict", "--model"]).arg(sandbox.run().final_model());
    let output = ended(process.arg("--bars").arg(sandbox.path("AAA.csv")).output().unwrap());
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.lines().any(|line| line.starts_with("AAA ")), "{}", output.stdout);
}
