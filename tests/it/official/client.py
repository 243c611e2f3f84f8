"""Zoho's own Python client against the emulated Zoho CRM: every call that the connector makes, and what its users do besides.

Usage: client.py BASE FOLDER CLIENT_ID CLIENT_SECRET REFRESH_TOKEN
Writes one JSON document a line: the name of a step and what the client made of the answer.
"""

import csv
import io
import json
import os
import sys
import time
import zipfile
from datetime import datetime, timedelta, timezone

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api import bulk_read, coql, fields, modules, org, record
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import (
    GetDeletedRecordsHeader, GetRecordsHeader, GetRecordsParam, GetRichTextRecordsParam,
    GetDeletedRecordsParam, RecordOperations, SearchRecordsParam)
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

BASE, FOLDER, CLIENT, SECRET, REFRESH = sys.argv[1:6]


def tell(step, result):
    print(json.dumps({"step": step, "result": result}), flush=True)


def plain(value):
    return value.get_value() if isinstance(value, Choice) else value


def parameters(pairs):
    params = ParameterMap()
    for param, value in pairs:
        params.add(param, value)
    return params


def header(kind, time_of):
    headers = HeaderMap()
    headers.add(kind, time_of)
    return headers


def code(response):
    """The code of a typed exception, with the HTTP status."""
    return [response.get_status_code(), plain(response.get_object().get_code())]


def rows(response):
    """The rows of a write: code, and the changed field or what the client says of the fault."""
    found = []
    for row in response.get_object().get_data():
        details = row.get_details() or {}
        found.append([plain(row.get_code()), plain(row.get_status()), details.get("api_name")])
    return [response.get_status_code(), found]


def made_id(response):
    """The id that the first row of a write was given."""
    return int(str(response.get_object().get_data()[0].get_details()["id"]))


def new(module_fields):
    one = record.Record()
    for name, value in module_fields.items():
        if name == "id":
            one.set_id(value)
        else:
            one.add_key_value(name, value)
    return one


def body(records, keys=None):
    wrapper = record.BodyWrapper()
    wrapper.set_data(records)
    wrapper.set_trigger([])
    if keys:
        wrapper.set_duplicate_check_fields(keys)
    return wrapper


def start():
    environment = DataCenter.Environment(BASE, BASE + "/oauth/v2/token", BASE)
    token = OAuthToken(client_id=CLIENT, client_secret=SECRET, refresh_token=REFRESH)
    store = FileStore(os.path.join(FOLDER, "tokens.csv"))
    Initializer.initialize(environment, token, store=store, resource_path=FOLDER)


def describe():
    own = org.OrgOperations().get_organization().get_object().get_org()[0]
    tell("org", [own.get_company_name(), own.get_zgid()])
    listed = modules.ModulesOperations().get_modules().get_object().get_modules()
    kinds = {one.get_api_name(): plain(one.get_generated_type()) for one in listed}
    wanted = ["BTEC_Students", "Products", "Contacts", "Leads", "Alumni", "Payment_Schedule"]
    tell("modules", [kinds[name] for name in wanted])
    params = parameters([(fields.GetFieldsParam.module, "Alumni")])
    listed = fields.FieldsOperations().get_fields(params).get_object().get_fields()
    described = {one.get_api_name(): one for one in listed}
    story, email = described["Story"], described["Email"]
    tell("fields", [story.get_data_type(), story.get_textarea().get_type(), story.get_length(),
                    email.get_unique().get_casesensitive()])


