//! Which file may import from which.
//!
//! Files that import each other can only be read, changed and moved together. So the imports between a crate's files
//! must not form a cycle, and the files of artifact-core are stacked in floors that import only downwards.

use crate::imports::Files;
use anyhow::{Context as _, bail};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use xtask::command::root;

/// The floors of artifact-core, the lowest first. A file may import from its own floor and from those below.
const FLOORS: [&[&str]; 9] = [
    &["error", "id", "index_set", "component", "moment", "seed", "shown"],
    &["canonical"],
    &["parents"],
    &["envelope"],
    &["schema"],
    &["files", "store"],
    &["object", "verify"],
    &["chain", "ledger", "trial_log"],
    &["lock", "record", "tags", "workspace", "json_schema"],
];

/// What each file imports from.
type Needs<'f> = BTreeMap<&'f str, BTreeSet<String>>;

/// Checks the files of every crate.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("crates")).context("failed to read crates")? {
        let directory = entry?.path();
        let mut files = Files::default();
        files.read(&directory.join("src"), "")?;
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let floors: &[&[&str]] = if name == "artifact-core" { &FLOORS } else { &[] };
        found.extend(faults(&files, floors).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    if !found.is_empty() {
        bail!("imports between files break the rules of xtask/src/floors.rs:\n  {}", found.join("\n  "));
    }
    Ok(())
}

/// The imports that form a cycle or break the order of the floors.
fn faults(files: &Files, floors: &[&[&str]]) -> Vec<String> {
    let needs: Needs<'_> = files.0.keys().map(|module| (module.as_str(), files.needs(module))).collect();
    let floor = |module: &str| {
        let room = module.split("::").next().unwrap_or_default();
        floors.iter().position(|rooms| rooms.contains(&room))
    };
    let mut faults = Vec::new();
    for (&module, needed) in &needs {
        // Every file of a cycle finds it; only the alphabetically first one reports it.
        if let Some(way) = cycle(module, &needs).filter(|way| way.iter().all(|one| module <= one.as_str())) {
            faults.push(format!("{} -> {} is an import cycle", way.join(" -> "), module));
        }
        if floors.is_empty() || module.is_empty() {
            continue;
        }
        match floor(module) {
            None => faults.push(format!("{module} is on no floor; add it to FLOORS")),
            Some(own) => {
                let upward = needed.iter().filter(|need| floor(need).is_none_or(|other| other > own));
                faults.extend(upward.map(|need| format!("{module} imports {need} from a floor above")));
            }
        }
        let names = files.0[module].imports.iter().filter_map(|(_, path, _)| path.strip_prefix("crate::"));
        let through = names.filter(|name| !name.contains("::") && !files.0.contains_key(*name));
        // An import through the root's re-exports would hide which floor it reaches.
        faults.extend(through.map(|name| {
            format!("{module} imports {name} through the crate's root; import it from its own file")
        }));
    }
    faults
}

/// The shortest import cycle through a file, without the file's second mention. Found by breadth-first search.
fn cycle(start: &str, needs: &Needs<'_>) -> Option<Vec<String>> {
    let mut queue = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = queue.pop_front() {
        for next in way.last().and_then(|last| needs.get(last.as_str())).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                queue.push_back(way.iter().chain([next]).cloned().collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(files: &[(&str, &str)], floors: &[&[&str]]) -> Vec<String> {
        let mut crate_of_files = Files::default();
        for (module, text) in files {
            crate_of_files.add(module, text);
        }
        super::faults(&crate_of_files, floors)
    }

    #[test]
    fn cycles_are_found_through_reexports_and_reported_once() {
        let root = ("", "mod a;\nmod b;\npub use b::{Two, inner::Three as Four};\n");
        let inner = ("b::inner", "pub struct Three;");
        let one = ("a", "use crate::{\n    Two,\n    Four,\n};\npub struct One(Two);");
        assert_eq!(faults(&[root, one, ("b", "pub struct Two;"), inner], &[]), [""; 0]);
        let two = ("b", "use super::a::{self, One};\npub struct Two(One);");
        assert_eq!(faults(&[root, one, two, inner], &[]), ["a -> b -> a is an import cycle"]);
    }

    #[test]
    fn a_reexport_alone_is_no_import() {
        let child = ("a::child", "use super::Parent;\npub struct Child(Parent);");
        let reexports = ("a", "mod child;\npub use child::Child;\n/// Is no Child.\npub struct Parent;");
        assert_eq!(faults(&[child, reexports], &[]), [""; 0]);
        let uses = ("a", "mod child;\npub use child::Child;\npub struct Parent(Box<Child>);");
        assert_eq!(faults(&[child, uses], &[]), ["a -> a::child -> a is an import cycle"]);
    }

    #[test]
    fn tests_may_import_anything() {
        let low = ("low", "pub struct Low;\n#[cfg(test)]\nmod tests {\n    use crate::high::High;\n}");
        let high = ("high", "use crate::low::Low;\npub struct High(Low);");
        assert_eq!(faults(&[low, high], &[&["low"], &["high"]]), [""; 0]);
    }

    #[test]
    fn upward_imports_are_found() {
        let floors: &[&[&str]] = &[&["low"], &["high"]];
        let high = ("high", "pub struct High;");
        let upward = ("low::room", "use crate::high::High;");
        assert_eq!(faults(&[upward, high], floors), ["low::room imports high from a floor above"]);
        let through = faults(&[("", "pub use low::Low;"), ("low", ""), ("high", "use crate::Low;")], floors);
        assert_eq!(through, ["high imports Low through the crate's root; import it from its own file"]);
        assert_eq!(faults(&[("attic", "")], floors), ["attic is on no floor; add it to FLOORS"]);
    }
}
