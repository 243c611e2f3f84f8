//! Clients that sign: REST over HTTP/1.1, gRPC over h2c with the exact bytes that are sent, and gRPC-Web in both
//! forms.

use {
    base64::{Engine as _, engine::general_purpose::STANDARD},
    bytes::{Buf as _, BufMut as _, Bytes},
    prost::Message,
    serde_json::Value,
    sigma_sync::crypto::{
        random_text,
        signature::{SigningKey, hash, v2::Covered},
    },
    std::time::SystemTime,
    tonic::{
        Request, Status,
        client::Grpc,
        codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
        metadata::MetadataKey,
        transport::Endpoint,
    },
};

/// A REST answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn detail(&self) -> String {
        self.json()["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("no detail: {}", self.text))
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A caller.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) tenant: String,
    pub(crate) key: String,
    /// True to sign in scheme v2.
    pub(crate) v2: bool,
    signing: SigningKey,
    http: reqwest::Client,
}

/// The headers of a signed request.
pub(crate) type Headers = Vec<(&'static str, String)>;

#[expect(clippy::disallowed_methods, reason = "a test's own client and clock")]
fn http() -> reqwest::Client {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}

#[expect(clippy::disallowed_methods, reason = "a client signs with its own clock")]
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

impl Client {
    pub(crate) fn new(url: &str, tenant: &str, key: &str, secret: &str) -> Self {
        let signing = SigningKey::new(secret);
        let (url, tenant, key) = (url.into(), tenant.into(), key.into());
        Self { url, tenant, key, v2: false, signing, http: http() }
    }

    pub(crate) fn seeded(url: &str) -> Self {
        Self::new(url, "default", "ext_key_default", "ext_secret_change_me_in_production")
    }

    /// The same caller with another secret.
    pub(crate) fn with_secret(&self, secret: &str) -> Self {
        Self::new(&self.url, &self.tenant, &self.key, secret)
    }

    /// The same caller, signing in scheme v2.
    pub(crate) fn in_v2(&self) -> Self {
        Self { v2: true, ..self.clone() }
    }

    /// Signs a request in scheme v2 over its content as it is sent.
    pub(crate) fn sign_v2(&self, method: &str, target: &str, content: &[u8]) -> Headers {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let covered = Covered {
            method,
            authority: self.url.strip_prefix("http://").expect("a plain address"),
            path,
            query,
            digest: b"",
            tenant: self.tenant.as_bytes(),
            idempotency_key: None,
        };
        let (created, nonce) = (now().to_string(), random_text(22).expect("random"));
        let parameters = (&*created, &*self.key, &*nonce);
        let signed = self.signing.sign_v2(covered, &hash(content), parameters);
        vec![
            ("X-Tenant-ID", self.tenant.clone()),
            ("Content-Digest", signed.digest),
            ("Signature-Input", signed.input),
            ("Signature", signed.signature),
        ]
    }

    /// Signs a gRPC call whose message is sent as this content.
    fn sign_call(&self, path: &str, message: &[u8], content: &[u8]) -> Headers {
        match self.v2 {
            true => self.sign_v2("POST", path, content),
            false => self.sign("POST", path, message),
        }
    }

    pub(crate) fn sign(&self, method: &str, path: &str, body: &[u8]) -> Headers {
        if self.v2 {
            return self.sign_v2(method, path, body);
        }
        self.sign_at(&now().to_string(), &random_text(22).expect("random"), method, path, body)
    }

    pub(crate) fn sign_at(
        &self,
        time: &str,
        nonce: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Headers {
        vec![
            ("X-Ext-Key", self.key.clone()),
            ("X-Tenant-ID", self.tenant.clone()),
            ("X-Ext-Timestamp", time.into()),
            ("X-Ext-Nonce", nonce.into()),
            ("X-Ext-Signature", self.signing.sign(time, nonce, method, path, body)),
        ]
    }

    /// Sends a request unchanged, and returns the answer with its body to be read.
    pub(crate) async fn begin(
        &self,
        method: &str,
        target: &str,
        headers: &Headers,
        body: impl Into<Vec<u8>>,
    ) -> reqwest::Response {
        let mut request = self
            .http
            .request(method.parse().expect("a verb"), format!("{}{target}", self.url))
            .body(body.into());
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        request.send().await.expect("an answer")
    }

    /// Sends a request unchanged to a server that may be gone, and returns the status of the answer.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &Headers,
        body: impl Into<Vec<u8>>,
    ) -> reqwest::Result<u16> {
        let mut request = self
            .http
            .request(method.parse().expect("a verb"), format!("{}{target}", self.url))
            .body(body.into());
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        Ok(request.send().await?.status().as_u16())
    }

    /// Sends a request unchanged.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &Headers,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let response = self.begin(method, target, headers, body).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a body") }
    }

    /// Signs and sends a request; the path with its query is signed.
    pub(crate) async fn signed(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        self.send(method, target, &self.sign(method, target, body), body).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.signed("GET", target, b"").await
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Answer {
        self.signed("PUT", target, body.to_string().as_bytes()).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.signed("POST", target, body.to_string().as_bytes()).await
    }

    /// Calls a method over gRPC, and returns the bytes of all its answers.
    pub(crate) async fn grpc_raw(
        &self,
        method: &str,
        message: Bytes,
        headers: &Headers,
    ) -> Result<Vec<Bytes>, Status> {
        let channel = Endpoint::from_shared(self.url.clone())
            .expect("a url")
            .connect()
            .await
            .expect("a connection");
        let mut request = Request::new(message);
        for (name, value) in headers {
            let name = MetadataKey::from_bytes(name.to_lowercase().as_bytes()).expect("a name");
            request.metadata_mut().insert(name, value.parse().expect("a value"));
        }
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.expect("a connection");
        let path = format!("/{method}").parse().expect("a path");
        let mut stream = grpc.server_streaming(request, path, RawCodec).await?.into_inner();
        let mut answers = Vec::new();
        while let Some(answer) = stream.message().await? {
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Calls a method over gRPC, signed.
    pub(crate) async fn grpc<T: Message + Default>(
        &self,
        method: &str,
        request: &impl Message,
    ) -> Result<T, Status> {
        Ok(self.grpc_all(method, request).await?.pop().unwrap_or_default())
    }

    /// Calls a streaming method over gRPC, signed, and returns all its messages.
    pub(crate) async fn grpc_all<T: Message + Default>(
        &self,
        method: &str,
        request: &impl Message,
    ) -> Result<Vec<T>, Status> {
        let message = request.encode_to_vec();
        let headers = self.sign_call(&format!("/{method}"), &message, &frame(&message));
        let answers = self.grpc_raw(method, message.into(), &headers).await?;
        Ok(answers.into_iter().map(|bytes| T::decode(bytes).expect("a message")).collect())
    }

    /// Calls a method over gRPC-Web, signed, and returns the message and the status of the trailers.
    pub(crate) async fn grpc_web(
        &self,
        method: &str,
        request: &impl Message,
        text: bool,
    ) -> (Vec<u8>, String) {
        let message = request.encode_to_vec();
        let body = web_body(&message, text);
        let headers = self.sign_call(&format!("/{method}"), &message, &body);
        self.grpc_web_with(method, request, text, headers).await
    }

    /// The same with these headers in place of a signature.
    pub(crate) async fn grpc_web_with(
        &self,
        method: &str,
        request: &impl Message,
        text: bool,
        mut headers: Headers,
    ) -> (Vec<u8>, String) {
        let body = web_body(&request.encode_to_vec(), text);
        let kind =
            if text { "application/grpc-web-text+proto" } else { "application/grpc-web+proto" };
        headers.push(("content-type", kind.into()));
        headers.push(("accept", kind.into()));
        headers.push(("x-grpc-web", "1".into()));
        let mut request = self.http.post(format!("{}/{method}", self.url)).body(body);
        for (name, value) in &headers {
            request = request.header(*name, value.as_str());
        }
        let response = request.send().await.expect("an answer");
        let status = response
            .headers()
            .get("grpc-status")
            .map(|status| status.to_str().expect("text").to_owned());
        let mut body = response.bytes().await.expect("a body").to_vec();
        if text {
            // Each chunk is padded on its own.
            let joined = String::from_utf8(body).expect("base64");
            body = joined
                .as_bytes()
                .chunks(4)
                .flat_map(|four| STANDARD.decode(four).expect("base64"))
                .collect();
        }
        let (mut message, mut trailers, mut rest) = (Vec::new(), String::new(), body.as_slice());
        while rest.len() >= 5 {
            let (flag, length) =
                (rest[0], u32::from_be_bytes([rest[1], rest[2], rest[3], rest[4]]) as usize);
            let part = &rest[5..5 + length];
            if flag & 0x80 == 0 {
                message.extend_from_slice(part);
            } else {
                trailers.push_str(std::str::from_utf8(part).expect("text"));
            }
            rest = &rest[5 + length..];
        }
        let in_trailers =
            trailers.lines().find_map(|line| line.strip_prefix("grpc-status:")).map(str::trim);
        (message, in_trailers.map(str::to_owned).or(status).expect("a status"))
    }
}

/// The body of a call over gRPC-Web.
fn web_body(message: &[u8], text: bool) -> Vec<u8> {
    let frame = frame(message);
    if text { STANDARD.encode(&frame).into_bytes() } else { frame }
}

/// The frame of a gRPC message.
fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.put_u32(u32::try_from(message.len()).expect("a length"));
    frame.extend(message);
    frame
}

#[derive(Debug, Clone, Copy, Default)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}
