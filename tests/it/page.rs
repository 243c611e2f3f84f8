//! The script of the API page, run by Node with the page around it made up: it signs, and says why where it cannot.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// A page around the script. It writes whether the hint is hidden, and the result of signing a request.
const AROUND: &str = r#"
const vm = require("node:vm");
const { webcrypto } = require("node:crypto");
const fields = { secret: { value: "s" }, key: { value: "k" }, tenant: { value: "t" } };
fields.credential = { addEventListener() {} };
fields.unsafe = { hidden: true, textContent: "open it over https" };
let page;
const around = {
  TextEncoder, URL, Uint8Array, Array, Math, Date, Boolean, Error, Object,
  location: { href: "http://server.example/docs" },
  document: { getElementById: (id) => fields[id] },
  SwaggerUIBundle: (given) => { page = given; },
  crypto: CRYPTO,
};
vm.runInNewContext(require("node:fs").readFileSync(process.argv[2], "utf8"), around);
const request = { url: "/v1/extension/modules", method: "get", headers: {} };
page.requestInterceptor(request).then(
  (signed) => console.log(fields.unsafe.hidden, Object.keys(signed.headers).length, signed.headers["X-Ext-Signature"].length),
  (error) => console.log(fields.unsafe.hidden, error.message),
);
"#;

fn run(cryptography: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gateway/assets/docs.js");
    let mut node = Command::new("node")
        .args(["-", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let text = AROUND.replace("CRYPTO", cryptography);
    node.stdin.take().expect("its input").write_all(text.as_bytes()).expect("a script");
    let output = node.wait_with_output().expect("an end");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_page_signs_or_says_why_it_cannot() {
    assert_eq!(run("webcrypto"), "true 5 64");
    let plain = "{ getRandomValues: (bytes) => webcrypto.getRandomValues(bytes) }";
    assert_eq!(run(plain), "false open it over https");
}
