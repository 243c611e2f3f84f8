//! Signed requests, right ones and changed ones, against a slow reference that is written from docs/src/signing.md: the
//! check and the reference accept the same requests, and an accepted one can be read out of its signed text in one way.

use {
    super::{
        tests::{KEY, NOW, SECRET, check_of, key},
        *,
    },
    crate::{
        crypto::signature::{
            hash,
            v2::{Covered, Headers},
        },
        fuzz::{Dice, made},
    },
    base64::{Engine as _, engine::general_purpose::STANDARD},
    regex::Regex,
    sha2::{Digest as _, Sha256},
    std::sync::LazyLock,
};

/// A request as it is sent.
#[derive(Debug, Clone)]
struct Sent {
    method: String,
    uri: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    is_grpc: bool,
}

impl Sent {
    fn all(&self, name: &str) -> Vec<&[u8]> {
        let own = self.headers.iter().filter(|(known, _)| *known == name);
        own.map(|(_, value)| value.as_slice()).collect()
    }

    fn once(&self, name: &str) -> Option<&[u8]> {
        match self.all(name).as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The bytes that v1 signs: the body of REST, the message of gRPC.
    fn message(&self) -> Option<&[u8]> {
        if !self.is_grpc {
            return Some(&self.body);
        }
        let [0, a, b, c, d, message @ ..] = self.body.as_slice() else { return None };
        let length = u32::from_be_bytes([*a, *b, *c, *d]);
        (message.len() as u64 == u64::from(length)).then_some(message)
    }

    /// Path and query, as sent.
    fn target(&self) -> (&str, Option<&str>) {
        match self.uri.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.uri, None),
        }
    }
}

const PATHS: [&str; 8] = [
    "/v1/extension/settings",
    "/v1/extension/runs",
    "/v1/extension/mappings/stu%20dents",
    "/a%C3%A9",
    "/a%FF",
    "/a./b",
    "/.",
    "/",
];

fn sent(dice: &mut Dice) -> Sent {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "X.GET"];
    const QUERIES: [&str; 6] = ["", "limit=1", "module=students&limit=1", "a./b=1", "x=%26", "?"];
    const TIMES: [&str; 8] = [
        "1764000000",
        "1764000000.5",
        "1764000300.999999999",
        "1764000301",
        "1763999700",
        "1763999699",
        " 1764000000 ",
        "1764000000.5.5",
    ];
    const NONCES: [&str; 6] =
        ["n-1", "a.b", "5.n", "a./b", "b3BzLW5vbmNlLTAwMDE", "sixteen_letters-"];
    let method = dice.pick(&METHODS).to_owned();
    let path = dice.pick(&PATHS).to_owned();
    let query = dice.one_in(2).then(|| dice.pick(&QUERIES));
    let uri = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let message = dice.text(&["{\"enabled\":", "true", "}"], 3).into_bytes();
    let is_grpc = dice.one_in(3);
    let mut body = message.clone();
    if is_grpc {
        body = [&[0][..], &(message.len() as u32).to_be_bytes(), &message].concat();
    }
    let (time, nonce) = (dice.pick(&TIMES), dice.pick(&NONCES).repeat(1 + 30 * dice.below(2)));
    let key = SigningKey::new(SECRET);
    let mut headers = vec![("x-tenant-id", b"acme".to_vec())];
    if dice.one_in(2) {
        let decoded = percent_encoding::percent_decode_str(&path).decode_utf8_lossy();
        let long = query.map_or_else(String::new, |query| format!("{decoded}?{query}"));
        let form: &str = match (dice.below(4), query) {
            _ if is_grpc => &uri,
            (0, _) => &path,
            (1, _) | (_, None) => &decoded,
            (2, Some(_)) => &long,
            (_, Some(_)) => &uri,
        };
        let mut signature = key.sign(time.trim(), &nonce, &method, form, &message);
        if dice.one_in(2) {
            signature = STANDARD.encode(hex::decode(signature).expect("hex"));
        }
        headers.extend([
            ("x-ext-key", KEY.into()),
            ("x-ext-timestamp", time.into()),
            ("x-ext-nonce", nonce.into()),
            ("x-ext-signature", signature.into()),
        ]);
    } else {
        let repeated = dice.one_in(2).then_some(b"term-start".as_slice());
        let covered = Covered {
            method: &method,
            authority: "api.example.test",
            path: &path,
            query,
            digest: b"",
            tenant: b"acme",
            idempotency_key: repeated,
        };
        let made = key.sign_v2(covered, &hash(&body), (time, KEY, &nonce));
        let Headers { input, signature, digest } = made;
        headers.extend([
            ("host", b"API.example.test".to_vec()),
            ("signature-input", input.into()),
            ("signature", signature.into()),
            ("content-digest", digest.into()),
        ]);
        headers.extend(repeated.map(|key| ("idempotency-key", key.to_vec())));
    }
    let mut sent = Sent { method, uri, headers, body, is_grpc };
    if dice.one_in(2) {
        spoil(&mut sent, dice);
    }
    sent
}

