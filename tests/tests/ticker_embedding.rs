//! Two tickers that answer the same signal in opposite ways, through all phases with and without columns that tell them
//! apart.

use artifact_core::schema::{LeakCertificate, LeakCertificateId, ModelBundle};
use artifact_core::{Id, Phase, load};
use chrono::{NaiveDate, TimeDelta};
use tests::{Ended, Sandbox, binary, ended, noise};
use views::{BundleConfig, read_best_configuration};

const ROWS: usize = 420;
const WINDOW: usize = 5;

const CONFIG: &str = r#"
name = "told"
[data]
source = "csv"
period = "max"
files = ["AAA.csv", "BBB.csv"]
columns = ["signal"]
[features]
set = "signal"
ticker_embedding = true
[labels]
rule = { name = "horizon", threshold = 0.01 }
[training]
model = "gbdt"
[tuner]
startup_trials = 2
stages = [{ sampler = "random", trials = 2, epochs = 3 }]
[tuner.search_space]
seq_length = 4
rows = 1
max_leaves = 4
min_rows_in_leaf = 10
feature_fraction = 0.67
learning_rate = 0.2
[extended]
top_n = 1
folds = 2
epochs = 3
"#;

/// Prices that rise or fall for some rows on end, with a signal of the direction, which counts as it is or reversed.
fn bars(salt: usize, answer: f64) -> String {
    let mut closes = vec![100.0];
    for row in 0..ROWS + WINDOW {
        let step = if noise(row / 7, salt) < 0.5 { 0.009 } else { -0.009 };
        closes.push(closes[row] * (1.0 + step + 0.004 * (noise(row, salt + 1) - 0.5)));
    }
    let line = |row: usize| {
        let close = closes[row];
        let direction = if closes[row + WINDOW] > close { answer } else { -answer };
        let signal = direction + noise(row, salt + 2) - 0.5;
        let date = NaiveDate::default() + TimeDelta::days(row as i64);
        let (high, low) = (close * 1.001, close * 0.999);
        format!("{date},{close:.4},{high:.4},{low:.4},{close:.4},1000,{signal:.4}\n")
    };
    format!("Date,Open,High,Low,Close,Volume,signal\n{}", (0..ROWS).map(line).collect::<String>())
}

fn sandbox(config: &str) -> Sandbox {
    let sandbox = Sandbox::new(config);
    sandbox.write("AAA.csv", &bars(10, 1.0));
    sandbox.write("BBB.csv", &bars(20, -1.0));
    // A ticker that the study does not have: the bars of the first under another name.
    sandbox.write("NEW.csv", &bars(10, 1.0));
    sandbox
}

/// The Matthews correlation of the final model on the test rows, after all phases.
fn found(sandbox: &Sandbox) -> f64 {
    sandbox.succeeds("holdfast", &["pipeline"]);
    let bundle = Id::<ModelBundle>::new(sandbox.record().output(Phase::Final, "model_bundle").unwrap());
    load(&sandbox.workspace().store(), bundle).unwrap().test.model.mcc.unwrap()
}

fn predict(sandbox: &Sandbox, files: &[&str], more: &[&str]) -> serde_json::Value {
    let mut command = binary("holdfast");
    command.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model()).args(more);
    command.arg("--bars").args(files.iter().map(|file| sandbox.path(file)));
    let Ended { code, stdout, stderr, .. } = ended(command.output().unwrap());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn only_a_model_that_tells_tickers_apart_finds_what_they_answer_in_opposite_ways() {
    let plain = sandbox(&CONFIG.replacen("ticker_embedding = true\n", "", 1));
    let blind = found(&plain);
    assert!(blind.abs() < 0.15, "{blind}");
    let sandbox = sandbox(CONFIG);
    let seen = found(&sandbox);
    assert!(seen > 0.5, "{seen}");
    assert_ne!(sandbox.run().name(), plain.run().name(), "other inputs, another run");

    let (id, best) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    assert!(best.preprocessing.ticker_embedding);
    let shown = ended(
        binary("artifact")
            .args(["show", &id.to_string(), "--json", "--workspace"])
            .arg(sandbox.path("workspace"))
            .output()
            .unwrap(),
    );
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((&shown["schema_version"], &shown["schema_minor"]), (&4.into(), &1.into()));

    let model = sandbox.run().final_model();
    let config = BundleConfig::read(&model.join("config.json")).unwrap();
    assert_eq!((config.ticker_embedding, &config.tickers[..]), (true, &["AAA".to_owned(), "BBB".into()][..]));
    let card = std::fs::read_to_string(model.join("README.md")).unwrap();
    assert!(
        card.contains("| ticker embedding | one column each for AAA, BBB; all of them 0 for any"),
        "{card}"
    );
    let other = std::fs::read_to_string(plain.run().final_model().join("README.md")).unwrap();
    assert!(!other.contains("embedding"), "{other}");

    let (_, certificate): (LeakCertificateId, LeakCertificate) =
        views::read_object(&sandbox.run().leak_certificate()).unwrap();
    assert_eq!(certificate.violated().count(), 0);
    let fsck = binary("artifact").arg("fsck").arg("--workspace").arg(sandbox.path("workspace")).output();
    assert_eq!(ended(fsck.unwrap()).code, 0);

    // Whatever the order of the files, a ticker keeps its own column, and a stranger has none.
    let own = predict(&sandbox, &["AAA.csv", "BBB.csv"], &[]);
    assert_eq!(predict(&sandbox, &["BBB.csv", "AAA.csv"], &[]), own);
    let others = predict(&sandbox, &["NEW.csv", "BBB.csv", "AAA.csv"], &["--other-tickers"]);
    assert_eq!((&others[1], &others[2]), (&own[1], &own[0]));
    assert_eq!(others[0]["ticker"], "NEW");
    assert_ne!(others[0]["probabilities"], own[0]["probabilities"]);
}

#[test]
fn the_joint_scope_refuses_it() {
    let sandbox = sandbox(&CONFIG.replacen("[training]", "[training]\nscope = \"joint\"", 1));
    let refused = sandbox.phase("holdfast", &["pipeline"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    for part in ["line 10", "features.ticker_embedding", "training.scope = \"joint\""] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
}
