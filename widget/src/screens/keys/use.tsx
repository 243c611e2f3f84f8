// A first signed call with a key, in four languages. The secret is read from a file; no sample has it in it.
import { apiBase } from "../../api/transport";
import { quoted } from "../../api/shell";
import { m } from "../../paraglide/messages.js";
import { Samples } from "../../ui/code";

export interface Place {
  server: string;
  tenant: string;
  keyId: string;
}

function settings({ server, tenant, keyId }: Place): string {
  return [
    `export SIGMA_SERVER=${quoted(server)}`,
    `export SIGMA_TENANT=${quoted(tenant)}`,
    `export SIGMA_KEY=${quoted(keyId)}`,
    "export SIGMA_SECRET_FILE=~/sigma-secret",
    "export SIGMA_SCHEME=v2",
  ].join("\n");
}

function curl(place: Place): string {
  return `${settings(place)}
eval "$(sigma-sync sign GET '/v1/extension/runs?limit=5' --format curl)"`;
}

function grpcurl(place: Place): string {
  const host = place.server.replace(/^https?:\/\//, "");
  const plain = place.server.startsWith("http://") ? "-plaintext " : "";
  return `${settings(place)}
eval "grpcurl ${plain}$(sigma-sync sign SyncRunService/ListRuns -d '{"limit":5}' --format grpcurl) -d '{\\"limit\\":5}' ${host} sigma.v1.SyncRunService/ListRuns"`;
}

// Scheme v2, which every key accepts: HTTP message signatures over method, host, path, query, body and tenant.
function python({ server, tenant, keyId }: Place): string {
  return `import base64, hashlib, hmac, os, secrets, time, urllib.parse, urllib.request

server, tenant, key = ${JSON.stringify(server)}, ${JSON.stringify(tenant)}, ${JSON.stringify(keyId)}
with open(os.path.expanduser("~/sigma-secret")) as file:
    secret = file.read().strip()

def call(method, path, body=b""):
    url = urllib.parse.urlsplit(server + path)
    digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
    params = (
        '("@method" "@authority" "@path" "@query" "content-digest" "x-tenant-id")'
        f';created={int(time.time())};keyid="{key}";alg="hmac-sha256"'
        f';nonce="{secrets.token_urlsafe(24)}";tag="ext-v2"'
    )
    text = "\\n".join([
        f'"@method": {method}',
        f'"@authority": {url.netloc.lower()}',
        f'"@path": {url.path}',
        f'"@query": ?{url.query}',
        f'"content-digest": {digest}',
        f'"x-tenant-id": {tenant}',
        f'"@signature-params": {params}',
    ])
    signature = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
    headers = {
        "X-Tenant-ID": tenant,
        "Content-Digest": digest,
        "Signature-Input": f"ext={params}",
        "Signature": f"ext=:{signature}:",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(server + path, data=body or None, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()

print(call("GET", "/v1/extension/runs?limit=5"))`;
}

function typescript({ server, tenant, keyId }: Place): string {
  return `import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";

const [server, tenant, key] = [${JSON.stringify(server)}, ${JSON.stringify(tenant)}, ${JSON.stringify(keyId)}];
const secret = readFileSync(homedir() + "/sigma-secret", "utf8").trim();

async function call(method = "GET", path = "/", body = "") {
  const url = new URL(server + path);
  const digest = "sha-256=:" + createHash("sha256").update(body).digest("base64") + ":";
  const params =
    '("@method" "@authority" "@path" "@query" "content-digest" "x-tenant-id")' +
    \`;created=\${Math.floor(Date.now() / 1000)};keyid="\${key}";alg="hmac-sha256"\` +
    \`;nonce="\${randomBytes(24).toString("base64url")}";tag="ext-v2"\`;
  const text = [
    \`"@method": \${method}\`,
    \`"@authority": \${url.host}\`,
    \`"@path": \${url.pathname}\`,
    \`"@query": \${url.search || "?"}\`,
    \`"content-digest": \${digest}\`,
    \`"x-tenant-id": \${tenant}\`,
    \`"@signature-params": \${params}\`,
  ].join("\\n");
  const signature = createHmac("sha256", secret).update(text).digest("base64");
  const headers = {
    "X-Tenant-ID": tenant,
    "Content-Digest": digest,
    "Signature-Input": "ext=" + params,
    Signature: \`ext=:\${signature}:\`,
    "Content-Type": "application/json",
  };
  const answer = await fetch(url, { method, headers, ...(body ? { body } : {}) });
  if (!answer.ok) throw new Error(\`\${answer.status} \${await answer.text()}\`);
  return answer.json();
}

console.log(JSON.stringify(await call("GET", "/v1/extension/runs?limit=5")));`;
}

export function UseKey({ keyId, tenant }: { keyId: string; tenant: string }) {
  const place = { server: apiBase(), tenant, keyId };
  return (
    <Samples
      label={m.make_use()}
      samples={[
        { name: "curl", text: curl(place) },
        { name: "grpcurl", text: grpcurl(place) },
        { name: "Python", text: python(place) },
        { name: "TypeScript", text: typescript(place) },
      ]}
    />
  );
}