def read():
    students = RecordOperations("BTEC_Students")
    wanted = "Last_Name,Academic_Email,Birth_Date,Program,Modified_Time"
    pages, seen, token = [], set(), None
    while True:
        pairs = [(GetRecordsParam.fields, wanted), (GetRecordsParam.sort_by, "id"),
                 (GetRecordsParam.sort_order, "asc"), (GetRecordsParam.per_page, 200)]
        pairs += [(GetRecordsParam.page_token, token)] if token else []
        answer = students.get_records(parameters(pairs)).get_object()
        pages.append(len(answer.get_data()))
        seen.update(one.get_id() for one in answer.get_data())
        info = answer.get_info()
        token = info.get_next_page_token()
        if not info.get_more_records():
            break
    tell("pages", [pages, len(seen)])

    first, second = sorted(seen)[:2]
    pairs = [(GetRecordsParam.fields, wanted), (GetRecordsParam.ids, f"{first},{second}")]
    answer = students.get_records(parameters(pairs)).get_object()
    names = [[str(one.get_id()), bool(one.get_key_value("Last_Name"))] for one in answer.get_data()]
    tell("ids", sorted(names) == sorted([str(one), True] for one in (first, second)))

    one = students.get_record(first).get_object().get_data()[0]
    tell("record", [one.get_id() == first, bool(one.get_key_value("Academic_Email")),
                    one.get_key_value("Birth_Date").isoformat()])
    later = datetime.now(timezone.utc) + timedelta(days=1)
    pairs = [(GetRecordsParam.fields, wanted)]
    answer = students.get_records(parameters(pairs), header(GetRecordsHeader.if_modified_since, later))
    tell("unchanged", [answer.get_status_code(), answer.get_object() is None])
    tell("unknown", [students.get_record(1).get_status_code()])

    pairs = [(GetDeletedRecordsParam.type, "all"), (GetDeletedRecordsParam.per_page, 200),
             (GetDeletedRecordsParam.page, 1)]
    earlier = datetime.now(timezone.utc) - timedelta(days=1)
    since = header(GetDeletedRecordsHeader.if_modified_since, earlier)
    gone = students.get_deleted_records(parameters(pairs), since).get_object().get_data()
    tell("deleted", [plain(one.get_type()) for one in gone])

    request = coql.BodyWrapper()
    request.set_select_query("select id, Last_Name from BTEC_Students where id > '0' order by id asc limit 3")
    answer = coql.CoqlOperations().get_records(request).get_object()
    tell("coql", [len(answer.get_data()), answer.get_info().get_more_records()])


def refused():
    students = RecordOperations("BTEC_Students")
    tell("no fields", code(students.get_records(parameters([]))))
    request = coql.BodyWrapper()
    request.set_select_query("select id from BTEC_Students")
    tell("bad query", code(coql.CoqlOperations().get_records(request)))


def bulk():
    query = bulk_read.Query()
    module = modules.MinifiedModule()
    module.set_api_name("BTEC_Students")
    query.set_module(module)
    query.set_fields(["Last_Name", "Modified_Time"])
    request = bulk_read.BodyWrapper()
    request.set_query(query)
    request.set_file_type("csv")
    operations = bulk_read.BulkReadOperations()
    made = operations.create_bulk_read_job(request).get_object().get_data()[0]
    job, states = int(made.get_details()["id"]), []
    for _ in range(20):
        detail = operations.get_bulk_read_job_details(job).get_object().get_data()[0]
        states.append(plain(detail.get_state()))
        if states[-1] == "COMPLETED":
            break
        time.sleep(0.05)
    result = detail.get_result()
    stream = operations.download_result(job).get_object().get_file().get_stream()
    content = b"".join(stream) if not hasattr(stream, "read") else stream.read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    table = list(csv.reader(io.StringIO(text)))
    tell("bulk", [plain(made.get_code()), states[-1], result.get_count(),
                  result.get_more_records(), table[0], len(table) - 1])


def write():
    contacts, alumni = RecordOperations("Contacts"), RecordOperations("Alumni")
    answer = contacts.create_records(body([new({"Last_Name": "One", "Email": "one@x.example"}),
                                           new({"First_Name": "Two"})]))
    tell("insert", rows(answer))
    contact = made_id(answer)

    linked = record.Record()
    linked.set_id(contact)
    story = "<p>" + "x" * 700 + "</p>"
    made = {"Name": "One", "Email": "one@x.example", "Year": 2020, "Contact": linked, "Story": story}
    answer = alumni.create_records(body([new(made)]))
    tell("insert with a look-up", rows(answer))
    alumnus = made_id(answer)

    answer = alumni.update_records(body([new({"id": alumnus, "Year": 2021}),
                                         new({"id": 1, "Year": 2021})]))
    tell("update", rows(answer))
    answer = alumni.upsert_records(body([new({"Name": "First", "Email": "one@x.example", "Year": 2022}),
                                         new({"Name": "Other", "Email": "two@x.example"})], ["Email"]))
    actions = [plain(row.get_action()) for row in answer.get_object().get_data()]
    tell("upsert", rows(answer) + [actions])

    pairs = [(SearchRecordsParam.criteria, "(Email:equals:one@x.example)")]
    found = alumni.search_records(parameters(pairs)).get_object().get_data()
    one = found[0]
    tell("search", [[each.get_key_value("Year") for each in found],
                    one.get_key_value("Contact").get_id() == contact,
                    len(one.get_key_value("Story"))])
    pairs = [(GetRichTextRecordsParam.ids, str(alumnus)), (GetRichTextRecordsParam.fields, "Story")]
    whole = alumni.get_rich_text_records(parameters(pairs)).get_object().get_data()[0]
    tell("rich text", whole.get_key_value("Story") == story)


start()
describe()
read()
refused()
bulk()
write()
