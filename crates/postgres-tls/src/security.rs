//! What a URL says about encryption, and the connector that follows from it.

use crate::error::{ConnectError, InvalidUrl};
use crate::mode::Mode;
use crate::parameters::Parameters;
use crate::verifier::AnyName;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a URL says about encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Security {
    pub(crate) mode: Mode,
    authorities: Authorities,
    identity: Option<Identity>,
}

/// Who may certify a server.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Authorities {
    /// Anybody.
    Any,
    /// Those that Mozilla trusts.
    Public,
    /// Those in a file.
    File(PathBuf),
}

/// The client's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    certificate: PathBuf,
    key: PathBuf,
}

impl Security {
    pub(crate) fn of(parameters: Parameters) -> Result<Self, InvalidUrl> {
        let Parameters { mode, root, certificate, key } = parameters;
        let mode = match mode {
            Some(found) => Some(Mode::named(&found).ok_or(InvalidUrl::Mode { found })?),
            None => None,
        };
        let (mode, authorities) = match root.as_deref() {
            Some("system") => match mode.unwrap_or(Mode::VerifyFull) {
                // Whoever wants no encryption gets none, whatever else is said.
                Mode::Disable => (Mode::Disable, Authorities::Any),
                Mode::VerifyFull => (Mode::VerifyFull, Authorities::Public),
                mode => return Err(InvalidUrl::WeakForPublic { mode }),
            },
            Some(file) => (mode.unwrap_or_default(), Authorities::File(file.into())),
            None => match mode.unwrap_or_default() {
                Mode::VerifyCa => return Err(InvalidUrl::NoRoot),
                Mode::VerifyFull => (Mode::VerifyFull, Authorities::Public),
                mode => (mode, Authorities::Any),
            },
        };
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: certificate.into(), key: key.into() })
            }
            (None, None) => None,
            _ => return Err(InvalidUrl::HalfIdentity),
        };
        Ok(Self { mode, authorities, identity })
    }

    /// The connector. It reads the files.
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect, ConnectError> {
        let provider = ring::default_provider();
        let authorities = self.authorities()?;
        let config = ClientConfig::builder_with_provider(Arc::new(provider.clone()))
            .with_safe_default_protocol_versions()
            .map_err(|error| ConnectError::Server { reason: error.to_string(), remedy: None })?;
        let config = match (self.mode, authorities) {
            (Mode::VerifyFull, Some(authorities)) => config.with_root_certificates(authorities),
            (_, authorities) => {
                config.dangerous().with_custom_certificate_verifier(any_name(&provider, authorities))
            }
        };
        let mut config = match &self.identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let certificates = certificates("sslcert", &identity.certificate)?;
                let refuse = |reason| file("sslkey", &identity.key, reason);
                let key = PrivateKeyDer::from_pem_file(&identity.key)
                    .map_err(|error| refuse(in_words(&error, "an unencrypted key in PEM form")))?;
                config.with_client_auth_cert(certificates, key).map_err(|error| refuse(error.to_string()))?
            }
        };
        // Servers from version 17 on insist on it where the handshake comes first (sslnegotiation=direct).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    fn authorities(&self) -> Result<Option<RootCertStore>, ConnectError> {
        let path = match &self.authorities {
            Authorities::Any => return Ok(None),
            Authorities::Public => {
                return Ok(Some(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }));
            }
            Authorities::File(path) => path,
        };
        let mut store = RootCertStore::empty();
        for certificate in certificates("sslrootcert", path)? {
            store.add(certificate).map_err(|error| file("sslrootcert", path, error.to_string()))?;
        }
        Ok(Some(store))
    }
}

fn any_name(provider: &CryptoProvider, authorities: Option<RootCertStore>) -> Arc<AnyName> {
    Arc::new(AnyName { authorities, algorithms: provider.signature_verification_algorithms })
}

/// The certificates of a file; there must be one.
fn certificates(parameter: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let expected = "certificates in PEM form";
    let refuse = |error: pem::Error| file(parameter, path, in_words(&error, expected));
    let found: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(refuse)?.collect::<Result<_, _>>().map_err(refuse)?;
    match found.is_empty() {
        true => Err(refuse(pem::Error::NoItemsFound)),
        false => Ok(found),
    }
}

fn file(parameter: &'static str, path: &Path, reason: String) -> ConnectError {
    ConnectError::File { parameter, path: path.to_owned(), reason }
}

fn in_words(error: &pem::Error, expected: &str) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => format!("none found, expected {expected}"),
        other => format!("{other}, expected {expected}"),
    }
}