/// Changes one part of a request.
fn spoil(sent: &mut Sent, dice: &mut Dice) {
    const WORDS: [&str; 10] =
        [".", "./", ":", "\"", ";", "ext=", "sha-256=", "Bearer et_", "=", "API.example.test"];
    let at = dice.below(sent.headers.len());
    match dice.below(8) {
        0 => drop(sent.headers.remove(at)),
        1 => sent.headers.push(sent.headers[at].clone()),
        2 => sent.headers.push(("authorization", dice.text(&WORDS, 3).into_bytes())),
        3 => sent.headers.push(("x-ext-nonce", dice.text(&WORDS, 3).into_bytes())),
        4 => dice.change(&mut sent.body, &[], &WORDS),
        5 => sent.method = "PATCH".to_owned(),
        6 => sent.uri = dice.pick(&PATHS).to_owned(),
        _ => dice.change(&mut sent.headers[at].1, &[], &WORDS),
    }
}

/// HMAC of RFC 2104, by hand.
fn mac(text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| -> Vec<u8> {
        let key = SECRET.bytes().chain(std::iter::repeat(0)).take(64);
        key.map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).into()
}

static TIME: LazyLock<Regex> = LazyLock::new(|| whole(r"[0-9]{1,18}(\.[0-9]{1,9})?"));
static NONCE: LazyLock<Regex> = LazyLock::new(|| whole("[!-~]{1,128}"));
/// The header `Signature-Input`, with its parameters, the key that makes a request repeatable, and the time.
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    let list = concat!(
        r#"\("@method" "@authority" "@path" "@query" "content-digest" "x-tenant-id""#,
        r#"( "idempotency-key")?\)"#
    );
    whole(&format!(
        "ext=({list};created=([0-9]{{1,18}});keyid=\"{KEY}\";alg=\"hmac-sha256\";\
         nonce=\"[A-Za-z0-9_-]{{16,64}}\";tag=\"ext-v2\")"
    ))
});

fn whole(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("a pattern")
}

fn in_window(text: &str) -> bool {
    let whole: i64 = text.split('.').next().unwrap_or_default().parse().expect("digits");
    (NOW - whole).abs() <= 300
}

fn is_nonce(text: &str) -> bool {
    NONCE.is_match(text) && !text.contains("./")
}

