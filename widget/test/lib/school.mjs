// A school to drive the page with: the real binary with its emulated Zoho and Moodle, on ports of its own, and a browser.
// SIGMA_BINARY names the binary (target/debug/sigma-sync by default), CHROMIUM the browser.
import { spawn, execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath } from "../../scripts/chromium.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const BINARY = process.env.SIGMA_BINARY ?? join(root, "target/debug/sigma-sync");

/** The policy under which the server gives the page out. */
export const POLICY =
  "default-src 'none'; script-src 'self' https://live.zwidgets.com; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'";

function freePort() {
  return new Promise((done, failed) => {
    const socket = createSocket();
    socket.once("error", failed);
    socket.listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });
}

const run = (file, args, options) =>
  new Promise((done, failed) => {
    execFile(file, args, options, (error, out, err) => (error ? failed(new Error(`${error.message}\n${err}`)) : done(out)));
  });

/** Starts the demo and waits until its first sync is over. `args` are further arguments of `demo`. */
export async function startSchool(args = ["--all", "--broken-every", "20"]) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} does not exist; build it, or name it with SIGMA_BINARY`);
  const folder = mkdtempSync(join(tmpdir(), "sigma-widget-"));
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: folder, SIGMA_LOG: "warn" };
  const settings = ["--listen", `127.0.0.1:${port}`, "--metrics-listen", "", "--database-url", `sqlite://${folder}/sigma.db?mode=rwc`];
  const child = spawn(BINARY, ["demo", ...args, ...settings], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ready = new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`the demo did not start:\n${said}`)), 180_000);
    const hear = (text) => {
      said += text;
      if (said.includes("Stop with Ctrl-C")) {
        clearTimeout(timer);
        done();
      }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => failed(new Error(`the demo ended with ${code}:\n${said}`)));
  });
  await ready;
  const server = `http://127.0.0.1:${port}`;
  const page = await pageOf(server);
  return {
    server,
    page: page.address,
    zoho: /Zoho\s+(http:\S+)/.exec(said)?.[1],
    moodle: /Moodle\s+(http:\S+)/.exec(said)?.[1],
    /** A one-time code for a session. */
    async code(role = "owner", ttl = 1800) {
      const out = await cli(["widget", "open", "--role", role, "--ttl-s", String(ttl), "--actor", "test"]);
      return /(?:#code=|^)([A-Za-z0-9_-]{20,})/m.exec(out)[1];
    },
    cli,
    async stop() {
      await page.stop();
      child.removeAllListeners("exit");
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000))]);
      if (child.exitCode === null) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  function cli(args) {
    return run(BINARY, [...args, "--server", server], { cwd: folder, env });
  }
}

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml" };

// Where the binary gives out the page itself, that is what is driven; a binary without it gets the built files from here,
// under the same policy, and its calls are passed on.
async function pageOf(server) {
  const own = await fetch(`${server}/widget/`).catch(() => undefined);
  if (own?.ok && (await own.text()).includes('id="app"')) return { address: `${server}/widget/`, stop: async () => {} };
  const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
  const upstream = new URL(server);
  const files = createServer((request, response) => {
    const { pathname } = new URL(request.url, server);
    if (!pathname.startsWith("/widget")) {
      const passed = httpRequest(
        { host: upstream.hostname, port: upstream.port, path: request.url, method: request.method, headers: { ...request.headers, host: upstream.host, origin: server } },
        (answer) => {
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        },
      );
      passed.on("error", () => response.destroy());
      response.on("close", () => passed.destroy());
      request.pipe(passed);
      return;
    }
    const path = normalize(pathname.slice("/widget".length) || "/").replace(/^\/$/, "/index.html");
    try {
      const bytes = readFileSync(join(dist, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": POLICY });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => files.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${files.address().port}/widget/`,
    stop: () =>
      new Promise((done) => {
        files.closeAllConnections();
        files.close(done);
      }),
  };
}

/** Makes what the screens are about: a run with failures, and one that waits with its list of removals. */
export async function prepare(school) {
  const failed = (await school.cli(["runs", "list", "--module", "students", "--limit", "1", "-o", "id"])).trim();
  const items = JSON.parse(await school.cli(["call", "ItemService/ListItems", "-d", JSON.stringify({ run_id: failed, status: "NEW", limit: 1 })]));
  const held = await holdRun(school);
  return { failed, held, student: items.items[0].zoho_id };
}

/** Lets many enrolments vanish in Zoho, so that the next run would end more than it may unasked; gives that run's id. */
export async function holdRun(school) {
  await school.cli(["call", "ModuleService/UpdateModule", "-d", JSON.stringify({ module_name: "enrollments", options: { removal_action: "suspend" } })]);
  for (let place = 0; place < 60; place += 1) {
    const answer = await fetch(`${school.zoho}/_sandbox/zoho/records/BTEC_Enrollments/${place}?unseen=1`, { method: "DELETE" });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
  }
  await school.cli(["runs", "start", "enrollments", "--no-exit-status"]).catch(() => {});
  const list = JSON.parse(await school.cli(["runs", "list", "--module", "enrollments", "--limit", "1", "-o", "json"]));
  const run = (Array.isArray(list) ? list : list.runs)[0];
  if (run.status !== "held") throw new Error(`the run is ${run.status}, not held`);
  return run.run_id;
}

/** The system's Chromium. A page of another site that a test gives out may frame one of this machine. */
export async function startBrowser() {
  // Inside containers the browser's own sandbox and the small /dev/shm do not work.
  return chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-features=LocalNetworkAccessChecks"] });
}

/** A page that is signed in; what goes wrong in it is kept in `page.faults`. */
export async function openPage(browser, school, { role = "owner", language = "en", theme = "light", width = 1280, height = 900, to = "/overview", code } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language === "ar" ? "ar-JO" : "en-GB",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(message.text());
  });
  await page.goto(`${school.page}#code=${code ?? (await school.code(role))}&to=${encodeURIComponent(to)}`);
  await page.waitForSelector(".shell");
  return page;
}

/** Goes to another address of the page and waits until nothing loads any more. */
export async function visit(page, path) {
  await page.evaluate((path) => {
    location.hash = path;
  }, path);
  await settle(page);
}

export async function settle(page) {
  await page.waitForFunction(() => !document.querySelector(".bones, [aria-busy='true']"), undefined, { timeout: 15_000 });
  await page.waitForTimeout(150);
}

/** Waits until the page is drawn for a change that needs no call, such as that of its width. */
export async function frames(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
