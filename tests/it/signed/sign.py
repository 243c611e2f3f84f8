"""Writes requests that are signed in scheme v2 by an implementation of RFC 9421 that is not the service's own: a line of JSON
for each. Those whose "change" is null are as they were signed; in the others one covered part was changed after that.

Arguments: host and port, tenant, key; then the number of right and of changed requests. SIGMA_SECRET holds the secret.
"""

import base64
import datetime
import hashlib
import json
import os
import secrets
import struct
import sys
from dataclasses import dataclass, field

from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

COVERED = ["@method", "@authority", "@path", "@query", "content-digest", "x-tenant-id"]
HOST, TENANT, KEY = sys.argv[1:4]
RIGHT, CHANGED = map(int, sys.argv[4:6])


class Keys(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id):
        return os.environ["SIGMA_SECRET"].encode()

    def resolve_public_key(self, key_id):
        return self.resolve_private_key(key_id)


SIGNER = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Keys())


@dataclass
class Message:
    """What the library takes for a request."""

    method: str
    target: str
    content: bytes = b""
    wire: str = "rest"
    host: str = HOST
    headers: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"http://{self.host}{self.target}"


def frame(message):
    return struct.pack(">BI", 0, len(message)) + message


def message(number):
    """A request of each kind in turn."""
    kinds = [
        lambda: Message("GET", "/v1/extension/settings"),
        lambda: Message("GET", f"/v1/extension/runs?module=students&limit={number % 200}"),
        lambda: Message("PUT", "/v1/extension/modules/students", b'{"enabled": true}'),
        lambda: Message("GET", "/v1/extension/mappings/stu%64ents"),
        lambda: Message("PUT", "/v1/extension/modules/programs", '{"enabled":true}'.encode(), headers={"Idempotency-Key": f"term {number}"}),
        lambda: Message("POST", "/sigma.v1.SettingsService/GetSettings", frame(b""), "grpc"),
        lambda: Message("POST", "/sigma.v1.ModuleService/UpdateModule", frame(b"\x0a\x08students"), "grpc"),
    ]
    return kinds[number % len(kinds)]()


def digest(content):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def sign(message):
    message.headers["X-Tenant-ID"] = TENANT
    covered = COVERED + ["idempotency-key"] * ("Idempotency-Key" in message.headers)
    SIGNER.sign(
        message,
        key_id=KEY,
        created=datetime.datetime.now(),
        nonce=secrets.token_urlsafe(16),
        label="ext",
        tag="ext-v2",
        covered_component_ids=covered,
        body=message.content,
    )
    return message


def swap(headers, name, old, new):
    assert old in headers[name], (name, old, headers[name])
    headers[name] = headers[name].replace(old, new, 1)


OTHER_PATHS = [
    ("/extension/settings", "/extension/modules"),
    ("/extension/runs", "/extension/modules"),
    ("/modules/students", "/modules/programs"),
    ("/modules/programs", "/modules/students"),
    ("stu%64ents", "students"),
    ("GetSettings", "UpdateSettings"),
    ("UpdateModule", "ListModules"),
]


def another(number):
    """A signed request with one covered part changed, and the name of the part."""
    m = message(number)
    part = (number // 7) % 12
    if part == 0:
        # Signed for another host, sent to this one.
        m.host = f"{number}.example.test"
        return sign(m), "@authority"
    sign(m)
    h = m.headers
    if part == 1:
        if m.wire == "rest" and m.method == "GET" and "settings" in m.target:
            m.method = "PUT"
            return m, "@method"
        h["X-Tenant-ID"] = f"{TENANT}{number}"
        return m, "x-tenant-id"
    if part == 2:
        old, new = next(pair for pair in OTHER_PATHS if pair[0] in m.target)
        m.target = m.target.replace(old, new)
        return m, "@path"
    if part == 3:
        m.target = m.target.split("?")[0] if "?" in m.target else f"{m.target}?limit={number}"
        return m, "@query"
    if part == 4:
        m.content = frame(b"\x0a\x06grades") if m.wire == "grpc" else m.content + b" "
        return m, "content"
    if part == 5:
        m.content = frame(b"\x0a\x06grades") if m.wire == "grpc" else m.content + b" "
        h["Content-Digest"] = digest(m.content)
        return m, "content-digest"
    if part == 6:
        if "Idempotency-Key" in h:
            h["Idempotency-Key"] += "x"
        else:
            h["Idempotency-Key"] = f"term {number}"
        return m, "idempotency-key"
    if part == 7:
        created = h["Signature-Input"].split(";created=")[1].split(";")[0]
        swap(h, "Signature-Input", created, str(int(created) + 1 - 2 * (number % 2)))
        return m, "created"
    if part == 8:
        swap(h, "Signature-Input", f'keyid="{KEY}', f'keyid="{KEY}x')
        return m, "keyid"
    if part == 9:
        nonce = h["Signature-Input"].split('nonce="')[1].split('"')[0]
        swap(h, "Signature-Input", nonce, secrets.token_urlsafe(16))
        return m, "nonce"
    if part == 10:
        swap(h, "Signature-Input", ' "x-tenant-id"', "")
        return m, "list"
    raw = bytearray(base64.b64decode(h["Signature"][5:-1]))
    raw[number % 32] ^= 1 << number % 8
    h["Signature"] = f"ext=:{base64.b64encode(raw).decode()}:"
    return m, "signature"


def write(message, change):
    print(
        json.dumps(
            {
                "wire": message.wire,
                "method": message.method,
                "target": message.target,
                "headers": message.headers,
                "content": message.content.hex(),
                "change": change,
            }
        )
    )


for number in range(RIGHT):
    write(sign(message(number)), None)
for number in range(CHANGED):
    write(*another(number))
