//! A disk without room: nothing is lost, and the run continues once there is room.

use crate::common::{SMOKE, case, contains, is_sound, output, run_phases, succeeds};
use artifact_core::Phase;
use std::process::Command;
use tests::{PHASES, Sandbox};

/// Runs its arguments with no file growing beyond `$0` blocks, which a program meets like a full disk: as a failed write.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";

/// The digest of the final model, once all phases are done.
#[track_caller]
fn finished(sandbox: &Sandbox) -> String {
    run_phases(sandbox, PHASES.len());
    is_sound(&sandbox.path("workspace"));
    sandbox.record().output(Phase::Final, "model_bundle").expect("a final model").to_string()
}

/// The phase has no room at `blocks`; what it said.
#[track_caller]
fn has_no_room(sandbox: &Sandbox, (name, command): (&str, &[&str]), blocks: usize) -> String {
    let unlimited = sandbox.command(name, &[command, &SMOKE].concat());
    let mut shell = Command::new("sh");
    shell.args(["-c", LIMITED, &blocks.to_string()]).arg(unlimited.get_program()).args(unlimited.get_args());
    let ended = output(shell.env_remove("HOLDFAST_WORKSPACE"));
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{name} at {blocks}: {}", ended.stderr);
    is_sound(&sandbox.path("workspace"));
    ended.stderr
}

#[test]
fn a_run_continues_once_there_is_room() {
    let roomy = case("disk-full");
    let expected = finished(&roomy);
    let sandbox = case("disk-full");
    // Nothing can be written, or only files of half a kilobyte.
    for blocks in [0, 1] {
        contains(&has_no_room(&sandbox, PHASES[0], blocks), &["cannot write", "File too large"]);
    }
    succeeds(&sandbox, PHASES[0].0, PHASES[0].1);
    // The study database cannot be made, then it cannot grow: its log comes after a few trials to more than 64 KB.
    for blocks in [0, 16, 128, 256] {
        contains(&has_no_room(&sandbox, PHASES[1], blocks), &["optimization_study.db"]);
    }
    succeeds(&sandbox, PHASES[1].0, PHASES[1].1);
    for phase in &PHASES[2..4] {
        for blocks in [0, 4] {
            contains(&has_no_room(&sandbox, *phase, blocks), &["File too large"]);
        }
        if phase.0 == PHASES[2].0 {
            succeeds(&sandbox, phase.0, phase.1);
        }
    }
    assert_eq!(finished(&sandbox), expected);
}
