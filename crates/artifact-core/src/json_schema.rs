//! JSON Schemas (draft 2020-12) of every written document, generated from the types.
//!
//! A schema lists the fields and their forms. What a field means, and how fields depend on each other, is defined in
//! `docs/artifact-format.md` and checked by [`Payload::validate`] and [`verify`](crate::verify).

use crate::envelope::{Payload, Version};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::ledger::Entry;
use crate::moment::Moment;
use crate::object::envelope_schemas;
use crate::schema::{AnyStudy, AnyTrial};
use crate::tags::Tag;
use crate::trial_log::TrialEntry;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The schema of every kind (by its name), of a line of the test ledger (`ledger_entry`) and of the trial log
/// (`trial_log_entry`), and of a tag.
pub fn documents() -> Vec<(&'static str, Value)> {
    let kinds = envelope_schemas(&settings()).into_iter().map(|(kind, version, mut schema)| {
        fix(&mut schema, kind, version);
        limit_minor(&mut schema, minor_of(kind));
        (kind, schema)
    });
    let mut documents: Vec<_> = kinds.collect();
    documents.push(("ledger_entry", checked::<Entry>()));
    documents.push(("trial_log_entry", checked::<TrialEntry>()));
    let mut tag = checked::<Tag>();
    fix(&mut tag, "tag", Tag::VERSION);
    documents.push(("tag", tag));
    documents.into_iter().map(titled).collect()
}

/// Every version of each document, oldest first, by the document's name; [`documents`] has the schema of the last one.
pub fn versions() -> Vec<(&'static str, &'static [Version])> {
    let mut versions = crate::object::KIND_VERSIONS.to_vec();
    versions.push(("ledger_entry", LINES));
    versions.push(("trial_log_entry", LINES));
    versions.push(("tag", Tag::VERSIONS));
    versions
}

/// The versions of the ledgers' lines. Lines state no version; a line of a different shape would have to.
const LINES: &[Version] =
    &[Version { major: 2, minor: 0, change: "The first version with chained ledgers." }];

/// The schema of a document that states its kind and version, as a `T` writes it.
pub fn document<T: JsonSchema>(kind: &'static str, version: u64) -> (&'static str, Value) {
    let mut schema = of::<T>();
    fix(&mut schema, kind, version);
    titled((kind, schema))
}

fn titled((name, mut schema): (&'static str, Schema)) -> (&'static str, Value) {
    schema.insert("title".to_owned(), name.into());
    let mut schema = schema.to_value();
    close(&mut schema);
    (name, schema)
}

/// The latest minor version of a kind.
fn minor_of(kind: &str) -> u64 {
    let versions = crate::object::KIND_VERSIONS.iter().find(|(name, _)| *name == kind);
    versions.and_then(|(_, versions)| versions.last()).map_or(0, |version| version.minor)
}

/// Minor version 0 is never written; the others are, up to the latest.
fn limit_minor(schema: &mut Schema, latest: u64) {
    if let Some(properties) = schema.pointer_mut("/properties").and_then(Value::as_object_mut) {
        if latest == 0 {
            properties.remove("schema_minor");
        } else {
            properties["schema_minor"]["minimum"] = json!(1);
            properties["schema_minor"]["maximum"] = json!(latest);
        }
    }
}

/// Kind and version are fixed values.
fn fix(schema: &mut Schema, kind: &str, version: u64) {
    for (field, value) in [("kind", json!(kind)), ("schema_version", json!(version))] {
        if let Some(property) = schema.pointer_mut(&format!("/properties/{field}")) {
            property["const"] = value;
        }
    }
}

/// Allows no fields but this version's, although a reader ignores those of a later minor version.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            for (keyword, value) in members {
                match (keyword.as_str(), value) {
                    // The keys are names of fields and types, not keywords.
                    ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(close),
                    ("const" | "enum" | "default", _) => {}
                    (_, value) => close(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The schema of an object that also holds the digest of the rest.
fn checked<T: JsonSchema>() -> Schema {
    let mut schema = of::<T>();
    if let Some(properties) = schema.pointer_mut("/properties").and_then(Value::as_object_mut) {
        let description = "The SHA-256 of the canonical JSON of all other members.";
        properties.insert(
            "digest".to_owned(),
            json!({"description": description, "type": "string", "pattern": "^[0-9a-f]{64}$"}),
        );
    }
    if let Some(required) = schema.pointer_mut("/required").and_then(Value::as_array_mut) {
        required.push("digest".into());
    }
    schema
}

fn of<T: JsonSchema>() -> Schema {
    settings().into_generator().into_root_schema_for::<T>()
}

fn settings() -> SchemaSettings {
    // Every field is written: an absent value is null.
    SchemaSettings::draft2020_12().for_serialize()
}

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A SHA-256 digest.",
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

/// The kinds of the objects that an id may name.
trait Named {
    const NAME: &'static str;
    const KINDS: &'static str;
}

impl<P: Payload> Named for P {
    const NAME: &'static str = P::KIND;
    const KINDS: &'static str = P::KIND;
}

impl Named for AnyTrial {
    const NAME: &'static str = "any_trial";
    const KINDS: &'static str = "trial or an imported_trial";
}

impl Named for AnyStudy {
    const NAME: &'static str = "any_study";
    const KINDS: &'static str = "study or an imported_study";
}

impl<K: Named> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_id", K::NAME).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("The id of a {}: the SHA-256 of its canonical envelope.", K::KINDS),
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A date, or a date with a time of day other than midnight.",
            "type": "string",
            "pattern": "^[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?$",
        })
    }
}

impl JsonSchema for IndexSet {
    fn schema_name() -> Cow<'static, str> {
        "IndexSet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Sorted indices as half-open ranges [start, end): non-empty, ascending, not touching.",
            "type": "array",
            "items": {
                "type": "array",
                "items": { "type": "integer", "minimum": 0 },
                "minItems": 2,
                "maxItems": 2,
            },
        })
    }
}