/// The text of scheme v1 that was signed, if a request is accepted.
fn reference_v1(sent: &Sent) -> Option<String> {
    let text = |name: &str| String::from_utf8(sent.once(name)?.to_vec()).ok();
    let (key, tenant) = (text("x-ext-key")?, text("x-tenant-id")?);
    let time = String::from_utf8_lossy(sent.once("x-ext-timestamp")?).trim().to_owned();
    let (nonce, given) = (text("x-ext-nonce")?, text("x-ext-signature")?);
    if key != KEY
        || tenant != "acme"
        || !TIME.is_match(&time)
        || !in_window(&time)
        || !is_nonce(&nonce)
    {
        return None;
    }
    let message = sent.message()?;
    if sent.is_grpc {
        let body = hex::encode(Sha256::digest(message));
        let text = format!("{time}.{nonce}.{}.{}.{body}", sent.method, sent.uri);
        let mac = mac(text.as_bytes());
        let is_right = given == hex::encode(mac) || given == STANDARD.encode(mac);
        return is_right.then_some(text);
    }
    let (path, query) = sent.target();
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let decoded = String::from_utf8(decoded).ok()?;
    let lists = sent.method == "GET" && path.ends_with("/extension/runs");
    let free = query.is_none_or(|query| {
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        names.all(|name| lists && (name == "module" || name == "limit"))
    });
    let mut forms = Vec::new();
    for path in [path, &decoded] {
        forms.extend(query.map(|query| format!("{path}?{query}")));
        if free {
            forms.push(path.to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    let body = hex::encode(Sha256::digest(message));
    let texts = forms.iter().map(|form| format!("{time}.{nonce}.{}.{form}.{body}", sent.method));
    let mut right = texts.filter(|text| {
        let mac = mac(text.as_bytes());
        given == hex::encode(mac) || given == STANDARD.encode(mac)
    });
    let text = right.next();
    assert!(right.next().is_none(), "two texts with one signature");
    text
}

/// Returns whether a request is accepted by scheme v2.
fn reference_v2(sent: &Sent) -> Option<()> {
    sent.message()?;
    let text = |name: &str| String::from_utf8(sent.once(name)?.to_vec()).ok();
    let given = text("signature-input")?;
    let read = INPUT.captures(&given)?;
    let part = |at: usize| read.get(at).map(|part| part.as_str());
    let repeated = sent.all("idempotency-key");
    if part(2).is_some() != (repeated.len() == 1) || repeated.len() > 1 || !in_window(part(3)?) {
        return None;
    }
    let digest = text("content-digest")?;
    if digest != format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&sent.body))) {
        return None;
    }
    let host = text("host")?.to_ascii_lowercase();
    let (path, query) = sent.target();
    let mut lines = vec![
        format!("\"@method\": {}", sent.method),
        format!("\"@authority\": {host}"),
        format!("\"@path\": {path}"),
        format!("\"@query\": ?{}", query.unwrap_or_default()),
        format!("\"content-digest\": {digest}"),
        "\"x-tenant-id\": acme".to_owned(),
    ];
    if part(2).is_some() {
        lines.push(format!("\"idempotency-key\": {}", text("idempotency-key")?));
    }
    lines.push(format!("\"@signature-params\": {}", part(1)?));
    let mac = STANDARD.encode(mac(lines.join("\n").as_bytes()));
    (text("x-tenant-id")? == "acme" && text("signature")? == format!("ext=:{mac}:")).then_some(())
}

/// Reads a signed text of v1 in every way that its dots allow; all of them have the same path and body.
fn one_reading(text: &str) {
    let dots: Vec<usize> = text.match_indices('.').map(|(at, _)| at).collect();
    let (last, before) = dots.split_last().expect("dots");
    let mut paths = Vec::new();
    for (i, a) in before.iter().enumerate() {
        for (j, b) in before.iter().enumerate().skip(i + 1) {
            for c in before.iter().skip(j + 1) {
                let (time, nonce) = (&text[..*a], &text[a + 1..*b]);
                let (method, path) = (&text[b + 1..*c], &text[c + 1..*last]);
                let is_method = Method::from_bytes(method.as_bytes()).is_ok();
                if TIME.is_match(time) && is_nonce(nonce) && is_method && path.starts_with('/') {
                    paths.push(path);
                }
            }
        }
    }
    paths.dedup();
    assert_eq!(paths.len(), 1, "{text}: {paths:?}");
}

#[test]
fn signed_requests_are_accepted_as_the_page_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let auth = runtime.block_on(check_of(key()));
    let (mut right, mut wrong) = (0, 0);
    made("signature", 4_000, sent, |sent| {
        let mut request = Request::builder().method(sent.method.as_str()).uri(&*sent.uri);
        for (name, value) in &sent.headers {
            request = request.header(*name, value.as_slice());
        }
        // What no HTTP request can hold does not come here.
        let Ok(request) = request.body(Body::from(sent.body.clone())) else { return };
        let ours = runtime.block_on(async {
            if sent.is_grpc { auth.grpc(request).await } else { auth.rest(request).await }.is_ok()
        });
        let bearer = |value: &[u8]| value.to_ascii_lowercase().starts_with(b"bearer ");
        let v1 = ["x-ext-key", "x-ext-timestamp", "x-ext-nonce", "x-ext-signature"];
        let v1 = v1.iter().any(|name| !sent.all(name).is_empty());
        let v2 = ["signature-input", "signature"].iter().any(|name| !sent.all(name).is_empty());
        let session = sent.all("authorization").into_iter().any(bearer);
        let theirs = match (v1, v2, session) {
            (true, false, false) => reference_v1(sent).inspect(|text| one_reading(text)).is_some(),
            (false, true, false) => reference_v2(sent).is_some(),
            _ => false,
        };
        assert_eq!(ours, theirs);
        *if ours { &mut right } else { &mut wrong } += 1;
    });
    assert!(right.min(wrong) * 20 > right, "{right} accepted, {wrong} refused");
}
