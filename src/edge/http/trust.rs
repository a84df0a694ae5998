//! Whom we trust: a CA bundle of our own, because an empty image has none.

use crate::domain::model::problem::Problem;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// A TLS configuration that trusts the certificates of `ca` (PEM), or the bundle.
///
/// # Errors
/// `ca` holds no usable certificate.
pub fn configure(ca: Option<&[u8]>) -> Result<ClientConfig, Problem> {
    let roots = match ca {
        Some(pem) => given(pem)?,
        None => bundled(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions");
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn bundled() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    roots
}

fn given(pem: &[u8]) -> Result<RootCertStore, Problem> {
    let refuse = |message: &str| {
        Problem::new("ca", "", message, "give it as PEM: `-----BEGIN CERTIFICATE-----` and so on")
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| refuse("is not PEM"))?;
        roots.add(certificate).map_err(|_| refuse("holds a certificate that cannot be read"))?;
    }
    if roots.is_empty() { Err(refuse("holds no certificate")) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_there_and_a_given_ca_must_be_readable() {
        assert!(bundled().len() > 50);
        assert!(configure(None).is_ok());
        for bad in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let problem = configure(Some(bad.as_bytes())).unwrap_err();
            assert!(problem.to_string().contains("PEM"), "{problem}");
        }
    }
}
