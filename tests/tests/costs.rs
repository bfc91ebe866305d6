//! Bid-ask spread and market impact, through all phases.

use serde_json::Value;
use tests::{Ended, Sandbox, binary, csv, csv_config, ended};

/// Two tickers of so many bars, whose volume is that of [`csv`].
fn sandbox(training: &str) -> Sandbox {
    let config = csv_config(&["AAA.csv", "BBB.csv"]);
    let sandbox = Sandbox::new(&config.replacen("[tuner]", &format!("[training]\n{training}\n[tuner]"), 1));
    sandbox.write("AAA.csv", &csv(500, 0.0));
    sandbox.write("BBB.csv", &csv(500, 1.0));
    sandbox
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A figure of a list that `figures` made.
fn figure<'a>(list: &'a Value, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|own| own["figure"] == name).unwrap_or(&Value::Null)
}

/// What a command on artifacts prints; it must succeed.
fn artifact(sandbox: &Sandbox, args: &[&str]) -> String {
    let mut command = binary("artifact");
    command.args(args).arg("--workspace").arg(sandbox.path("workspace"));
    let Ended { code, stdout, stderr, .. } = ended(command.output().unwrap());
    assert_eq!(code, 0, "{args:?}: {stdout}{stderr}");
    stdout
}

/// All that a run tells people of its costs.
fn told(sandbox: &Sandbox) -> [String; 4] {
    let page = sandbox.view(|run| run.report());
    let card = sandbox.view(|run| run.final_model().join("README.md"));
    let terminal = sandbox.succeeds("final-trainer", &["run"]).stdout;
    [page, card, terminal, sandbox.succeeds("report", &["--json"]).stdout]
}

#[test]
fn spread_and_impact_are_charged_everywhere_and_shown() {
    let options = "spread_bps = { AAA = 4, default = 9 }\nimpact = { capital = 2e4 }";
    let sandbox = sandbox(options);
    sandbox.run_phases(5);
    let [page, card, terminal, printed] = told(&sandbox);
    for text in [&page, &card] {
        for part in [
            "costs 5.0 bps per side",
            "A side also pays half the quoted bid-ask spread, which is 6.5 bps in the median over tickers, 4 to 9 bps.",
            "Market impact follows the square-root law",
            "over the 20 bars before; the capital is 20,000 in the currency of the prices",
            "after the same spread and market impact",
            "Slippage (spread, market impact) per bar, bps",
            "Largest trade, of the mean traded value",
        ] {
            assert!(text.contains(part), "{text}\nlacks {part}");
        }
        assert!(!text.contains("no market impact"), "{text}");
    }
    assert!(terminal.contains("slippage (bps)") && terminal.contains("participation"), "{terminal}");

    let metrics = json(&sandbox.view(|run| run.final_model().join("metrics.json")));
    let test = &metrics["test"];
    let baselines = test["baselines"].as_array().unwrap().iter().map(|own| &own["evaluation"]["strategy"]);
    for strategy in baselines.chain([&test["model"]["strategy"], &test["buy_and_hold"]]) {
        let (slippage, turnover) =
            (strategy["slippage"].as_f64().unwrap(), strategy["turnover"].as_f64().unwrap());
        // Half of the narrowest spread at least, and impact on top where anything is traded.
        assert!(
            slippage >= turnover * 2e-4 && (turnover == 0.0 || slippage > turnover * 4.5e-4),
            "{strategy}"
        );
        let participation = strategy["participation"].as_f64().unwrap();
        assert!(participation < 1.0 && (turnover == 0.0 || participation > 0.0), "{strategy}");
    }
    let stored = test["model"]["strategy"]["slippage"].as_f64().unwrap();
    let finished = json(&sandbox.succeeds("final-trainer", &["run", "--json"]).stdout);
    let shown = figure(&finished["figures"]["model"], "strategy.slippage");
    assert_eq!(
        (shown["value"].as_f64(), &shown["unit"]),
        (Some(stored), &"fraction of capital per bar".into())
    );
    assert!(
        printed.contains("strategy.slippage") && printed.contains("share of mean traded value"),
        "{printed}"
    );

    let charged = |evaluation: &Value| evaluation["strategy"]["slippage"].as_f64().is_some();
    let best = json(&sandbox.view(|run| run.best_configuration()));
    let trial = best["payload"]["trial"].as_str().unwrap().to_owned();
    let trial = json(&artifact(&sandbox, &["show", &trial, "--json"]));
    assert!(charged(&trial["payload"]["metrics"]["validation"]), "{trial}");
    let (training, folds) = (&best["payload"]["training"], &best["payload"]["cv_results"]["folds"]);
    assert!(folds.as_array().unwrap().iter().all(|fold| charged(&fold["evaluation"])), "{folds}");
    assert_eq!(training["spread_bps"], json("{\"AAA\": 4, \"default\": 9}"));
    assert_eq!(training["impact"], json("{\"capital\": 20000, \"coefficient\": 1, \"days\": 20}"));
    assert_eq!((&best["schema_version"], &best["schema_minor"]), (&json("4"), &json("1")));
    let plan = sandbox.view(|run| run.frozen_plan());
    assert!(
        ["training.spread_bps", "training.impact", "strategy.slippage"].iter().all(|key| plan.contains(key))
    );

    sandbox.audited();
    let name = sandbox.run().name().to_owned();
    for args in [&["fsck"][..], &["rebuild-views", &name, "--check"]] {
        artifact(&sandbox, args);
    }
}

#[test]
fn without_them_nothing_is_written_or_said_of_either() {
    let plain = sandbox("");
    plain.run_phases(5);
    let same = sandbox("spread_bps = 0");
    same.run_phases(1);
    assert_eq!(same.run().name(), plain.run().name());
    let files = [
        plain.view(|run| run.record_path()),
        plain.view(|run| run.trial_results()),
        plain.view(|run| run.best_configuration()),
        plain.view(|run| run.frozen_plan()),
        plain.view(|run| run.final_model().join("metrics.json")),
    ];
    for text in files.iter().chain(&told(&plain)) {
        for part in ["spread", "\"impact", "participation", "strategy.slippage", "slippage per bar"] {
            assert!(!text.contains(part), "{part} in {text}");
        }
    }
    assert!(plain.view(|run| run.report()).contains("There is no other slippage, no market impact, no fee"));
}

#[test]
fn what_cannot_be_charged_is_refused_before_anything_is_fitted() {
    let refused = |sandbox: &Sandbox, parts: &[&str]| {
        sandbox.run_phases(1);
        let Ended { code, stderr, .. } = sandbox.phase("tuner", &["run"]);
        assert!(code == 2 && parts.iter().all(|part| stderr.contains(part)), "{code}: {stderr}");
        assert!(!sandbox.run().trial_results().exists());
    };
    refused(
        &sandbox("spread_bps = { AAA = 4, CCC = 9, default = 1 }"),
        &["run.toml, line ", "training.spread_bps.CCC"],
    );
    refused(&sandbox("spread_bps = { AAA = 4 }"), &["training.spread_bps: has no spread for BBB"]);
    let dry = sandbox("impact = { capital = 1e6 }");
    let lines = csv(500, 1.0);
    let without = lines.lines().map(|line| match line.rsplit_once(',') {
        Some((bar, volume)) if volume != "Volume" => format!("{bar},0\n"),
        _ => format!("{line}\n"),
    });
    dry.write("BBB.csv", &without.collect::<String>());
    refused(&dry, &["run.toml, line ", "training.impact: the bars of BBB have no volume"]);
}
