//! What follows from a verdict: failures count for their address, the guard has the last word, and who made a call is kept.

use super::*;

/// A store with one answer.
#[derive(Debug)]
struct Says(Result<Replay, &'static str>);

#[async_trait::async_trait]
impl ReplayStore for Says {
    async fn accept(&self, _: Arrival) -> Result<Replay, GuardError> {
        self.0.map_err(|why| GuardError(why.into()))
    }

    async fn tend(&self) -> Result<Tended, GuardError> {
        Ok(Tended::Well)
    }

    fn floor(&self) -> i64 {
        0
    }

    async fn end(&self) {}
}

#[tokio::test]
async fn the_guard_has_the_last_word() {
    for (says, wanted) in [
        (Ok(Replay::Fresh), "accepted"),
        (Ok(Replay::Seen), "Nonce already used (replay attack detected)"),
        (Ok(Replay::Forgotten(NOW - 9)), "SignAgain(1)"),
        (Ok(Replay::Forgotten(NOW)), "SignAgain(1)"),
        (Ok(Replay::Forgotten(NOW + 10)), "SignAgain(11)"),
        (Ok(Replay::Forgotten(NOW + 599)), "SignAgain(600)"),
        (Ok(Replay::Forgotten(i64::MAX)), "SignAgain(600)"),
        (Ok(Replay::Full), "Exhausted"),
        (Err("no answer"), "Busy"),
    ] {
        let one = One { key: Some(Arc::new(key())), ..One::default() };
        let (auth, one) = check_by(one, &[], Arc::new(Says(says)), 0);
        let proven = auth.rest(request("/a", &as_texts(&signed("n-1")))).await.expect("proven");
        let verdict = match auth.accept(proven.claim, Some(9)).await {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => told::<()>(Err(refusal)),
        };
        assert_eq!(verdict, wanted);
        assert_eq!(one.used.lock().expect("a lock").len(), usize::from(wanted == "accepted"));
    }
}

/// A check with a key and a session, by which an address may fail five times at once.
fn strict() -> Auth {
    let session = Some(Arc::new(session(None)));
    let one = One { key: Some(Arc::new(key())), session, ..One::default() };
    check_by(one, &[], Arc::new(Seen::default()), 1).0
}

fn from(peer: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = request("/a", headers);
    comes_from(&mut request, peer);
    request
}

/// Fails `times` times, by REST and gRPC in turns, with the refusals of the kind that is named.
async fn fail(auth: &Auth, times: usize, peer: &str, headers: &[(&str, &str)], kind: &str) {
    for at in 0..times {
        let request = from(peer, headers);
        let judged = if at % 2 == 0 { auth.rest(request).await } else { auth.grpc(request).await };
        let shown = format!("{:?}", judged.err().expect("refused"));
        assert!(shown.starts_with(kind), "{at}: {shown}");
    }
}

#[tokio::test]
async fn an_address_that_fails_is_looked_up_no_more() {
    let bearer = format!("Bearer {BEARER}");
    let (own, unknown) = (signed("n-1"), bearer.replace('9', "8"));
    let session = [("authorization", bearer.as_str())];
    let unknown_session = [("authorization", unknown.as_str())];
    let mut wrong = signed("n-2");
    wrong[1].1 = "ek_unknown".into();
    let mut late = signed("n-3");
    late[2].1 = (NOW - 301).to_string();
    for (headers, kind) in [
        (vec![], "Missing"),
        (as_texts(&wrong), "Unauthenticated"),
        (as_texts(&late), "Unauthenticated"),
        (unknown_session.to_vec(), "Unauthenticated"),
    ] {
        let auth = strict();
        let (bad, other) = ("192.0.2.7:9", "192.0.2.8:9");
        // What was valid before goes on.
        assert!(auth.rest(from(bad, &as_texts(&own))).await.is_ok());
        assert!(auth.rest(from(bad, &session)).await.is_ok());
        fail(&auth, 5, bad, &headers, kind).await;
        fail(&auth, 3, bad, &headers, "SignIns").await;
        fail(&auth, 2, bad, &as_texts(&wrong), "SignIns").await;
        fail(&auth, 2, bad, &unknown_session, "SignIns").await;
        assert!(auth.admit(&from(bad, &[])).is_err());
        assert!(auth.rest(from(bad, &as_texts(&own))).await.is_ok());
        assert!(auth.rest(from(bad, &session)).await.is_ok());
        let address = auth.admit(&from(other, &[])).expect("another address");
        assert_eq!(address.to_string(), "192.0.2.8");
        fail(&auth, 1, other, &headers, kind).await;
    }
}

#[tokio::test]
async fn failures_count_for_the_client_of_a_proxy() {
    let proxy = "10.1.1.1:9";
    let behind = |client| [("x-forwarded-for", client)];
    let auth = strict();
    fail(&auth, 5, proxy, &behind("192.0.2.7"), "Missing").await;
    fail(&auth, 1, proxy, &behind("192.0.2.7"), "SignIns").await;
    fail(&auth, 1, "192.0.2.7:9", &[], "SignIns").await;
    // Where it is not known whom the proxy speaks for, it answers for itself.
    fail(&auth, 5, proxy, &behind("unknown"), "Missing").await;
    fail(&auth, 1, proxy, &[], "SignIns").await;
    let admitted = auth.admit(&request("/a", &[])).expect("no connection");
    assert!(admitted.is_unspecified());
}

#[tokio::test]
async fn what_is_no_failure_of_a_credential_is_not_counted() {
    let auth = strict();
    let mut long = signed("n-1");
    long.push(("content-length", (REST_MAX + 1).to_string()));
    for _ in 0..9 {
        let sent = from("192.0.2.7:9", &as_texts(&long));
        let refusal = auth.rest(sent).await.err().expect("refused");
        assert!(matches!(refusal, Refusal::TooLarge), "{refusal:?}");
    }
    assert!(auth.admit(&from("192.0.2.7:9", &[])).is_ok());
}

#[test]
fn open_calls_that_find_nothing_are_failures() {
    let address = "192.0.2.7".parse().expect("an address");
    for (status, grpc, counts) in [
        (200, None, false),
        (400, None, false),
        (401, None, true),
        (403, None, false),
        (404, None, true),
        (500, None, false),
        (200, Some("0"), false),
        (200, Some("3"), false),
        (200, Some("5"), true),
        (200, Some("16"), true),
    ] {
        let auth = strict();
        let answer = Response::builder().status(status);
        let answer =
            grpc.into_iter().fold(answer, |answer, code| answer.header("grpc-status", code));
        let answer = answer.body(Body::empty()).expect("an answer");
        for _ in 0..5 {
            assert!(auth.admit(&from("192.0.2.7:9", &[])).is_ok());
            auth.judge_open(address, &answer);
        }
        assert_eq!(auth.admit(&from("192.0.2.7:9", &[])).is_err(), counts, "{status} {grpc:?}");
    }
}

#[tokio::test]
async fn a_call_says_where_it_comes_from() {
    let auth = check_of(key()).await;
    let headers =
        [("x-request-id", "r-1"), ("origin", "https://a.example"), ("origin", "https://b.example")];
    let (parts, _) = from("192.0.2.7:9", &headers).into_parts();
    let visitor = auth.visitor(&parts);
    assert_eq!(visitor.origins, [&b"https://a.example"[..], b"https://b.example"]);
    let address = Some("192.0.2.7".parse().expect("an address"));
    assert_eq!(visitor.call, Call { address, request_id: Some("r-1".into()) });
    let (parts, _) = request("/a", &[]).into_parts();
    assert_eq!(auth.visitor(&parts), Visitor::default());
    assert!(!has_bearer(&parts));
    let bearer = format!("Bearer {BEARER}");
    for (value, is_bearer) in
        [(&*bearer, true), ("bearer x", true), ("Basic x", false), ("", false)]
    {
        let (parts, _) = request("/a", &[("authorization", value)]).into_parts();
        assert_eq!(has_bearer(&parts), is_bearer, "{value}");
    }
}

#[tokio::test]
async fn bodies_have_a_greatest_size_by_wire() {
    let frame = |message: usize| {
        let length = u32::try_from(message).expect("short").to_be_bytes();
        [&[0][..], &length, &vec![b'x'; message]].concat()
    };
    let bearer = format!("Bearer {BEARER}");
    let send = async |body: Vec<u8>, is_grpc: bool| {
        let session = Some(Arc::new(session(None)));
        let (auth, _) = check(One { session, ..One::default() }, &[]).await;
        let request = Request::post("/a").header("authorization", &bearer);
        let request = request.body(Body::from(body)).expect("a request");
        if is_grpc { auth.grpc(request).await } else { auth.rest(request).await }
    };
    let rest = send(vec![b'x'; 1_048_576], false).await.expect("the largest");
    assert_eq!((rest.message.len(), rest.body.len()), (1_048_576, 1_048_576));
    assert!(matches!(send(vec![b'x'; 1_048_577], false).await, Err(Refusal::TooLarge)));
    let grpc = send(frame(4_194_304), true).await.expect("the largest");
    assert_eq!((grpc.message.len(), grpc.body.len()), (4_194_304, 4_194_309));
    assert!(matches!(send(frame(4_194_305), true).await, Err(Refusal::TooLarge)));
}

#[tokio::test]
async fn a_long_body_counts_for_its_key_and_for_a_stranger() {
    let auth = strict();
    let bearer = format!("Bearer {BEARER}");
    for (peer, counts) in [("192.0.2.7:9", true), ("127.0.0.1:9", false), ("[::1]:9", false)] {
        let line = Arc::<Sources>::default().connect(peer.parse().expect("an address"), 9);
        let line = Arc::new(line.expect("a place"));
        let request = Request::post("/a").header("authorization", &bearer);
        let mut request = request.body(Body::from(vec![b'x'; 100_000])).expect("a request");
        request.extensions_mut().insert(Peer { line: line.clone() });
        let proven = auth.rest(request).await.expect("proven");
        assert!(proven.share.is_some());
        // A share keeps its owners.
        assert_eq!(Arc::strong_count(&line.source.owner) > 1, counts, "{peer}");
        assert!(Arc::strong_count(&auth.unverified.owner(KEY)) > 1, "{peer}");
    }
}

#[tokio::test]
async fn a_claim_has_the_limits_of_its_key() {
    let limits =
        [1, 2].map(|most| OwnLimits { requests_per_s: Some(most), ..OwnLimits::default() });
    let own = VerifyingKey { limits, ..key() };
    let session = LiveSession { limits, ..session(None) };
    let (key, session) = (Some(Arc::new(own)), Some(Arc::new(session)));
    let (auth, _) = check(One { key, session, ..One::default() }, &[]).await;
    let bearer = format!("Bearer {BEARER}");
    let signed = signed("n-1");
    for headers in [as_texts(&signed), vec![("authorization", bearer.as_str())]] {
        let claim = auth.rest(request("/a", &headers)).await.expect("proven").claim;
        let owners = claim.owners();
        assert_eq!(*owners.limits, limits);
        assert_eq!((owners.tenant.as_str(), owners.key.as_str()), ("acme", KEY));
    }
}
