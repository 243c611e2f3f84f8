//! The server that the client commands call: the supported addresses, TLS with the certificates of the system or of a
//! given CA, and the reason if no connection can be made. Nothing is sent before the address is understood.

use {
    super::{Failed, exit},
    rustls::{
        CertificateError, Error as TlsError,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
    std::{
        error::Error as StdError,
        io,
        path::{Path, PathBuf},
        time::Duration,
    },
    tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
    url::Url,
};

/// How long it may take to connect, TLS included.
const CONNECTING: Duration = Duration::from_secs(20);

/// Where calls go.
#[derive(Debug, Clone)]
pub(super) struct Server {
    url: Url,
    ca: Option<PathBuf>,
}

impl Server {
    /// Reads an address; with `https`, `ca` is a file with the only certificates that are trusted in place of the
    /// system's.
    ///
    /// # Errors
    /// An address that is not supported.
    pub(super) fn new(address: &str, ca: Option<PathBuf>) -> Result<Self, Failed> {
        let wrong = |what: &str| Failed::new(exit::FAILED, format!("the server address {what}"));
        let begin = "must begin with https:// or http://, such as https://sigma.example:8443";
        if !address.contains("://") {
            return Err(wrong(begin));
        }
        let url = Url::parse(address.trim())
            .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(&format!("{begin}; {}:// cannot be spoken", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or password: calls are signed with the key"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not have a query or fragment"));
        }
        Ok(Self { url, ca })
    }

    /// Returns the address without a slash at its end.
    pub(super) fn address(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Returns the path that a proxy puts before the paths of the service, such as `/sigma`; mostly empty. It is not
    /// signed, because the proxy takes it off.
    pub(super) fn prefix(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Returns host and port.
    pub(super) fn authority(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Returns host and port as clients send them: without the port that the scheme of the address implies.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Returns whether calls are encrypted.
    pub(super) fn is_private(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns the file of the CA to trust, if it applies.
    pub(super) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref().filter(|_| self.is_private())
    }

    /// Connects; with `https` never without TLS, and only to a server that proves its name.
    ///
    /// # Errors
    /// Why there is no connection, with exit code 7.
    pub(super) async fn connect(&self) -> Result<Channel, Failed> {
        let mut endpoint = Endpoint::from_shared(self.url.to_string())
            .map_err(|error| self.unreachable(&chain(&error)))?;
        if self.is_private() {
            let _second_call = rustls::crypto::ring::default_provider().install_default();
            endpoint = endpoint.tls_config(self.trust()?).map_err(|error| {
                self.unreachable(&format!("TLS cannot be set up: {}", chain(&error)))
            })?;
        }
        match tokio::time::timeout(CONNECTING, endpoint.connect()).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => Err(self.unreachable(&self.explain(&error))),
            Err(_) => Err(self.unreachable("it does not answer")),
        }
    }

    fn unreachable(&self, why: &str) -> Failed {
        Failed::new(exit::UNAVAILABLE, format!("cannot connect to {}: {why}", self.address()))
    }

    fn trust(&self) -> Result<ClientTlsConfig, Failed> {
        let trust = ClientTlsConfig::new();
        let Some(path) = self.ca() else { return Ok(trust.with_native_roots()) };
        let wrong = |what: String| {
            Failed::new(exit::FAILED, format!("the CA file {} {what}", path.display()))
        };
        let pem = crate::boot::read_short(path)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        match found {
            Ok(found) if !found.is_empty() => Ok(trust.ca_certificate(Certificate::from_pem(pem))),
            _ => Err(wrong("holds no certificate in PEM form".into())),
        }
    }

    fn explain(&self, error: &tonic::transport::Error) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match reason(error) {
            Some(TlsError::InvalidCertificate(why)) => match why {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
                    "the certificate was not issued by a trusted authority; name its CA with --ca-file or SIGMA_CA_FILE \
                     ({why})"
                ),
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    format!("the certificate is not for {host}: {why}")
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    format!("the certificate has expired: {why}")
                }
                other => format!("the certificate is not valid: {other}"),
            },
            Some(TlsError::InvalidMessage(_)) => {
                "the server does not speak TLS; where that is meant, the address begins with http://".into()
            }
            Some(other) => format!("TLS: {other}"),
            None => chain(error),
        }
    }
}

/// Finds the TLS error among the causes of an error.
fn reason<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a TlsError> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<TlsError>() {
            return Some(found);
        }
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        // The error inside an I/O error is not among its causes.
        next = inner.map_or_else(|| cause.source(), |inner| Some(inner));
    }
    None
}

/// Writes an error with its causes, each once.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_with_and_without_tls_is_spoken() {
        for good in ["http://127.0.0.1:8001", "HTTPS://sigma.example/", "https://[::1]:8443"] {
            assert!(Server::new(good, None).is_ok(), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1:8001",
            "localhost:8001",
            "sigma.example",
            "ftp://sigma.example",
            "h2c://sigma.example",
            "grpc://sigma.example",
            "httpss://sigma.example",
            "://sigma.example",
            "https://",
            "https://user@sigma.example",
            "https://:S3CRET@sigma.example",
            "unix:///run/sigma.sock",
            "https://sigma.example?a=b",
            "https://sigma.example/prefix#there",
        ] {
            let refused = Server::new(bad, None).expect_err(bad);
            assert!(!refused.message.contains("S3CRET") && refused.code == exit::FAILED, "{bad}");
        }
    }

    #[test]
    fn an_address_is_shown_as_tools_want_it() {
        let server = |address| Server::new(address, Some("ca.pem".into())).expect("a server");
        let private = server("https://Sigma.example/");
        assert_eq!(private.address(), "https://sigma.example");
        assert_eq!(
            (private.authority(), private.ca().is_some()),
            ("sigma.example:443".into(), true)
        );
        assert_eq!(private.prefix(), "");
        let behind = server("https://sigma.example/prefix/of/two/");
        assert_eq!(
            (behind.prefix(), behind.address()),
            ("/prefix/of/two", "https://sigma.example/prefix/of/two")
        );
        let open = server("http://[::1]:8001");
        assert_eq!((open.authority(), open.ca()), ("[::1]:8001".into(), None));
    }
}
