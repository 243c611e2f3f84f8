// Keys, the audit log and schools: what a session may look at, the commands for what it may not do, and the files to take
// along. The samples and commands that the page shows are run as they are shown.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { look } from "../lib/look.mjs";
import { BINARY, openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

const run = promisify(execFile);
let school;
let browser;

before(async () => {
  school = await startSchool([]);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await school?.stop();
});

/** A sample of the page for the server itself, where the page comes from a proxy before it: its signature covers the host. */
const direct = (text) => text.replaceAll(new URL(school.page).origin, school.server).replaceAll(new URL(school.page).host, new URL(school.server).host);

/** The words of a command line of the page, as a shell would split them. */
async function wordsOf(command) {
  const { stdout } = await run("bash", ["-c", `printf '%s\\0' ${command}`]);
  return stdout.split("\0").slice(1, -1);
}

test("a key is composed, made by the command that is shown, and used as the samples say", async () => {
  const page = await openPage(browser, school, { to: "/keys" });
  await page.getByRole("button", { name: "Create a key" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel(/^Name,/).fill("Timetable's reader");
  await sheet.getByLabel("Only from these networks").fill("somewhere");
  await sheet.getByText("somewhere is not a network").waitFor();
  await sheet.getByLabel("Only from these networks").fill("127.0.0.0/8");
  await sheet.getByLabel("Ends on").fill("2020-01-01");
  await sheet.getByText("The day must be in the future.").waitFor();
  await sheet.getByLabel("Ends on").fill("2090-01-01");
  const command = await sheet.getByRole("region", { name: "Command that creates the key" }).innerText();
  await look(page, "key-make-en-1280-light");
  await sheet.getByRole("button", { name: "Close" }).click();
  const folder = mkdtempSync(join(tmpdir(), "sigma-key-"));
  try {
    const made = JSON.parse(await school.cli(["call", "AccessService/CreateKey", "-d", JSON.stringify({ name: "probe", roles: ["viewer"] })]));
    writeFileSync(join(folder, "sigma-secret"), made.secret);
    await school.cli(await wordsOf(command));
    await visit(page, "/keys?q=timetable");
    await page.waitForSelector("tbody tr:has-text('Timetable')");
    const key = (made.key ?? made).key_id;
    await visit(page, `/keys?key=${key}`);
    await page.getByRole("tab", { name: "Python" }).click();
    writeFileSync(join(folder, "call.py"), direct(await page.getByRole("region", { name: "Python" }).innerText()));
    await page.getByRole("tab", { name: "TypeScript" }).click();
    writeFileSync(join(folder, "call.mjs"), direct(await page.getByRole("region", { name: "TypeScript" }).innerText()));
    await page.getByRole("tab", { name: "curl", exact: true }).click();
    const shell = direct(await page.getByRole("region", { name: "curl", exact: true }).innerText());
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
    writeFileSync(join(folder, "sigma-sync"), `#!/bin/sh\nexec "${BINARY}" "$@"\n`, { mode: 0o755 });
    for (const [file, args] of [
      ["python3", ["call.py"]],
      [process.execPath, ["call.mjs"]],
      ["bash", ["-c", shell]],
    ]) {
      const { stdout } = await run(file, args, { cwd: folder, env });
      assert.equal(JSON.parse(stdout)[0].module_name, "students", `${file}: ${stdout.slice(0, 200)}`);
    }
    // The arguments that grpcurl would get: it is not among the tools that the tests need.
    await page.getByRole("tab", { name: "grpcurl" }).click();
    const line = direct(await page.getByRole("region", { name: "grpcurl" }).innerText());
    writeFileSync(join(folder, "grpcurl"), `#!/bin/sh\nprintf '%s\\n' "$@"\n`, { mode: 0o755 });
    const { stdout } = await run("bash", ["-c", line], { cwd: folder, env });
    const given = stdout.trim().split("\n");
    assert.deepEqual(given.slice(-4), ["-d", '{"limit":5}', new URL(school.server).host, "sigma.v1.SyncRunService/ListRuns"]);
    assert.ok(given.includes("-plaintext") && given.some((word) => word.startsWith("Signature-Input:")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the last owner key is not to be revoked, another one is by its command", async () => {
  const page = await openPage(browser, school, { to: "/keys?key=ext_key_default" });
  const sheet = page.getByRole("dialog");
  await sheet.getByText("This is the last owner key, and is not revoked").waitFor();
  assert.equal(await sheet.getByRole("region", { name: "Revoke it for good" }).count(), 0);
  const rotate = await sheet.getByRole("region", { name: "Give it a new secret" }).innerText();
  assert.match(rotate, /^sigma-sync keys rotate ext_key_default --overlap-s 86400$/);
  await look(page, "key-en-1280-light");
  const made = JSON.parse(await school.cli(["call", "AccessService/CreateKey", "-d", JSON.stringify({ name: "short", roles: ["viewer"] })]));
  const id = (made.key ?? made).key_id;
  await visit(page, `/keys?key=${id}`);
  await page.waitForFunction((id) => document.querySelector("dialog")?.textContent?.includes(id), id);
  const revoke = await page.getByRole("dialog").getByRole("region", { name: "Revoke it for good" }).innerText();
  await school.cli(await wordsOf(revoke));
  await visit(page, "/keys?q=short");
  await page.waitForSelector("text=No key matches these filters");
  await page.context().close();
});

test("the audit log is filtered by the address, opened entry by entry, and taken along", async () => {
  await school.cli(["call", "ModuleService/UpdateModule", "-d", JSON.stringify({ module_name: "payments", enabled: false })]);
  const page = await openPage(browser, school, { to: "/audit?action=module.update" });
  await page.waitForSelector("tbody tr:has-text('payments')");
  assert.equal(await page.getByLabel("What", { exact: true }).inputValue(), "module.update");
  await page.getByRole("link", { name: "Module changed" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.locator("dt:has-text('enabled')").waitFor();
  assert.match(await sheet.locator(".diff").innerText(), /true[\s\S]*false/);
  await look(page, "audit-entry-en-1280-light");
  await sheet.getByRole("button", { name: "Close" }).click();
  for (const [name, file] of [
    ["CSV", "audit.csv"],
    ["NDJSON", "audit.ndjson"],
  ]) {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), file);
    const lines = readFileSync(await download.path(), "utf8").trim().split(/\r?\n/);
    const rows = file.endsWith("csv") ? lines.slice(1) : lines;
    assert.ok(rows.length >= 1 && rows.every((row) => row.includes("module.update")), `${file}: ${lines.slice(0, 2)}`);
  }
  await page.getByLabel("Outcome").selectOption("refused");
  await page.waitForSelector("text=No entry matches these filters");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a viewer sees no keys and no audit log, in the navigation or by the address", async () => {
  const page = await openPage(browser, school, { role: "viewer", to: "/keys" });
  await page.waitForSelector("text=This is not open to your role");
  assert.equal(await page.getByRole("link", { name: "Audit log" }).count(), 0);
  await visit(page, "/audit");
  await page.waitForSelector("text=It needs the role “owner”");
  await page.context().close();
});

test("a school shows its support access and limits; what only the operator may do is a command that works", async () => {
  const page = await openPage(browser, school, { to: "/tenants?tenant=default" });
  const sheet = page.getByRole("dialog");
  await sheet.getByText("No support session is open.").waitFor();
  const suspend = await sheet.getByRole("region", { name: "Suspend the school" }).innerText();
  assert.deepEqual(await wordsOf(suspend), ["call", "TenantService/UpdateTenant", "-d", '{"tenant_id":"default","status":"suspended"}']);
  await look(page, "tenant-en-1280-light");
  await sheet.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Add a school" }).click();
  await page.getByRole("dialog").getByLabel("Id").fill("no spaces");
  await page.getByText("Only A-Z a-z 0-9 . _ - are possible").waitFor();
  await page.getByRole("dialog").getByLabel("Id").fill("riyadh");
  await page.getByRole("dialog").getByLabel("Name").fill("Riyadh's college");
  const create = await page.getByRole("dialog").getByRole("region", { name: "Add a school" }).innerText();
  const out = await school.cli(await wordsOf(create));
  assert.match(out, /riyadh/);
  await settle(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
