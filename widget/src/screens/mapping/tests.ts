// Stored tests as they are typed: the record and what must come of it as JSON text, kept even while it is not valid.
import { create, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { type MappingTest, MappingTestSchema } from "../../gen/sigma/v1/mapping_pb";
import { isObject } from "./set";

export interface TestRow {
  name: string;
  given: string;
  expect: string;
  /** A code in place of `expect`; undefined if fields must come out. */
  error?: string | undefined;
}

const text = (value: JsonObject | undefined) => JSON.stringify(value ?? {}, null, 2);

export function testRowsOf(tests: readonly MappingTest[]): TestRow[] {
  return tests.map((test) => ({ name: test.name ?? "", given: text(test.given), expect: text(test.expect), error: test.expectError }));
}

/** The object of a text; undefined if it is none. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The tests to send; undefined if one of them is not valid. */
export function testsOf(rows: readonly TestRow[]): MappingTest[] | undefined {
  const tests: MappingTest[] = [];
  for (const row of rows) {
    const given = objectOf(row.given);
    const expect = row.error === undefined ? objectOf(row.expect) : undefined;
    if (!given || (row.error === undefined && !expect)) return undefined;
    const test = create(MappingTestSchema, { given });
    if (row.name) test.name = row.name;
    if (expect) test.expect = expect;
    if (row.error !== undefined) test.expectError = row.error;
    tests.push(test);
  }
  return tests;
}
