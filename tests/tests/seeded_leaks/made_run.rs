//! A real run, loaded into memory to be broken.
//!
//! A broken run must look like one that a faulty but honest pipeline wrote: every object is canonical, is stored under
//! its digest, and is referred to by that digest everywhere, even in copies and in the ledger. So a mutation changes
//! contents under the objects' old names, and [`MadeRun::written`] then renames all objects, parents first.

use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::{
    BestConfiguration, CrossValidation, LeakCertificate, LeakageKind, ModelBundle, Seal, Study, Trial,
};
use artifact_core::{
    Digest, Id, MemoryStore, Object, ObjectStore, Payload, Phase, RunRecord, canonical_json,
};
use data_loader::{DataParts, Panel};
use leak_audit::Audit;
use serde_json::Value;
use std::collections::BTreeMap;
use tests::Sandbox;

/// A run in memory.
#[derive(Clone)]
pub(crate) struct MadeRun {
    /// Envelopes by their original names.
    documents: BTreeMap<Digest, Value>,
    blobs: BTreeMap<Digest, Vec<u8>>,
    pub(crate) record: RunRecord,
    /// The ledger's entries; their links are recomputed.
    pub(crate) ledger: Vec<Entry>,
    /// The ledger's original text.
    pub(crate) original_ledger: String,
    /// A final change to the ledger's text.
    pub(crate) ledger_text: fn(String) -> String,
    /// All bars.
    pub(crate) panel: Panel,
    /// The parts that the audit is given.
    pub(crate) parts: DataParts,
    /// Whether the copies in the best configuration are brought up to date with the objects.
    pub(crate) fresh_copies: bool,
    /// Whether the ledger's digest of the test figures is brought up to date with the figures.
    pub(crate) fresh_figures: bool,
}

/// A run as its files would hold it.
pub(crate) struct Written {
    pub(crate) store: MemoryStore,
    pub(crate) record: RunRecord,
    pub(crate) ledger: String,
    pub(crate) names: BTreeMap<Digest, Digest>,
    parts: DataParts,
}

impl MadeRun {
    /// Loads the only run of a workspace into memory.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let (workspace, record) = (sandbox.workspace(), sandbox.record());
        let store = workspace.store();
        let (mut documents, mut blobs) = (BTreeMap::new(), BTreeMap::new());
        for id in store.list().unwrap() {
            let bytes = store.get(&id).unwrap();
            match Object::read(id, bytes.clone()).unwrap() {
                Object::Blob(bytes) => drop(blobs.insert(id, bytes)),
                Object::Artifact(_) => drop(documents.insert(id, serde_json::from_slice(&bytes).unwrap())),
            }
        }
        let seal = Id::<Seal>::new(record.output(Phase::Data, "seal").unwrap());
        let seal = artifact_core::load(&store, seal).unwrap();
        Self {
            documents,
            blobs,
            record,
            ledger: workspace.ledger().entries().unwrap(),
            original_ledger: String::from_utf8(workspace.ledger().bytes().unwrap()).unwrap(),
            ledger_text: |text| text,
            panel: data_loader::load_panel(&store, seal.snapshot).unwrap(),
            parts: DataParts::builtin(),
            fresh_copies: true,
            fresh_figures: true,
        }
    }

    /// Changes a payload under its old name.
    pub(crate) fn edit<P: Payload>(&mut self, id: Id<P>, change: impl FnOnce(&mut P)) {
        let mut payload = self.get(id);
        change(&mut payload);
        let document = self.documents.get_mut(&id.digest()).unwrap();
        document["parents"] = serde_json::to_value(payload.parents()).unwrap();
        document["payload"] = serde_json::to_value(&payload).unwrap();
    }

    /// A payload.
    pub(crate) fn get<P: Payload>(&self, id: Id<P>) -> P {
        let document = &self.documents[&id.digest()];
        assert_eq!(document["kind"], P::KIND);
        serde_json::from_value(document["payload"].clone()).unwrap()
    }

    /// Every object of a kind.
    pub(crate) fn all<P: Payload>(&self) -> Vec<Id<P>> {
        let of_kind = self.documents.iter().filter(|(_, document)| document["kind"] == P::KIND);
        of_kind.map(|(&id, _)| Id::new(id)).collect()
    }

    /// Adds a changed copy of an object under a new name.
    pub(crate) fn changed_copy<P: Payload>(&mut self, id: Id<P>, change: impl FnOnce(&mut P)) -> Id<P> {
        let copy = Digest::of(format!("copy of {id}").as_bytes());
        self.documents.insert(copy, self.documents[&id.digest()].clone());
        self.edit(Id::new(copy), change);
        Id::new(copy)
    }

    /// The document of an object, for changes that its type would not allow.
    pub(crate) fn document(&mut self, id: Digest) -> &mut Value {
        self.documents.get_mut(&id).unwrap()
    }

    /// The bytes of a blob, to change.
    pub(crate) fn blob(&mut self, id: Digest) -> &mut Vec<u8> {
        self.blobs.get_mut(&id).unwrap()
    }

    /// Removes an artifact.
    pub(crate) fn lose(&mut self, id: Digest) {
        assert!(self.documents.remove(&id).is_some());
    }

    /// Replaces the bars of a frozen panel.
    pub(crate) fn refreeze(&mut self, id: artifact_core::schema::SnapshotId, panel: &Panel) {
        let store = MemoryStore::default();
        let made = data_loader::freeze_panel(&store, panel, artifact_core::producer!()).unwrap();
        let payload = artifact_core::load(&store, made).unwrap();
        for chunk in &payload.chunks {
            self.blobs.insert(chunk.blob, store.get(&chunk.blob).unwrap());
        }
        self.edit(id, |snapshot| *snapshot = payload);
    }

    /// Adds all objects of another run.
    pub(crate) fn add_objects_of(&mut self, other: &MadeRun) {
        self.documents.extend(other.documents.clone());
        self.blobs.extend(other.blobs.clone());
    }

    fn output<P>(&self, phase: Phase, name: &str) -> Id<P> {
        Id::new(self.record.output(phase, name).unwrap())
    }

    pub(crate) fn seal(&self) -> Id<Seal> {
        self.output(Phase::Data, "seal")
    }

    pub(crate) fn study(&self) -> Id<Study> {
        self.output(Phase::Tuning, "study")
    }

    pub(crate) fn trial(&self, number: usize) -> Id<Trial> {
        self.get(self.study()).trials[number]
    }

    pub(crate) fn best(&self) -> Id<BestConfiguration> {
        self.output(Phase::CrossValidation, "best_configuration")
    }

    /// The chosen configuration's cross-validation.
    pub(crate) fn cv(&self) -> Id<CrossValidation> {
        self.get(self.best()).cross_validation
    }

    pub(crate) fn bundle(&self) -> Id<ModelBundle> {
        self.output(Phase::Final, "model_bundle")
    }

    /// Writes everything under the digests of the present contents.
    pub(crate) fn written(&self) -> Written {
        let mut writer = Writer { run: self, store: MemoryStore::default(), names: BTreeMap::new() };
        let ids: Vec<Digest> = self.documents.keys().chain(self.blobs.keys()).copied().collect();
        for id in ids {
            writer.name(id);
        }
        let mut record = self.record.clone();
        for done in record.phases.values_mut() {
            done.outputs.values_mut().for_each(|id| *id = writer.names[id]);
        }
        let ledger = (self.ledger_text)(writer.ledger());
        let Writer { store, names, .. } = writer;
        Written { store, record, ledger, names, parts: self.parts.clone() }
    }
}

