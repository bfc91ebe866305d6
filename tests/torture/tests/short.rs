//! Every kind of fault meets every phase once, and every promise holds.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use torture::fault::{Try, round};
use torture::program::Program;
use torture::{Arena, side_by_side};

/// The program, built in the profile of this test.
fn program() -> Program {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let test = std::env::current_exe().expect("a test knows its own path");
    let directory: PathBuf = test.ancestors().nth(2).expect("tests lie two levels below the profile").into();
    let mut cargo = test_support::cargo();
    // Of the whole workspace, as the other tests build it: so both share what it is built on.
    cargo.args(["build", "--workspace", "--bins", "--quiet"]);
    if directory.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(&root).status().expect("cargo can be started");
    assert!(status.success(), "the program must build");
    Program::new(directory.join("holdfast"), root.join("data/sample"))
}

#[test]
fn every_kind_of_fault_in_every_phase_leaves_the_promises_intact() {
    const SEED: u64 = 1;
    let arena = Arena::new(program()).expect("the undisturbed phases succeed");
    // Beside each other: an attack has a workspace of its own, and waits for disks most of the time.
    let next = AtomicU64::new(0);
    let attacks = || {
        let mut finds = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= round(None) {
                return finds;
            }
            let attack = Try::new(SEED, number, None);
            let phase = attack.phase;
            if let Some(find) = arena.attack(attack).expect("the attack can be carried out") {
                finds.push(format!(
                    "{phase}, {}: {}\n  cargo xtask torture --seed {SEED} --only {number}",
                    find.fault, find.happened
                ));
            }
        }
    };
    let finds: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(attacks)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no attack panics")).collect()
    });
    assert!(finds.is_empty(), "{} finds:\n{}", finds.len(), finds.join("\n"));
}

#[test]
fn runs_of_several_seeds_in_one_workspace_get_the_objects_that_each_gets_alone() {
    let finds = side_by_side(&program(), &["1", "2"]).expect("the undisturbed pipelines succeed");
    assert!(finds.is_empty(), "{} finds:\n{}", finds.len(), finds.join("\n"));
}
