//! Who calls from this machine: without a proxy in between, and knowing the server as one on this machine. Only such a
//! caller may use the public secret of the development key (docs/src/security.md, "Keys and roles").

use {
    super::v2,
    crate::server::Peer,
    http::{Extensions, HeaderMap, HeaderName, Request, Uri, request::Parts, uri::Authority},
    std::net::IpAddr,
};

/// Words in the names of headers that proxies and networks in front add: the address of the client, what they forward, and
/// their own names. A caller on this machine sends none of them, and new ones keep to such words.
const PROXY_WORDS: [&str; 30] = [
    "forwarded",
    "forwarding",
    "via",
    "ip",
    "ips",
    "clientip",
    "clientips",
    "socketip",
    "realip",
    "remoteip",
    "userip",
    "addr",
    "address",
    "hops",
    "proxy",
    "proxied",
    "proxyuser",
    "envoy",
    "cf",
    "cdn",
    "fly",
    "azure",
    "appengine",
    "amzn",
    "amz",
    "arr",
    "fastly",
    "akamai",
    "originating",
    "cluster",
];
/// True for a caller on this machine without a proxy in between, who knows the server as one on this machine. The page of
/// another site, whose name leads to this machine (DNS rebinding), does not.
pub(in crate::server) fn is_direct_loopback(request: &impl Head) -> bool {
    let local = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_loopback());
    local && !is_through_proxy(request) && is_to_loopback(request)
}

/// Returns whether a request says that it came through a proxy.
pub(in crate::server) fn is_through_proxy(request: &impl Head) -> bool {
    request.headers().keys().any(is_from_proxy)
}

/// Returns whether a header is one that proxies add.
fn is_from_proxy(name: &HeaderName) -> bool {
    name.as_str().split(['-', '_']).any(|word| PROXY_WORDS.contains(&word))
}

/// Returns whether the host of a request is a name or an address of this machine, on any port.
fn is_to_loopback(request: &impl Head) -> bool {
    let Some(authority) = v2::authority(request) else { return false };
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host == "localhost"
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The head of a request, with or without its body.
pub(in crate::server) trait Head {
    fn uri(&self) -> &Uri;
    fn headers(&self) -> &HeaderMap;
    fn extensions(&self) -> &Extensions;
}

impl Head for Parts {
    fn uri(&self) -> &Uri {
        &self.uri
    }

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl<B> Head for Request<B> {
    fn uri(&self) -> &Uri {
        self.uri()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }

    fn extensions(&self) -> &Extensions {
        self.extensions()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::server::line::Sources, std::sync::Arc};

    #[test]
    fn headers_of_proxies_are_known_by_kind() {
        for name in [
            "x-forwarded-for",
            "x-forwarded-prefix",
            "forwarded",
            "via",
            "x-real-ip",
            "cf-connecting-ip",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-envoy-external-address",
            "x-original-forwarded-for",
            "fly-client-ip",
            "x-azure-clientip",
            "x-azure-socketip",
            "x-appengine-user-ip",
            "fastly-client-ip",
            "x-originating-ip",
            "x-remote-addr",
            "cf-ray",
            "cdn-loop",
            "x-proxyuser-ip",
            "wl-proxy-client-ip",
            "x-arr-log-id",
            "x-nf-client-connection-ip",
            "forwarded-for",
            "x-amz-cf-id",
        ] {
            assert!(is_from_proxy(&HeaderName::from_static(name)), "{name}");
        }
        for name in
            ["x-ext-key", "x-ext-timestamp", "x-ext-nonce", "x-ext-signature", "x-tenant-id"]
                .into_iter()
                .chain([
                    "accept",
                    "accept-encoding",
                    "authorization",
                    "content-digest",
                    "content-length",
                    "content-type",
                    "cookie",
                    "grpc-accept-encoding",
                    "grpc-timeout",
                    "host",
                    "idempotency-key",
                    "last-event-id",
                    "origin",
                    "referer",
                    "sec-ch-ua-platform",
                    "sec-fetch-site",
                    "signature",
                    "signature-input",
                    "te",
                    "traceparent",
                    "user-agent",
                    "x-grpc-web",
                    "x-request-id",
                    "x-user-agent",
                    "upgrade-insecure-requests",
                ])
        {
            assert!(!is_from_proxy(&HeaderName::from_static(name)), "{name}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_local() {
        let local = |host: &str| {
            let request = Request::builder().header("host", host).body(()).expect("a request");
            is_to_loopback(&request)
        };
        for good in [
            "localhost",
            "LOCALHOST:8001",
            "127.0.0.1:1",
            "127.8.8.8",
            "[::1]:8001",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(local(good), "{good}");
        }
        for bad in [
            "evil.example:8001",
            "localhost.evil.example",
            "a.localhost",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "",
            "localhost@evil.example",
            "evil.example@localhost:1/",
            "0.0.0.0",
        ] {
            assert!(!local(bad), "{bad}");
        }
        let absolute = Request::builder().uri("http://localhost:8001/").body(());
        assert!(is_to_loopback(&absolute.expect("a request")));
        let twice = Request::builder().header("host", "localhost").header("host", "localhost");
        assert!(!is_to_loopback(&twice.body(()).expect("a request")));
        assert!(!is_to_loopback(&Request::new(())), "no host");
    }

    #[test]
    fn a_request_and_its_head_say_the_same() {
        for (peer, uri, header, is_direct) in [
            ("127.0.0.1:9", "http://localhost/", "x-other", true),
            ("127.0.0.1:9", "http://localhost/", "via", false),
            ("127.0.0.1:9", "http://a.example/", "x-other", false),
            ("192.0.2.7:9", "http://localhost/", "x-other", false),
        ] {
            let line = Arc::<Sources>::default().connect(peer.parse().expect("an address"), 9);
            let line = Arc::new(line.expect("a place"));
            let request = Request::get(uri).header(header, "x").extension(Peer { line });
            let request = request.body(()).expect("a request");
            assert_eq!(is_direct_loopback(&request), is_direct, "{peer} {uri} {header}");
            let (parts, ()) = request.into_parts();
            assert_eq!(is_direct_loopback(&parts), is_direct, "{peer} {uri} {header}");
        }
    }
}
