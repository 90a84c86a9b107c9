//! TLS in the program: the certificate is read from files and read again when they change, without a restart.

use crate::app::App;
use crate::config::TlsFiles;
use anyhow::{Context as _, bail, ensure};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How often it is seen whether the files have changed.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The files as they were read.
#[derive(PartialEq, Eq)]
struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate that browsers are shown.
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
    read: Mutex<Read>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    /// Reads the files.
    pub fn open(files: &TlsFiles) -> anyhow::Result<Self> {
        let read = read(files)?;
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(Arc::new(certified(files, &read)?)),
            read: Mutex::new(read),
        })
    }

    /// TLS 1.3 and 1.2 with the certificate of the moment; browsers may choose HTTP/2.
    pub fn server_config(self: &Arc<Self>) -> anyhow::Result<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .context("choosing versions of TLS")?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Reads the files again if they have changed; answers whether they had. What cannot be used, such as one of two files
    /// of which the other is still to come, leaves everything as it was.
    pub fn look(&self) -> anyhow::Result<bool> {
        let next = read(&self.files)?;
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == next {
            return Ok(false);
        }
        let certified = Arc::new(certified(&self.files, &next)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified;
        *known = next;
        Ok(true)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // It is replaced as a whole: a poisoned one is still whole.
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn read(files: &TlsFiles) -> anyhow::Result<Read> {
    let bytes = |path: &Path, variable: &str| {
        fs::read(path).with_context(|| {
            format!(
                "reading {}: let {variable} name a file that the server's user may read",
                path.display()
            )
        })
    };
    Ok(Read {
        certificate: bytes(&files.certificate, "TEAMFLOW_TLS_CERT")?,
        key: bytes(&files.key, "TEAMFLOW_TLS_KEY")?,
    })
}

fn certified(files: &TlsFiles, read: &Read) -> anyhow::Result<CertifiedKey> {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    let chain = CertificateDer::pem_slice_iter(&read.certificate)
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("{certificate} is no file of certificates in PEM"))?;
    ensure!(
        !chain.is_empty(),
        "there is no certificate in {certificate}: it has to be in PEM, the server's own first"
    );
    // The error may quote the file, so it is not told.
    let Ok(private) = PrivateKeyDer::from_pem_slice(&read.key) else {
        bail!("there is no private key in {key}: it has to be in PEM, without a password");
    };
    let signing = ring::sign::any_supported_type(&private)
        .with_context(|| format!("{key} is of a kind that TLS does not know"))?;
    let certified = CertifiedKey::new(chain, signing);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(certified)
        }
        Err(_) => bail!("the certificate in {certificate} is not for the key in {key}"),
    }
}

/// Reads changed files again until the server stops.
pub(super) fn run(app: &App) {
    if app.certificates.get().is_none() {
        return;
    }
    app.every(LOOK_EVERY, "looking for another certificate", |app| {
        Box::pin(async move {
            let Some(certificates) = app.certificates.get().cloned() else {
                return Ok(());
            };
            let looked = tokio::task::spawn_blocking(move || certificates.look()).await?;
            if looked? {
                tracing::info!("another certificate is in use");
            }
            Ok(())
        })
    });
}
