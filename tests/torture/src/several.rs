//! Several runs in one workspace, side by side.

use crate::fault::Phase;
use crate::program::{Ended, Program, run};
use crate::state::objects_of_runs;
use std::path::Path;

/// Runs the pipeline for each seed in one workspace at once, with `fsck` and `gc --yes` again and again beside them, and
/// compares the objects of every run with those of the same pipelines one after the other. Returns what differs or fails.
///
/// # Errors
///
/// If a command cannot be started, or an undisturbed one fails.
pub fn side_by_side(program: &Program, seeds: &[&str]) -> anyhow::Result<Vec<String>> {
    let directory = tempfile::tempdir()?;
    let [alone, together] = ["alone", "together"].map(|name| directory.path().join(name));
    let pipeline = |workspace: &Path, seed: &str| {
        let mut command = program.pipeline(workspace);
        command.args(["--seed", seed]);
        run(&mut command)
    };
    for seed in seeds {
        let ended = pipeline(&alone, seed)?;
        anyhow::ensure!(ended.code == Some(0), "the pipeline of seed {seed} fails: {}", ended.said);
    }
    std::fs::create_dir_all(&together)?;
    let mut finds = Vec::new();
    let mut check = |what: &str, ended: Ended| {
        if ended.code != Some(0) {
            finds.push(format!("{what}: exit code {:?}: {}", ended.code, ended.said));
        }
    };
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let pipeline = &pipeline;
        let together = &together;
        let running: Vec<_> =
            seeds.iter().map(|seed| scope.spawn(move || pipeline(together, seed))).collect();
        // Before the first bars are frozen there is no store to check.
        while !together.join("store").exists() && running.iter().any(|thread| !thread.is_finished()) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        while running.iter().any(|thread| !thread.is_finished()) {
            for phase in [Phase::Fsck, Phase::Gc] {
                check(&phase.to_string(), run(&mut program.phase(together, phase))?);
            }
        }
        for (seed, thread) in seeds.iter().zip(running) {
            let ended =
                thread.join().map_err(|_| anyhow::anyhow!("the thread of seed {seed} panicked"))??;
            check(&format!("the pipeline of seed {seed}"), ended);
        }
        check("fsck at the end", run(&mut program.phase(together, Phase::Fsck))?);
        Ok(())
    })?;
    let openings = std::fs::read_to_string(together.join("ledger/test-access.jsonl"))?;
    let openings = openings.matches(r#""kind":"unsealed""#).count();
    if openings != seeds.len() {
        finds.push(format!("the test rows were opened {openings} times by {} runs", seeds.len()));
    }
    let [expected, found] = [objects_of_runs(&alone)?, objects_of_runs(&together)?];
    finds.extend(expected.iter().filter(|entry| found.get(entry.0) != Some(entry.1)).map(|(path, id)| {
        format!("{path}: {} instead of {id}", found.get(path).map_or("nothing", String::as_str))
    }));
    Ok(finds)
}
