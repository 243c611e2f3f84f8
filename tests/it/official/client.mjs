// Zoho's own Node client against the emulated Zoho CRM: every call that the connector makes, and what its users do besides.
//
// Usage: client.mjs BASE FOLDER CLIENT_ID CLIENT_SECRET REFRESH_TOKEN
// Writes one JSON document a line: the name of a step and what the client made of the answer.

import { createRequire } from "node:module";
import { inflateRawSync } from "node:zlib";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The client is installed apart from this file.
const installed = createRequire(join(process.env.NODE_CLIENT, "package.json"));
const Zoho = await import(pathToFileURL(installed.resolve("@zohocrm/nodejs-sdk-8.0")));

const [BASE, FOLDER, CLIENT, SECRET, REFRESH] = process.argv.slice(2);

const tell = (step, result) => console.log(JSON.stringify({ step, result }));
const plain = (value) => (value instanceof Zoho.Choice ? value.getValue() : value);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function parameters(pairs) {
  const params = new Zoho.ParameterMap();
  for (const [param, value] of pairs) {
    await params.add(param, value);
  }
  return params;
}

async function header(kind, time) {
  const headers = new Zoho.HeaderMap();
  await headers.add(kind, time);
  return headers;
}

/** The code of a typed exception, with the HTTP status. */
const code = (response) => [response.getStatusCode(), plain(response.getObject().getCode())];

/** The rows of a write: code, and the field of a fault. */
function rows(response) {
  const found = response.getObject().getData().map((row) => {
    const details = row.getDetails() ?? new Map();
    return [plain(row.getCode()), plain(row.getStatus()), details.get("api_name") ?? null];
  });
  return [response.getStatusCode(), found];
}

/** The id that the first row of a write was given. */
const id = (response) => BigInt(response.getObject().getData()[0].getDetails().get("id"));

function record(fields) {
  const one = new Zoho.Record.Record();
  for (const [name, value] of Object.entries(fields)) {
    if (name === "id") {
      one.setId(value);
    } else {
      one.addKeyValue(name, value);
    }
  }
  return one;
}

function body(records, keys) {
  const wrapper = new Zoho.Record.BodyWrapper();
  wrapper.setData(records);
  wrapper.setTrigger([]);
  if (keys) {
    wrapper.setDuplicateCheckFields(keys);
  }
  return wrapper;
}

async function start() {
  const environment = Zoho.DataCenter.setEnvironment(BASE, `${BASE}/oauth/v2/token`, BASE);
  const token = new Zoho.OAuthBuilder()
    .clientId(CLIENT).clientSecret(SECRET).refreshToken(REFRESH).build();
  const initializer = await new Zoho.InitializeBuilder();
  await initializer
    .environment(environment)
    .token(token)
    .store(new Zoho.FileStore(join(FOLDER, "tokens.csv")))
    .logger(new Zoho.LogBuilder().level(Zoho.Levels.OFF).filePath(join(FOLDER, "log")).build())
    .resourcePath(FOLDER)
    .initialize();
}

async function describe() {
  const own = (await new Zoho.Org.OrgOperations().getOrganization()).getObject().getOrg()[0];
  tell("org", [own.getCompanyName(), own.getZgid()]);
  let listed = (await new Zoho.Modules.ModulesOperations().getModules()).getObject().getModules();
  const kinds = new Map(listed.map((one) => [one.getAPIName(), plain(one.getGeneratedType())]));
  const wanted = ["BTEC_Students", "Products", "Contacts", "Leads", "Alumni", "Payment_Schedule"];
  tell("modules", wanted.map((name) => kinds.get(name)));
  const params = await parameters([[Zoho.Fields.GetFieldsParam.MODULE, "Alumni"]]);
  listed = (await new Zoho.Fields.FieldsOperations().getFields(params)).getObject().getFields();
  const described = new Map(listed.map((one) => [one.getAPIName(), one]));
  const [story, email] = [described.get("Story"), described.get("Email")];
  tell("fields", [story.getDataType(), story.getTextarea().getType(), story.getLength(),
    email.getUnique().getCasesensitive()]);
}

