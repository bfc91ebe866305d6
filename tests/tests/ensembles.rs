//! Several seeds through all phases.

use artifact_core::schema::CvSummary;
use tests::{Ended, QUICK, Sandbox, binary, csv, csv_config, ended};
use trainer_core::Weights;
use views::{BundleConfig, read_best_configuration};

fn artifact(sandbox: &Sandbox, args: &[&str]) -> Ended {
    let mut command = binary("artifact");
    command.args(args).arg("--workspace").arg(sandbox.path("workspace"));
    ended(command.output().unwrap())
}

fn with_seeds(config: &str, seeds: usize) -> String {
    config.replacen("[tuner]", &format!("[training]\nseeds = {seeds}\n[tuner]"), 1)
}

#[test]
fn every_phase_fits_all_members() {
    let one = Sandbox::new(QUICK);
    one.run_phases(3);
    let sandbox = Sandbox::new(&with_seeds(QUICK, 2));
    sandbox.run_phases(5);
    assert_ne!(sandbox.run().name(), one.run().name(), "other results, another run");
    let same = Sandbox::new(&with_seeds(QUICK, 1));
    same.run_phases(1);
    assert_eq!(same.run().name(), one.run().name());

    let best = |sandbox: &Sandbox| read_best_configuration(&sandbox.run().best_configuration()).unwrap().1;
    let (alone, both) = (best(&one), best(&sandbox));
    assert_eq!((alone.training.seeds, both.training.seeds), (1, 2));
    let figures = |summary: &CvSummary| (summary.avg_objective, summary.avg_accuracy);
    assert_ne!(figures(&alone.cv_results.summary), figures(&both.cv_results.summary));
    let (id, _) = read_best_configuration(&sandbox.run().best_configuration()).unwrap();
    let shown = artifact(&sandbox, &["show", &id.to_string(), "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["schema_version"], 4);
    assert_eq!(shown["payload"]["training"]["seeds"], 2);

    let model = sandbox.run().final_model();
    let config = BundleConfig::read(&model.join("config.json")).unwrap();
    assert_eq!(config.training.seeds, 2);
    let bytes = std::fs::read(model.join("model.safetensors")).unwrap();
    let names: Vec<String> =
        Weights::from_safetensors(&bytes).unwrap().tensors.into_iter().map(|tensor| tensor.name).collect();
    let of = |member: &str| names.iter().filter_map(|name| name.strip_prefix(member)).collect::<Vec<_>>();
    assert_eq!(of("member.0."), of("member.1."));
    assert_eq!(names.len(), 2 * of("member.0.").len());
    let card = std::fs::read_to_string(model.join("README.md")).unwrap();
    assert!(card.contains("| seeds | 2 |"), "{card}");
    assert!(sandbox.view(|run| run.report()).contains("transformer, 2 seeds"));

    // The members' initial weights follow from the seed too.
    let name = sandbox.run().name().to_owned();
    let audit = artifact(&sandbox, &["audit", &name]);
    assert_eq!(audit.code, 0, "{}{}", audit.stdout, audit.stderr);
    let proven = "no leak was found; of 8 kinds of leakage 6 proven, 2 unknown";
    assert!(audit.stdout.contains(proven), "{}", audit.stdout);
    for args in [&["fsck"][..], &["rebuild-views", &name, "--check"]] {
        let ended = artifact(&sandbox, args);
        assert_eq!(ended.code, 0, "{args:?}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn trees_with_several_seeds_predict_newer_bars() {
    let config = with_seeds(&csv_config(&["AAA.csv"]), 2).replacen(
        "seeds = 2",
        "seeds = 2\nmodel = { name = \"gbdt\", rounds_per_epoch = 1 }",
        1,
    );
    let sandbox = Sandbox::new(&config);
    sandbox.write("AAA.csv", &csv(200, 0.0));
    sandbox.run_phases(4);
    let mut process = binary("final-trainer");
    process.args(["predict", "--model"]).arg(sandbox.run().final_model());
    let output = ended(process.arg("--bars").arg(sandbox.path("AAA.csv")).output().unwrap());
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.lines().any(|line| line.starts_with("AAA ")), "{}", output.stdout);
}
