//! Many connections and many small requests without a credential.

use {
    super::{
        Form,
        field::Field,
        harness::client::now,
        stall::{Outcomes, sockets},
    },
    futures_util::future::join_all,
    std::time::{Duration, Instant},
    tokio::{
        io::AsyncWriteExt as _,
        time::{sleep, timeout},
    },
};

/// More silent connections than the server allows.
pub(crate) async fn silent(field: &Field, form: Form) -> String {
    let (count, time) = form.pick((4_300, 6), (4_600, 30));
    sockets(field, count, Duration::from_secs(time), b"").await
}

/// Asks for the largest page over and over, and reads none of it.
pub(crate) async fn unread(field: &Field, form: Form) -> String {
    let (count, time) = form.pick((300, 5), (1_000, 20));
    let outcomes = Outcomes::default();
    let ask = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(8);
    let one = async || {
        let Some(mut stream) = field.connect().await else { return outcomes.add("not connected") };
        match stream.write_all(&ask).await {
            Ok(()) => outcomes.add("sent"),
            Err(_) => outcomes.add("cut"),
        }
        sleep(Duration::from_secs(time)).await;
    };
    join_all((0..count).map(|_| one())).await;
    outcomes.told()
}

/// Unknown keys, each of which is looked up.
pub(crate) async fn unknown_keys(field: &Field, _: Form) -> String {
    let outcomes = Outcomes::default();
    let end = Instant::now() + Duration::from_secs(20);
    let one = async |number: usize| {
        while Instant::now() < end {
            let mut client = field.known();
            client.key = format!("ext_key_{number}_{}", now());
            let call = client.get("/v1/extension/settings");
            match timeout(Duration::from_secs(10), call).await {
                Ok(answer) => outcomes.add(answer.status.to_string()),
                Err(_) => outcomes.add("late"),
            }
        }
    };
    join_all((0..64).map(one)).await;
    outcomes.told()
}

/// Requests that need no credential and reach no service: pages, unknown paths, preflights, odd verbs, bodies that
/// are not expected.
pub(crate) async fn odd(field: &Field, _: Form) -> String {
    let time = Duration::from_secs(15);
    let heads = [
        "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx",
        "OPTIONS /v1/extension/settings HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.zappsusercontent.com\r\n\
         Access-Control-Request-Method: PUT\r\nContent-Length: 1000000\r\n\r\nx",
        "BREW /v1/extension/settings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
        "PUT /v1/extension/settings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx",
    ];
    let floods = heads.map(|head| sockets(field, 100, time, head.as_bytes()));
    join_all(floods).await.join("; ")
}
