// A page that speaks as Zoho CRM does with the widget in its frame, and the script that the widget loads from Zoho: both are
// given out by the test, nothing is fetched. Functions of the CRM run here, against the real server.
import { settle } from "./school.mjs";

const PAGE = "https://crm.zoho.com/crm/org1/tab/record";
const SDK = "https://live.zwidgets.com/js-sdk/1.5/ZohoEmbededAppSDK.min.js";

// The script registers what hears PageLoad, and tells the frame's parent only after that that it is there; an `on` that
// comes after `init` hears nothing.
const SCRIPT = `
(() => {
  let hear, begun = false, last = 0;
  const waiting = new Map();
  addEventListener("message", ({ data, source }) => {
    if (source !== window.parent || !data || !data.zoho) return;
    if (data.zoho === "PageLoad" && hear) hear(data.value);
    const answered = waiting.get(data.id);
    if (answered) { waiting.delete(data.id); data.failed ? answered.failed(new Error(data.failed)) : answered.done(data.value); }
  });
  const ask = (name, value) => new Promise((done, failed) => {
    waiting.set(++last, { done, failed });
    window.parent.postMessage({ zoho: name, id: last, value }, "*");
  });
  const http = (method) => (request) => ask("http", { method, ...request });
  window.ZOHO = {
    embeddedApp: {
      on(event, listener) { if (event === "PageLoad" && !begun) hear = listener; },
      init() { begun = true; return ask("init"); },
    },
    CRM: {
      CONFIG: { getCurrentUser: () => ask("user") },
      FUNCTIONS: { execute: (name, input) => ask("execute", { name, input }) },
      HTTP: { get: http("GET"), post: http("POST"), put: http("PUT") },
    },
  };
})();`;

const parent = (frame, place, isCrm) => `<!doctype html><html><body style="margin:0">
<iframe src="${frame}" style="border:0;width:100vw;height:100vh" allow="clipboard-write"></iframe>
<script>
const place = ${JSON.stringify(place)};
addEventListener("message", async ({ data, source }) => {
  if (!${isCrm} || !data || !data.zoho) return;
  if (data.zoho === "init") setTimeout(() => source.postMessage({ zoho: "PageLoad", value: place }, "*"));
  try {
    source.postMessage({ zoho: "answer", id: data.id, value: await window.crmAnswers(data.zoho, data.value) }, "*");
  } catch (error) {
    source.postMessage({ zoho: "answer", id: data.id, failed: String(error) }, "*");
  }
});
</script></body></html>`;

/** The call that the function sigma_session makes, signed with the key of the demo; its answer as text. */
async function sigmaSession(school, role) {
  const body = JSON.stringify({ role, actor: "crm:4876876000000225013", ttl_s: 900 });
  const headers = await school.cli(["sign", "POST", "/v1/extension/sessions", "-d", body]);
  const signed = Object.fromEntries(headers.trim().split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  const answer = await fetch(`${school.server}/v1/extension/sessions`, { method: "POST", headers: { "Content-Type": "application/json", ...signed }, body });
  return answer.text();
}

/**
 * Opens the widget in the frame of a CRM. `place` is what PageLoad says; `user` what getCurrentUser answers; `ways` names the
 * ways to the server that are open (`grpc-web`, `http`, `relay`); `speaks: false` is a parent that is no CRM.
 */
export async function openInCrm(browser, school, { place = {}, user = {}, role = "operator", ways = ["grpc-web", "http", "relay"], width = 900, height = 900, theme = "light", speaks = true, query = "?zoho=1" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: "en-GB", reducedMotion: "reduce" });
  const page = await context.newPage();
  const calls = [];
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  await context.exposeFunction("crmAnswers", async (name, value) => {
    calls.push([name, value]);
    if (name === "init") return {};
    if (name === "user") return user;
    if (name === "http") {
      if (!ways.includes("http")) throw new Error("blocked");
      const answer = await fetch(value.url, { method: value.method, headers: value.headers, body: value.body });
      return answer.text();
    }
    const given = JSON.parse(value.input.arguments);
    if (value.name === "sigma_session") return { code: "success", details: { output: await sigmaSession(school, role), type: "string" } };
    if (value.name === "sigma_relay" && ways.includes("relay")) {
      const headers = { "Content-Type": "application/json", "Accept-Language": given.language };
      if (given.authorization) headers.Authorization = given.authorization;
      const answer = await fetch(new URL(school.page).origin + given.path, { method: given.method, headers, body: given.method === "GET" ? undefined : given.body });
      const output = JSON.stringify({ status: answer.status, body: await answer.text(), headers: Object.fromEntries(answer.headers) });
      return { code: "success", details: { output, type: "string" } };
    }
    return { code: "error", message: "the function does not exist" };
  });
  await context.route("https://crm.zoho.com/**", (route) => route.fulfill({ contentType: "text/html", body: parent(school.page + query, place, speaks) }));
  await context.route(SDK, (route) => (speaks ? route.fulfill({ contentType: "text/javascript", body: SCRIPT }) : route.abort()));
  if (!ways.includes("grpc-web")) await context.route("**/sigma.v1.*/**", (route) => route.abort());
  await page.goto(PAGE);
  const frame = await page.waitForSelector("iframe").then((element) => element.contentFrame());
  return { page, frame, calls, context };
}

/** Waits until the frame shows a screen and nothing loads any more. */
export async function settleFrame(frame) {
  await frame.waitForSelector(".shell", { timeout: 20_000 });
  await settle(frame);
}
