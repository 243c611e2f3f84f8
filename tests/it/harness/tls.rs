//! A proxy that speaks TLS in front of a server, with certificates of the test's own CA, and records what came over
//! the wire.

use {
    rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa,
        KeyPair, KeyUsagePurpose, date_time_ymd,
    },
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
    std::{
        io,
        pin::Pin,
        sync::{Arc, Mutex},
        task::{Context, Poll, ready},
    },
    tokio::{
        io::{AsyncRead, AsyncWrite, ReadBuf},
        net::{TcpListener, TcpStream},
        task::JoinHandle,
    },
    tokio_rustls::TlsAcceptor,
};

/// A certificate authority.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub(crate) struct Identity {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    /// Returns the CA's certificate in the form of a file.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Signs a certificate for these names; with `has_expired` it expired years ago.
    pub(crate) fn sign(&self, names: &[&str], has_expired: bool) -> Identity {
        let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(all).expect("names");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        if has_expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.0).expect("a certificate");
        Identity { chain: signed.der().to_vec(), key: key.serialize_der() }
    }
}

/// The proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    wire: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens in front of the server at `url`, and offers HTTP/2 if `http2` is set.
    pub(crate) async fn start(url: &str, identity: Identity, http2: bool) -> Self {
        let _second_call = rustls::crypto::ring::default_provider().install_default();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key));
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![identity.chain.into()], key)
            .expect("a certificate");
        config.alpn_protocols =
            if http2 { vec![b"h2".to_vec(), b"http/1.1".to_vec()] } else { Vec::new() };
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (behind, wire) =
            (url.trim_start_matches("http://").to_owned(), Arc::<Mutex<Vec<u8>>>::default());
        let kept = Arc::clone(&wire);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind, wire) = (acceptor.clone(), behind.clone(), kept.clone());
                tokio::spawn(async move {
                    let Ok(mut inside) = acceptor.accept(Kept { stream, wire }).await else {
                        return;
                    };
                    let mut server = TcpStream::connect(behind).await.expect("the server");
                    let _cut = tokio::io::copy_bidirectional(&mut inside, &mut server).await;
                });
            }
        });
        Self { port, wire, task }
    }

    /// Returns what clients sent, as it was on the wire.
    pub(crate) fn wire(&self) -> Vec<u8> {
        self.wire.lock().expect("a lock").clone()
    }

    /// Returns whether a text was on the wire.
    pub(crate) fn saw(&self, text: &str) -> bool {
        self.wire().windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection whose incoming bytes are recorded.
struct Kept {
    stream: TcpStream,
    wire: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Kept {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.wire.lock().expect("a lock").extend_from_slice(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Kept {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
