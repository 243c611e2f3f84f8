//! Variables that begin with our prefix and are not ours: Kubernetes tells each container of a pod about each Service,
//! and the variables of a Service are named after it.

/// Returns whether Kubernetes sets a variable of this name and value for a Service or its ports.
pub(super) fn is_of_a_service(name: &str, value: &str) -> bool {
    let ends = |end: &str| name.strip_suffix(end).is_some_and(|service| !service.is_empty());
    if ends("_SERVICE_HOST") || ends("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
        return true;
    }
    if ends("_PORT") && is_endpoint(value) {
        return true;
    }
    let of_port = ["_PROTO", "_PORT", "_ADDR"].iter().find_map(|end| name.strip_suffix(end));
    of_port.is_some_and(is_a_port) || (is_a_port(name) && is_endpoint(value))
}

/// `NAME_PORT_8001_TCP`
fn is_a_port(name: &str) -> bool {
    let number = ["_TCP", "_UDP", "_SCTP"].iter().find_map(|end| name.strip_suffix(end));
    number.and_then(|rest| rest.rsplit_once("_PORT_")).is_some_and(|(service, number)| {
        !service.is_empty()
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `tcp://10.96.0.11:8001`
fn is_endpoint(value: &str) -> bool {
    ["tcp://", "udp://", "sctp://"].iter().any(|begin| value.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_a_service_are_known_by_their_form() {
        for service in
            ["SIGMA", "SIGMA_SYNC", "SIGMA_LISTEN", "SIGMA_WORKER__SLOTS", "SIGMA_SYNC_1"]
        {
            let of = |end: &str, value: &str| is_of_a_service(&format!("{service}{end}"), value);
            assert!(of("_SERVICE_HOST", "10.96.0.11") && of("_SERVICE_PORT", "8001"), "{service}");
            assert!(of("_SERVICE_PORT_HTTP", "8001") && of("_PORT", "tcp://10.96.0.11:8001"));
            for port in ["_PORT_8001_TCP", "_PORT_53_UDP", "_PORT_9_SCTP"] {
                assert!(of(port, "tcp://10.96.0.11:8001"), "{service}{port}");
                for (end, value) in [("_PROTO", "tcp"), ("_PORT", "8001"), ("_ADDR", "10.96.0.11")]
                {
                    assert!(of(&format!("{port}{end}"), value), "{service}{port}{end}");
                }
            }
        }
        for (name, value) in [
            ("SIGMA_LISTEN", "127.0.0.1:1"),
            ("SIGMA_LISTN", "tcp://10.96.0.11:8001"),
            ("SIGMA_PORT", "8001"),
            ("SIGMA_METRICS_PORT", "9464"),
            ("SIGMA_HOST", "10.96.0.11"),
            ("SIGMA_PORT_HTTP_TCP", "tcp://10.96.0.11:8001"),
            ("SIGMA_DATABASE_URL", "postgres://db/sigma"),
        ] {
            assert!(!is_of_a_service(name, value), "{name}");
        }
    }
}
