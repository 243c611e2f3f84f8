//! One request in the three forms that the service takes: the path, the verb and the body are read from the descriptor.

use {
    crate::harness::client::{Client, Headers, now},
    prost::Message as _,
    prost_reflect::{DynamicMessage, ExtensionDescriptor, MethodDescriptor, SerializeOptions},
    serde_json::{Map, Value},
    sigma_sync::crypto::random_text,
    std::{collections::HashMap, time::Duration},
    tonic::Code,
};

/// The ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Grpc,
    GrpcWeb,
    Rest,
}

pub(super) const WIRES: [Wire; 3] = [Wire::Grpc, Wire::GrpcWeb, Wire::Rest];

/// What a request proves its caller with.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    None,
    Signed,
    /// With another secret.
    Forged,
    /// More than five minutes ago.
    Stale,
    /// A second time.
    Replayed,
    Bearer(String),
}

/// A caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) client: Client,
    pub(super) credential: Credential,
}

impl Caller {
    pub(super) fn new(client: &Client, credential: Credential) -> Self {
        Self { client: client.clone(), credential }
    }

    fn headers(&self, verb: &str, target: &str, body: &[u8]) -> Headers {
        let client = &self.client;
        match &self.credential {
            Credential::None => Vec::new(),
            Credential::Signed | Credential::Replayed => client.sign(verb, target, body),
            Credential::Forged => client.with_secret("another secret").sign(verb, target, body),
            Credential::Stale => {
                let (time, nonce) = ((now() - 302).to_string(), random_text(22).expect("random"));
                client.sign_at(&time, &nonce, verb, target, body)
            }
            Credential::Bearer(bearer) => vec![("Authorization", format!("Bearer {bearer}"))],
        }
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) kind: Kind,
    /// All that the caller gets, but for what differs each time.
    pub(super) text: String,
}

/// Kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fine,
    Unauthenticated,
    Denied,
    Missing,
    /// Another refusal, of what is wrong with the request or the state.
    Refused,
    Broken,
}

impl From<Code> for Kind {
    fn from(code: Code) -> Self {
        match code {
            Code::Ok => Self::Fine,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::PermissionDenied => Self::Denied,
            Code::NotFound => Self::Missing,
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::AlreadyExists
            | Code::Aborted
            | Code::OutOfRange => Self::Refused,
            _ => Self::Broken,
        }
    }
}

impl From<u16> for Kind {
    fn from(status: u16) -> Self {
        match status {
            200..300 => Self::Fine,
            401 => Self::Unauthenticated,
            403 => Self::Denied,
            404 => Self::Missing,
            400 | 409 | 422 => Self::Refused,
            _ => Self::Broken,
        }
    }
}

/// A method, as it is called by each wire.
pub(crate) struct Way {
    pub(crate) method: MethodDescriptor,
    verb: String,
    template: String,
    has_body: bool,
}