async function read() {
  const students = new Zoho.Record.RecordOperations("BTEC_Students");
  const wanted = "Last_Name,Academic_Email,Birth_Date,Program,Modified_Time";
  const Param = Zoho.Record.GetRecordsParam;
  const pages = [];
  const seen = new Set();
  let token = null;
  for (;;) {
    const pairs = [[Param.FIELDS, wanted], [Param.SORT_BY, "id"], [Param.SORT_ORDER, "asc"], [Param.PER_PAGE, 200]];
    if (token) {
      pairs.push([Param.PAGE_TOKEN, token]);
    }
    const answer = (await students.getRecords(await parameters(pairs))).getObject();
    pages.push(answer.getData().length);
    answer.getData().forEach((one) => seen.add(one.getId()));
    const info = answer.getInfo();
    token = info.getNextPageToken();
    if (!info.getMoreRecords()) {
      break;
    }
  }
  tell("pages", [pages, seen.size]);

  const [first, second] = [...seen].sort();
  let pairs = [[Param.FIELDS, wanted], [Param.IDS, `${first},${second}`]];
  let answer = (await students.getRecords(await parameters(pairs))).getObject();
  const names = answer.getData().map((one) => [String(one.getId()), Boolean(one.getKeyValue("Last_Name"))]);
  tell("ids", JSON.stringify(names.sort()) === JSON.stringify([[String(first), true], [String(second), true]]));

  const one = (await students.getRecord(first)).getObject().getData()[0];
  const born = one.getKeyValue("Birth_Date");
  const day = [born.getFullYear(), born.getMonth() + 1, born.getDate()];
  tell("record", [one.getId() === first, Boolean(one.getKeyValue("Academic_Email")),
    day.map((part) => String(part).padStart(2, "0")).join("-")]);
  const later = new Date(Date.now() + 86_400_000);
  pairs = [[Param.FIELDS, wanted]];
  answer = await students.getRecords(await parameters(pairs), await header(Zoho.Record.GetRecordsHeader.IF_MODIFIED_SINCE, later));
  tell("unchanged", [answer.getStatusCode(), answer.getObject() == null]);
  tell("unknown", [(await students.getRecord(1n)).getStatusCode()]);

  const Deleted = Zoho.Record.GetDeletedRecordsParam;
  pairs = [[Deleted.TYPE, "all"], [Deleted.PER_PAGE, 200], [Deleted.PAGE, 1]];
  const earlier = new Date(Date.now() - 86_400_000);
  const since = await header(Zoho.Record.GetDeletedRecordsHeader.IF_MODIFIED_SINCE, earlier);
  const gone = (await students.getDeletedRecords(await parameters(pairs), since)).getObject().getData();
  tell("deleted", gone.map((row) => plain(row.getType())));

  const request = new Zoho.Coql.BodyWrapper();
  request.setSelectQuery("select id, Last_Name from BTEC_Students where id > '0' order by id asc limit 3");
  answer = (await new Zoho.Coql.CoqlOperations().getRecords(request)).getObject();
  tell("coql", [answer.getData().length, answer.getInfo().getMoreRecords()]);
}

async function refused() {
  const students = new Zoho.Record.RecordOperations("BTEC_Students");
  tell("no fields", code(await students.getRecords(new Zoho.ParameterMap())));
  const request = new Zoho.Coql.BodyWrapper();
  request.setSelectQuery("select id from BTEC_Students");
  tell("bad query", code(await new Zoho.Coql.CoqlOperations().getRecords(request)));
}

/** Reads the only file of an archive. */
function unpacked(zip) {
  const directory = zip.lastIndexOf(Buffer.from("PK\x01\x02"));
  const size = zip.readUInt32LE(directory + 20);
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  const packed = zip.subarray(start, start + size);
  return (zip.readUInt16LE(8) === 8 ? inflateRawSync(packed) : packed).toString();
}

async function bulk() {
  const query = new Zoho.BulkRead.Query();
  const module = new Zoho.Modules.MinifiedModule();
  module.setAPIName("BTEC_Students");
  await query.setModule(module);
  query.setFields(["Last_Name", "Modified_Time"]);
  const request = new Zoho.BulkRead.BodyWrapper();
  await request.setQuery(query);
  request.setFileType(new Zoho.Choice("csv"));
  const operations = new Zoho.BulkRead.BulkReadOperations();
  const made = (await operations.createBulkReadJob(request)).getObject().getData()[0];
  const job = BigInt(made.getDetails().get("id"));
  const states = [];
  let detail;
  for (let turn = 0; turn < 20 && states.at(-1) !== "COMPLETED"; turn += 1) {
    detail = (await operations.getBulkReadJobDetails(job)).getObject().getData()[0];
    states.push(plain(detail.getState()));
    await wait(50);
  }
  const result = detail.getResult();
  const file = await (await operations.downloadResult(job)).getObject();
  const stream = file.getFile().getStream();
  const lines = unpacked(Buffer.from(stream)).trimEnd().split("\n");
  tell("bulk", [plain(made.getCode()), states.at(-1), result.getCount(), result.getMoreRecords(),
    lines[0].split(","), lines.length - 1]);
}

async function write() {
  const contacts = new Zoho.Record.RecordOperations("Contacts");
  const alumni = new Zoho.Record.RecordOperations("Alumni");
  let answer = await contacts.createRecords(body([record({ Last_Name: "One", Email: "one@x.example" }),
    record({ First_Name: "Two" })]));
  tell("insert", rows(answer));
  const contact = id(answer);

  const story = `<p>${"x".repeat(700)}</p>`;
  const made = { Name: "One", Email: "one@x.example", Year: 2020, Contact: record({ id: contact }), Story: story };
  answer = await alumni.createRecords(body([record(made)]));
  tell("insert with a look-up", rows(answer));
  const alumnus = id(answer);

  answer = await alumni.updateRecords(body([record({ id: alumnus, Year: 2021 }), record({ id: 1n, Year: 2021 })]));
  tell("update", rows(answer));
  answer = await alumni.upsertRecords(body([record({ Name: "First", Email: "one@x.example", Year: 2022 }),
    record({ Name: "Other", Email: "two@x.example" })], ["Email"]));
  const actions = answer.getObject().getData().map((row) => plain(row.getAction()));
  tell("upsert", [...rows(answer), actions]);

  let pairs = [[Zoho.Record.SearchRecordsParam.CRITERIA, "(Email:equals:one@x.example)"]];
  const found = (await alumni.searchRecords(await parameters(pairs))).getObject().getData();
  tell("search", [found.map((each) => each.getKeyValue("Year")),
    found[0].getKeyValue("Contact").getId() === contact, found[0].getKeyValue("Story").length]);
  const Rich = Zoho.Record.GetRichTextRecordsParam;
  pairs = [[Rich.IDS, String(alumnus)], [Rich.FIELDS, "Story"]];
  const whole = (await alumni.getRichTextRecords(await parameters(pairs))).getObject().getData()[0];
  tell("rich text", whole.getKeyValue("Story") === story);
}

await start();
await describe();
await read();
await refused();
await bulk();
await write();
