//! The host that a request of scheme v2 is signed for.

use super::*;

/// The headers of a request for `/a` at `host`, signed for `authority`.
fn signed_for(authority: &str, host: &'static str) -> Vec<(&'static str, String)> {
    let covered = signature::v2::Covered {
        method: "GET",
        authority,
        path: "/a",
        query: None,
        digest: b"",
        tenant: b"acme",
        idempotency_key: None,
    };
    let parts = (&*NOW.to_string(), KEY, "b3BzLW5vbmNlLTAwMDE");
    let made = SigningKey::new(SECRET).sign_v2(covered, &signature::hash(b""), parts);
    vec![
        ("host", host.into()),
        ("x-tenant-id", "acme".into()),
        ("content-digest", made.digest),
        ("signature-input", made.input),
        ("signature", made.signature),
    ]
}

#[tokio::test]
async fn a_signature_of_v2_is_for_the_hosts_of_the_deployment() {
    let headers = signed_for("api.example.test", "Api.example.test");
    let headers = as_texts(&headers);
    for (authorities, passes) in [
        (&[][..], true),
        (&["other.example", "API.Example.Test"], true),
        (&["other.example"], false),
    ] {
        let one = One { key: Some(Arc::new(key())), ..One::default() };
        let (auth, one) = check(one, authorities).await;
        let result = auth.rest(request("/a", &headers)).await;
        assert_eq!(result.is_ok(), passes, "{authorities:?}");
        let Ok(proven) = result else { continue };
        let who = auth.accept(proven.claim, None).await.expect("accepted");
        assert_eq!((who.scheme, who.only_mint), (Scheme::V2, false));
        assert_eq!(*one.used.lock().expect("a lock"), [1]);
        // By HTTP/2 the host is a part of the address.
        let uri = "http://API.example.test/a";
        assert!(auth.rest(request(uri, &headers[1..])).await.is_ok());
        assert!(auth.rest(request("http://other.example/a", &headers)).await.is_err());
        assert!(auth.rest(request("/a", &headers[1..])).await.is_err());
        let twice = [&headers[..1], &headers].concat();
        assert!(auth.rest(request("/a", &twice)).await.is_err());
    }
}

#[tokio::test]
async fn the_usual_port_of_a_scheme_may_be_left_out() {
    let (plain, tls, clear) = ("api.example.test", "api.example.test:443", "api.example.test:80");
    for (signed, host, own, passes) in [
        (plain, tls, plain, true),
        (plain, clear, plain, true),
        (plain, tls, tls, true),
        (tls, tls, tls, true),
        (tls, tls, plain, true),
        (tls, tls, clear, false),
        (tls, plain, plain, false),
        (tls, clear, plain, false),
        (plain, "api.example.test:8443", "api.example.test:8443", false),
        ("api.example.test:8443", "api.example.test:8443", "api.example.test:8443", true),
        ("api.example.test:8443", "api.example.test:8443", plain, false),
        ("other.example", tls, tls, false),
    ] {
        let one = One { key: Some(Arc::new(key())), ..One::default() };
        let (auth, _) = check(one, &["other.example", own]).await;
        let result = auth.rest(request("/a", &as_texts(&signed_for(signed, host)))).await;
        assert_eq!(result.is_ok(), passes, "{signed} {host} {own}");
    }
}
