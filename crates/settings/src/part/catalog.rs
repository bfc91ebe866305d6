//! The parts of one kind, by name.

use super::{Declaration, ParamError, PartSetting};
use artifact_core::{Component, Params};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What all parts have in common.
pub trait Part: Send + Sync {
    /// The part's name and parameters; the same at every call.
    fn declaration(&self) -> Declaration;
}

/// The parts of one kind by name: `Catalog<dyn Feature>` holds features.
///
/// There is no global catalog: the caller of a phase passes its catalogs in.
pub struct Catalog<P: ?Sized> {
    kind: &'static str,
    parts: BTreeMap<&'static str, Arc<P>>,
    /// Earlier versions, by name and version.
    earlier: BTreeMap<(&'static str, u32), Arc<P>>,
}

/// A part with complete parameters, ready to be called, and its stored reference.
pub struct Chosen<P: ?Sized> {
    /// The part.
    pub part: Arc<P>,
    /// The stored reference, with only the parameters that differ from their defaults.
    pub component: Component,
    /// All parameters, defaults included.
    pub params: Params,
}

/// Why a part cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// No part of this name is registered.
    #[error("{name:?} is not a known {kind}; {}", choice_of(known))]
    Unknown {
        /// The kind of part, such as `feature`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The registered names.
        known: String,
    },
    /// The part does not accept these parameters.
    #[error(transparent)]
    Params(#[from] ParamError),
}

/// What can be chosen, given a list of names.
fn choice_of(known: &str) -> String {
    match known {
        "" => "none is registered".to_owned(),
        one if !one.contains(',') => format!("the only one is {one}"),
        several => format!("expected one of {several}"),
    }
}

impl PartError {
    /// The message for a place that names the parameter concerned already, such as an error that begins with its key.
    pub(crate) fn under_key(&self) -> String {
        match self {
            PartError::Params(error) => error.under_key(),
            unknown @ PartError::Unknown { .. } => unknown.to_string(),
        }
    }
}

impl<P: Part + ?Sized> Catalog<P> {
    /// An empty catalog; `kind`, such as `feature`, says in errors what it holds.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, parts: BTreeMap::new(), earlier: BTreeMap::new() }
    }

    /// Registers a part under the name that it declares, replacing any part of that name.
    pub fn add(&mut self, part: Arc<P>) -> &mut Self {
        self.parts.insert(part.declaration().name, part);
        self
    }

    /// Registers an earlier version of a part, replacing any of that name and version. Stored references find it;
    /// settings cannot choose it.
    pub fn add_earlier(&mut self, part: Arc<P>) -> &mut Self {
        let declaration = part.declaration();
        self.earlier.insert((declaration.name, declaration.version), part);
        self
    }

    /// The declarations, in alphabetical order of the names.
    pub fn declarations(&self) -> impl Iterator<Item = Declaration> {
        self.parts.values().map(|part| part.declaration())
    }

    /// The registered names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.parts.keys().copied()
    }

    /// The part of this name.
    ///
    /// # Errors
    ///
    /// [`PartError::Unknown`] with the registered names.
    pub fn get(&self, name: &str) -> Result<&Arc<P>, PartError> {
        self.parts.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            PartError::Unknown { kind: self.kind, name: name.to_owned(), known: names.join(", ") }
        })
    }

    /// Chooses the part that a configuration names.
    ///
    /// # Errors
    ///
    /// [`PartError`]: an unknown name, or parameters that the part does not accept.
    pub fn choose(&self, setting: &PartSetting) -> Result<Chosen<P>, PartError> {
        let part = self.get(&setting.name)?;
        Self::chosen(part, &setting.params)
    }

    /// Finds the part that a stored reference names, with the stored parameters.
    ///
    /// # Errors
    ///
    /// [`PartError`], also if only other versions of the part are registered.
    pub fn find(&self, component: &Component) -> Result<Chosen<P>, PartError> {
        if let Some(part) = self.earlier.get(&(component.name.as_str(), component.version)) {
            return Self::chosen(part, &component.params);
        }
        let part = self.get(&component.name)?;
        let known = part.declaration().version;
        // Exactly this version: another one gives different results for the same parameters.
        if component.version != known {
            let (part, found) = (component.name.clone(), component.version);
            return Err(ParamError::Version { part, found, known }.into());
        }
        Self::chosen(part, &component.params)
    }

    fn chosen(part: &Arc<P>, given: &Params) -> Result<Chosen<P>, PartError> {
        let declaration = part.declaration();
        declaration.check(given)?;
        Ok(Chosen {
            part: Arc::clone(part),
            component: declaration.reference(given),
            params: declaration.complete(given),
        })
    }
}

impl<P: Part + ?Sized> Chosen<P> {
    /// A part with its default parameters, for a part that requires none.
    pub fn with_defaults(part: Arc<P>) -> Self {
        let declaration = part.declaration();
        let given = Params::default();
        Self { component: declaration.reference(&given), params: declaration.complete(&given), part }
    }
}

impl<P: ?Sized> Clone for Catalog<P> {
    fn clone(&self) -> Self {
        Self { kind: self.kind, parts: self.parts.clone(), earlier: self.earlier.clone() }
    }
}

impl<P: ?Sized> fmt::Debug for Catalog<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.parts.keys()).finish()
    }
}

impl<P: ?Sized> Clone for Chosen<P> {
    fn clone(&self) -> Self {
        let Self { part, component, params } = self;
        Self { part: Arc::clone(part), component: component.clone(), params: params.clone() }
    }
}

impl<P: ?Sized> fmt::Debug for Chosen<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.component)
    }
}

/// Two choices are equal if their stored references are.
impl<P: ?Sized> PartialEq for Chosen<P> {
    fn eq(&self, other: &Self) -> bool {
        self.component == other.component
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::Parameter;

    trait Greeting: Part {
        fn greet(&self, params: &Params) -> String;
    }

    struct Hello;

    impl Part for Hello {
        fn declaration(&self) -> Declaration {
            Declaration::new("hello", "Says hello.")
                .parameter(Parameter::size("times", "How often.").default(1))
        }
    }

    impl Greeting for Hello {
        fn greet(&self, params: &Params) -> String {
            "hello".repeat(params.size("times").unwrap_or(0))
        }
    }

    fn catalog() -> Catalog<dyn Greeting> {
        let mut catalog: Catalog<dyn Greeting> = Catalog::new("greeting");
        catalog.add(Arc::new(Hello));
        catalog
    }

    #[test]
    fn a_part_is_called_with_complete_parameters() {
        let chosen = catalog().choose(&PartSetting::named("hello")).unwrap();
        assert_eq!(chosen.part.greet(&chosen.params), "hello");
        assert_eq!(chosen.component, Component::new("hello", 1));
        assert_eq!(chosen, Chosen::with_defaults(Arc::clone(&chosen.part)));
        let twice = catalog().find(&Component::new("hello", 1).with("times", 2)).unwrap();
        assert_eq!(twice.part.greet(&twice.params), "hellohello");
    }

    #[test]
    fn an_unknown_name_is_reported_with_the_known_ones() {
        let catalog = catalog();
        let error = catalog.choose(&PartSetting::named("hullo")).unwrap_err();
        assert_eq!(error.to_string(), "\"hullo\" is not a known greeting; the only one is hello");
        let error = catalog.find(&Component::new("hello", 2)).unwrap_err();
        assert_eq!(error.to_string(), "hello version 2 is not available; this program has version 1");
    }
}
