//! `artifact audit` on a real run, with the real binaries.

use artifact_core::schema::{LeakCertificate, LeakCertificateId};
use artifact_core::{Id, Phase};
use tests::{Ended, QUICK, Sandbox, binary, ended};

fn artifact(sandbox: &Sandbox, args: &[&str]) -> Ended {
    let mut command = binary("artifact");
    command.args(args).arg("--workspace").arg(sandbox.path("workspace"));
    ended(command.output().unwrap())
}

#[test]
fn a_run_is_audited_certified_and_reported_and_a_leak_exits_with_3() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(4);
    let name = sandbox.run().name().to_owned();
    let sound = artifact(&sandbox, &["audit", &name]);
    assert_eq!(sound.code, 0, "{}{}", sound.stdout, sound.stderr);
    let first = format!("audit of {name}: no leak was found; of 8 kinds of leakage 6 proven, 2 unknown");
    assert_eq!(sound.stdout.lines().next(), Some(first.as_str()));

    let path = sandbox.run().leak_certificate();
    let (id, certificate): (LeakCertificateId, LeakCertificate) = views::read_object(&path).unwrap();
    assert_eq!(sandbox.record().output(Phase::Audit, "leak_certificate"), Some(id.digest()));
    let bundle = sandbox.record().output(Phase::Final, "model_bundle").map(Id::new);
    assert_eq!(certificate.model_bundle, bundle);
    // The same run has the same certificate, in JSON too.
    let again = artifact(&sandbox, &["audit", &name, "--json"]);
    let document: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(document["id"], serde_json::json!(id));
    assert_eq!(document["certificate"], serde_json::to_value(&certificate).unwrap());

    // It is an artifact and a view like any other.
    for args in [&["fsck"][..], &["rebuild-views", &name, "--check"], &["show", &id.to_string()]] {
        let ended = artifact(&sandbox, args);
        assert_eq!(ended.code, 0, "{args:?}: {}{}", ended.stdout, ended.stderr);
    }
    sandbox.succeeds("report", &[]);
    let page = sandbox.view(|run| run.report());
    assert!(page.contains("Leak audit: no leak was found; of 8 kinds of leakage 6 proven, 2 unknown"));
    assert!(page.contains("href=\"leak_certificate.json\""));

    // What the user vouches for is in the certificate, in the user's words.
    let vouched = artifact(&sandbox, &["audit", &name, "--attest", "L2=prices are as published"]);
    assert!(vouched.stdout.contains("6 proven, 1 attested, 1 unknown"), "{}", vouched.stdout);
    assert!(vouched.stdout.contains("attested: prices are as published"), "{}", vouched.stdout);
    for wrong in ["L4=x", "L2", "L2= "] {
        assert_eq!(artifact(&sandbox, &["audit", &name, "--attest", wrong]).code, 2, "{wrong}");
    }

    // The head goes too; otherwise every reader would notice the missing lines.
    std::fs::remove_dir_all(sandbox.path("workspace/ledger")).unwrap();
    let leaking = artifact(&sandbox, &["audit", &name]);
    assert_eq!(leaking.code, 3, "{}", leaking.stdout);
    assert!(leaking.stdout.contains("test_ledger is violated"), "{}", leaking.stdout);
    sandbox.succeeds("report", &[]);
    assert!(sandbox.view(|run| run.report()).contains("Leak audit: violated: test_ledger"));
}

#[test]
fn an_audit_that_cannot_run_says_what_to_do_first() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(1);
    let unknown = artifact(&sandbox, &["audit", "nothing"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("there is no run nothing"), "{}", unknown.stderr);
    for command in ["audit", "rebuild-views"] {
        let outside = artifact(&sandbox, &[command, "../elsewhere"]);
        assert!(outside.code == 2 && outside.stderr.contains("cannot name a run"), "{}", outside.stderr);
    }
    // Frozen bars alone can be audited already.
    let name = sandbox.run().name().to_owned();
    assert_eq!(artifact(&sandbox, &["audit", &name]).code, 0);

    // What the system does not let it read is no verdict, and leaves no certificate. A link to itself
    // cannot be read by root either.
    let seal = sandbox.record().output(Phase::Data, "seal").unwrap();
    let object = sandbox.workspace().store().path(&seal);
    std::fs::remove_file(&object).unwrap();
    std::os::unix::fs::symlink(&object, &object).unwrap();
    std::fs::remove_file(sandbox.run().leak_certificate()).unwrap();
    let unreadable = artifact(&sandbox, &["audit", &name]);
    assert_eq!(unreadable.code, 1, "{}{}", unreadable.stdout, unreadable.stderr);
    assert!(unreadable.stderr.contains(&object.display().to_string()), "{}", unreadable.stderr);
    assert!(unreadable.stdout.is_empty() && !sandbox.run().leak_certificate().exists());
}
