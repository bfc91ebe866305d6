//! `artifact lineage`: what an artifact derives from, back to the frozen bars.

use crate::output;
use crate::resolve::{Found, resolve};
use crate::show::kind_of;
use artifact_core::{Digest, Object, ObjectStore, Workspace};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// An object in the graph: its kind, or what is wrong with it, and the parents and blobs that it needs.
struct Node {
    kind: String,
    needs: Vec<Digest>,
}

type Graph = BTreeMap<Digest, Node>;

pub(crate) fn run(workspace: &Workspace, typed: &str, dot: bool, as_json: bool) -> anyhow::Result<()> {
    let Found { id, bytes } = resolve(workspace, typed)?;
    let object = Object::read(id, bytes)?;
    let graph = ancestry(workspace, id, object);
    if as_json {
        return output::json(&as_document(&graph));
    }
    let text = if dot { as_dot(&graph)? } else { as_tree(&graph, id)? };
    output::text(&text)
}

fn ancestry(workspace: &Workspace, id: Digest, object: Object) -> Graph {
    let node = |object: Object| Node { kind: object.kind().to_owned(), needs: object.references() };
    let mut waiting = object.references();
    let mut graph = Graph::from([(id, node(object))]);
    while let Some(id) = waiting.pop() {
        if graph.contains_key(&id) {
            continue;
        }
        let bytes = workspace.store().get(&id);
        let read = bytes.and_then(|bytes| Object::read(id, bytes));
        let found = match read {
            Ok(object) => node(object),
            // The graph of a damaged workspace is still worth seeing, so a bad node is shown by what is wrong with it.
            Err(_) => Node { kind: kind_of(workspace, &id).to_uppercase(), needs: Vec::new() },
        };
        waiting.extend(&found.needs);
        graph.insert(id, found);
    }
    graph
}

fn as_tree(graph: &Graph, root: Digest) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let mut shown = BTreeSet::new();
    branch(graph, root, "", "", &mut shown, &mut text)?;
    Ok(text)
}

/// Writes `id` prefixed with `first`, and its parents prefixed with `rest`. A branch that was already shown is not
/// repeated: with shared ancestors, the tree would grow exponentially.
fn branch(
    graph: &Graph,
    id: Digest,
    first: &str,
    rest: &str,
    shown: &mut BTreeSet<Digest>,
    text: &mut String,
) -> std::fmt::Result {
    let Some(node) = graph.get(&id) else {
        return Ok(());
    };
    let again = !shown.insert(id) && !node.needs.is_empty();
    let above = if again { " (see above)" } else { "" };
    writeln!(text, "{first}{} {}{above}", node.kind, id.short())?;
    if again {
        return Ok(());
    }
    for (place, parent) in node.needs.iter().enumerate() {
        let (fork, line) =
            if place + 1 == node.needs.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(graph, *parent, &format!("{rest}{fork}"), &format!("{rest}{line}"), shown, text)?;
    }
    Ok(())
}

fn as_dot(graph: &Graph) -> Result<String, std::fmt::Error> {
    let mut text = "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (id, node) in graph {
        writeln!(text, "  \"{id}\" [label=\"{}\\n{}\"];", node.kind, id.short())?;
    }
    for (id, node) in graph {
        for parent in node.needs.iter().collect::<BTreeSet<_>>() {
            writeln!(text, "  \"{parent}\" -> \"{id}\";")?;
        }
    }
    text.push_str("}\n");
    Ok(text)
}

fn as_document(graph: &Graph) -> Value {
    let nodes = graph.iter().map(|(id, node)| json!({"id": id, "kind": node.kind, "needs": node.needs}));
    Value::Array(nodes.collect())
}
