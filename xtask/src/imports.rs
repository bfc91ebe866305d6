//! What the files of a crate import from each other.
//!
//! A name is followed through re-exports to the file that defines it. Tests are ignored.

use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A file without comments and tests.
#[derive(Default)]
pub(crate) struct Source {
    /// Each import: the name it brings in, the path it refers to, and whether it is a re-export.
    pub(crate) imports: Vec<(String, String, bool)>,
    /// The code without imports and `mod` lines.
    code: String,
}

/// The files of a crate by their module path; the root's is empty.
#[derive(Default)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Source>);

impl Files {
    /// Reads the files in a directory, which belongs to `module`.
    pub(crate) fn read(&mut self, directory: &Path, module: &str) -> anyhow::Result<()> {
        let failed = || format!("failed to read {}", directory.display());
        for entry in fs::read_dir(directory).with_context(failed)? {
            let path = entry?.path();
            let inner = match &*path.file_stem().unwrap_or_default().to_string_lossy() {
                "tests" => continue,
                "mod" | "lib" => module.to_owned(),
                stem => join(module, stem),
            };
            if path.is_dir() {
                self.read(&path, &inner)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.add(&inner, &fs::read_to_string(&path).with_context(failed)?);
            }
        }
        Ok(())
    }

    /// Adds a file, given its text. Reads it line by line rather than with a parser, which suffices for formatted code.
    pub(crate) fn add(&mut self, module: &str, text: &str) {
        let mut source = Source::default();
        let mut lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
        while let Some(line) = lines.next() {
            let inner =
                line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches(|c| c != ' ').trim());
            // A test module stands at the end of a file, so nothing after it counts.
            if line == "#[cfg(test)]" || line.starts_with("#[cfg(all(test, ") {
                if lines.next().is_some_and(|next| next.contains("mod ") && next.ends_with('{')) {
                    break;
                }
            } else if let Some(first) = inner.strip_prefix("use ") {
                let mut tree = first.to_owned();
                while !tree.ends_with(';') {
                    tree += lines.next().unwrap_or(";");
                }
                expand("", tree.trim_end_matches(';'), inner != line, &mut source.imports);
            } else if !inner.starts_with("mod ") {
                source.code += line;
                source.code.push('\n');
            }
        }
        self.0.insert(module.to_owned(), source);
    }

    /// The file that defines what `path` names in `module`, if it belongs to this crate.
    fn definition(&self, module: &str, path: &str, depth: usize) -> Option<String> {
        let mut at = module.to_owned();
        let mut steps = path.split("::").peekable();
        match *steps.peek()? {
            "crate" => at.clear(),
            "self" | "super" => {}
            child => _ = self.0.get(&join(module, child))?,
        }
        while let Some(&step) = steps.peek() {
            match step {
                "crate" | "self" => {}
                "super" => at.truncate(at.rfind("::").unwrap_or(0)),
                _ if self.0.contains_key(&join(&at, step)) => at = join(&at, step),
                _ => break,
            }
            steps.next();
        }
        // The limit ends re-exports that refer to each other.
        let followed = steps.next().filter(|_| depth < 16).and_then(|name| {
            let (_, path, _) = self.0.get(&at)?.imports.iter().find(|(own, ..)| own == name)?;
            self.definition(&at, path, depth + 1)
        });
        followed.or_else(|| self.0.contains_key(&at).then_some(at))
    }

    /// The files that a file imports from. A re-export counts only if the file also uses the name itself.
    pub(crate) fn needs(&self, module: &str) -> BTreeSet<String> {
        let Source { imports, code } = &self.0[module];
        let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let used = imports.iter().filter(|(name, _, public)| !public || words.contains(name.as_str()));
        // Paths within the code, such as `super::name`, import as much as a `use` line does.
        let paths = code.split(|c: char| !c.is_alphanumeric() && !"_:$".contains(c));
        let paths = paths.filter(|path| path.starts_with("crate::") || path.starts_with("super::"));
        let needs = used.map(|(_, path, _)| path.as_str()).chain(paths);
        needs.filter_map(|path| self.definition(module, path, 0)).filter(|need| need != module).collect()
    }
}

/// Expands an import such as `a::{b, c as d}` into single ones, below the path `before`.
fn expand(before: &str, tree: &str, public: bool, imports: &mut Vec<(String, String, bool)>) {
    let Some((path, group)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = join(before, path.trim());
        let path = path.strip_suffix("::self").unwrap_or(&path);
        let name = if alias.is_empty() { path.rsplit("::").next().unwrap_or(path) } else { alias.trim() };
        imports.push((name.to_owned(), path.to_owned(), public));
        return;
    };
    let path = join(before, path.trim().trim_end_matches("::"));
    let (mut depth, mut start) = (0, 0);
    for (place, sign) in group.char_indices() {
        if (sign == ',' || sign == '}') && depth == 0 && !group[start..place].trim().is_empty() {
            expand(&path, &group[start..place], public, imports);
        }
        if sign == ',' && depth == 0 {
            start = place + 1;
        }
        depth += i32::from(sign == '{') - i32::from(sign == '}');
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}
