// Shows the API document and signs what is tried out. Nothing that is typed here is stored.
"use strict";

const text = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const value = (id) => document.getElementById(id).value.trim();

// Browsers keep their cryptography from pages that come over plain http from another machine.
const unsafe = document.getElementById("unsafe");
unsafe.hidden = Boolean(crypto.subtle);

// Signing scheme v1: timestamp.nonce.METHOD.path.sha256hex(body), the path with its query.
async function sign(request) {
  const url = new URL(request.url, location.href);
  if (url.pathname === "/openapi.json" || !value("secret")) return request;
  if (!crypto.subtle) throw new Error(unsafe.textContent);
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
  const body = hex(await crypto.subtle.digest("SHA-256", text.encode(request.body || "")));
  const message = [timestamp, nonce, request.method.toUpperCase(), url.pathname + url.search, body].join(".");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", text.encode(value("secret")), algorithm, false, ["sign"]);
  Object.assign(request.headers, {
    "X-Ext-Key": value("key"),
    "X-Tenant-ID": value("tenant"),
    "X-Ext-Timestamp": timestamp,
    "X-Ext-Nonce": nonce,
    "X-Ext-Signature": hex(await crypto.subtle.sign("HMAC", key, text.encode(message))),
  });
  return request;
}

document.getElementById("credential").addEventListener("submit", (event) => event.preventDefault());
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", requestInterceptor: sign, deepLinking: false, validatorUrl: null });