impl Written {
    /// Audits the run.
    pub(crate) fn audit(&self) -> LeakCertificate {
        self.audit_with(&BTreeMap::new())
    }

    /// Audits the run with a user's attestations.
    pub(crate) fn audit_with(&self, attestations: &BTreeMap<LeakageKind, String>) -> LeakCertificate {
        let audit = Audit {
            store: &self.store,
            record: &self.record,
            ledger: self.ledger.as_bytes(),
            attestations,
            parts: &self.parts,
            metrics: &metrics::builtin(),
        };
        audit.run().unwrap()
    }
}

/// Renames objects after their contents, referenced objects first: a digest covers the names of the parents.
struct Writer<'a> {
    run: &'a MadeRun,
    store: MemoryStore,
    names: BTreeMap<Digest, Digest>,
}

impl Writer<'_> {
    fn name(&mut self, id: Digest) -> Digest {
        if let Some(&name) = self.names.get(&id) {
            return name;
        }
        let bytes = match self.run.blobs.get(&id) {
            Some(bytes) => bytes.clone(),
            None => {
                let mut document = self.run.documents[&id].clone();
                if document["kind"] == BestConfiguration::KIND && self.run.fresh_copies {
                    self.refresh(&mut document["payload"]);
                }
                self.rename(&mut document);
                canonical_json(&document).unwrap()
            }
        };
        let name = self.store.put(&bytes).unwrap();
        self.names.insert(id, name);
        name
    }

    /// Copies split, preprocessing and cross-validation from their objects.
    fn refresh(&self, best: &mut Value) {
        let payload = |id: &Value| -> Value {
            let id: Digest = serde_json::from_value(id.clone()).unwrap();
            self.run.documents[&id]["payload"].clone()
        };
        best["cv_results"] = payload(&best["cross_validation"]);
        best["split"] = payload(&best["cv_results"]["split"]);
        best["preprocessing"] = payload(&best["cv_results"]["preprocessing"]);
    }

    fn rename(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Ok(id) = text.parse::<Digest>()
                    && (self.run.documents.contains_key(&id) || self.run.blobs.contains_key(&id))
                {
                    *text = self.name(id).to_string();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.rename(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.rename(value)),
            _ => {}
        }
    }

    /// The ledger's lines with the current names, chained again.
    fn ledger(&mut self) -> String {
        // The ledger's figures are those that the run's own bundle has now.
        let bundle = self.run.record.output(Phase::Final, "model_bundle");
        let test = bundle.map(|id| &self.run.documents[&id]["payload"]["test"]);
        let figures = test.map(|test| Digest::of(&canonical_json(test).unwrap()));
        let mut text = String::new();
        let mut previous = Digest::of(b"");
        let mut links = BTreeMap::new();
        for (place, entry) in self.run.ledger.iter().enumerate() {
            let mut value = serde_json::to_value(entry).unwrap();
            self.rename(&mut value);
            let mut new: Entry = serde_json::from_value(value).unwrap();
            if let Event::Scored { unsealed, metrics, .. } = &mut new.event {
                *unsealed = links.get(unsealed).copied().unwrap_or(*unsealed);
                *metrics = figures.filter(|_| self.run.fresh_figures).unwrap_or(*metrics);
            }
            (new.index, new.previous) = (place as u64 + 1, previous);
            previous = new.digest().unwrap();
            let mut line = serde_json::to_value(&new).unwrap();
            line["digest"] = serde_json::to_value(previous).unwrap();
            let line = canonical_json(&line).unwrap();
            links.insert(entry.digest().unwrap(), previous);
            text.push_str(&String::from_utf8(line).unwrap());
            text.push('\n');
        }
        text
    }
}