impl Way {
    pub(super) fn new(method: MethodDescriptor, http: &ExtensionDescriptor) -> Self {
        let options = method.options();
        let rule = options.get_extension(http);
        let rule = rule.as_message().expect("a rule").clone();
        let text = |name: &str| {
            let value = rule.get_field_by_name(name)?;
            value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let verbs = ["get", "put", "post"].into_iter();
        let (verb, template) = verbs
            .filter_map(|verb| Some((verb.to_uppercase(), text(verb)?)))
            .next()
            .expect("a verb");
        let has_body = text("body").is_some();
        Self { method, verb, template, has_body }
    }

    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.method.parent_service().full_name(), self.method.name())
    }

    /// Calls the method.
    pub(super) async fn call(
        &self,
        caller: &Caller,
        wire: Wire,
        request: &DynamicMessage,
    ) -> Reply {
        let (verb, target, signed, sent) = match wire {
            Wire::Rest => {
                let (target, body) = self.rest(request);
                (self.verb.as_str(), target, body.clone(), body)
            }
            Wire::Grpc | Wire::GrpcWeb => {
                let message = request.encode_to_vec();
                let mut frame = vec![0];
                frame.extend(u32::try_from(message.len()).expect("a length").to_be_bytes());
                frame.extend(&message);
                ("POST", format!("/{}", self.name()), message, frame)
            }
        };
        let headers = caller.headers(verb, &target, &signed);
        let mut reply = None;
        let times = if matches!(caller.credential, Credential::Replayed) { 2 } else { 1 };
        for _ in 0..times {
            let answered = async {
                match wire {
                    Wire::Rest => rest(caller, verb, &target, &headers, sent.clone()).await,
                    Wire::GrpcWeb => web(caller, &target, &headers, sent.clone()).await,
                    Wire::Grpc => grpc(caller, &self.name(), &headers, signed.clone()).await,
                }
            };
            let answered = tokio::time::timeout(Duration::from_secs(60), answered).await;
            reply = Some(answered.unwrap_or_else(|_| panic!("{wire:?} {target} has no end")));
        }
        reply.expect("an answer")
    }

    /// The target and the body of a request.
    fn rest(&self, request: &DynamicMessage) -> (String, Vec<u8>) {
        let options =
            SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
        let json = request.serialize_with_options(serde_json::value::Serializer, &options);
        let Value::Object(mut members) = json.expect("JSON") else { panic!("no object") };
        // A list that must be there is sent when it is empty, too.
        if self.method.name() == "ReplaceMappings" {
            members.entry("mappings").or_insert_with(|| Value::Array(Vec::new()));
        }
        let mut target = self.template.clone();
        while let Some((before, rest)) = target.split_once('{') {
            let (name, after) = rest.split_once('}').expect("an end");
            let value = members.remove(name).map(|value| plain(&value)).unwrap_or_default();
            target = format!("{before}{value}{after}");
        }
        if self.has_body {
            return (target, Value::Object(members).to_string().into_bytes());
        }
        if self.verb == "GET" && !members.is_empty() {
            target = format!("{target}?{}", query(&members));
        }
        (target, Vec::new())
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn query(members: &Map<String, Value>) -> String {
    members
        .iter()
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect::<Vec<_>>()
        .join("&")
}

async fn rest(
    caller: &Caller,
    verb: &str,
    target: &str,
    headers: &Headers,
    body: Vec<u8>,
) -> Reply {
    let answer = caller.client.send(verb, target, headers, body).await;
    let word = answer.header("x-sigma-error");
    let text = format!("{} {word} {}", answer.status, without_request_id(&answer.text));
    // A call by REST that brings no credential at all is told what it lacks, as the earlier service did.
    let kind = if word == "HEADER_MISSING" { Kind::Unauthenticated } else { answer.status.into() };
    Reply { kind, text }
}

async fn grpc(caller: &Caller, name: &str, headers: &Headers, message: Vec<u8>) -> Reply {
    match caller.client.grpc_raw(name, message.into(), headers).await {
        Ok(messages) => {
            let texts =
                messages.iter().map(|message| String::from_utf8_lossy(message).into_owned());
            Reply { kind: Kind::Fine, text: texts.collect::<Vec<_>>().join("\n") }
        }
        Err(status) => {
            let word = status.metadata().get("x-sigma-error").map(|word| format!("{word:?}"));
            let text = format!("{:?} {word:?} {}", status.code(), status.message());
            Reply { kind: status.code().into(), text }
        }
    }
}

async fn web(caller: &Caller, target: &str, headers: &Headers, frame: Vec<u8>) -> Reply {
    let mut headers = headers.clone();
    let kind = "application/grpc-web+proto".to_owned();
    headers.extend([("content-type", kind.clone()), ("accept", kind), ("x-grpc-web", "1".into())]);
    let answer = caller.client.begin("POST", target, &headers, frame).await;
    let mut told: HashMap<String, String> = HashMap::new();
    for (name, value) in answer.headers() {
        told.insert(name.as_str().into(), String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    let body = answer.bytes().await.expect("a body");
    let (mut rest, mut text) = (&body[..], String::new());
    while let [flag, a, b, c, d, after @ ..] = rest {
        let (part, next) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        let part = String::from_utf8_lossy(part).into_owned();
        if flag & 0x80 == 0 {
            text.push_str(&part);
        } else {
            let lines = part.lines().filter_map(|line| line.split_once(':'));
            told.extend(lines.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())));
        }
        rest = next;
    }
    let status = told.get("grpc-status").and_then(|status| status.parse::<i32>().ok());
    let code = status.map_or(Code::Internal, Code::from_i32);
    for name in ["grpc-message", "x-sigma-error"] {
        let value = told.get(name).map_or("", String::as_str);
        text.push_str(&percent_encoding::percent_decode_str(value).decode_utf8_lossy());
        text.push(' ');
    }
    Reply { kind: code.into(), text: format!("{code:?} {text}") }
}

/// Some answers carry the id of the request, which differs each time.
fn without_request_id(text: &str) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else { return text.to_owned() };
    if members.remove("request_id").is_none() {
        return text.to_owned();
    }
    Value::Object(members).to_string()
}
