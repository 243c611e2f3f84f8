// The stored tests of a mapping: a given record, and what must come of it. They run on every check and every save.
import type { MappingTestOutcome } from "../../gen/sigma/v1/mapping_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Button, Card, Note, Pill } from "../../ui/basic";
import { Choice, TextArea, TextField } from "../../ui/form";
import { Empty } from "../../ui/state";
import { objectOf, type TestRow } from "./tests";

const MOST = 100;

interface Props {
  tests: readonly TestRow[];
  outcomes: readonly MappingTestOutcome[];
  readOnly: boolean;
  /** A record to begin a test with: what the preview was given and has given. */
  example: { name: string; given: string; expect: string } | undefined;
  onChange: (tests: TestRow[]) => void;
}

export function StoredTests({ tests, outcomes, readOnly, example, onChange }: Props) {
  const add = (test: TestRow) => onChange([...tests, test]);
  const buttons = !readOnly && tests.length < MOST && (
    <div class="row tight">
      {example && (
        <Button icon="plus" onClick={() => add({ ...example })}>
          {m.mapping_test_from_record()}
        </Button>
      )}
      <Button icon="plus" onClick={() => add({ name: "", given: "{}", expect: "{}" })}>
        {m.mapping_test_add()}
      </Button>
    </div>
  );
  if (tests.length === 0) {
    return (
      <Card>
        <Empty icon="check" title={m.mapping_no_tests()} action={buttons || undefined}>
          {m.mapping_tests_why()}
        </Empty>
      </Card>
    );
  }
  return (
    <div class="stack">
      <p class="soft">{m.mapping_tests_why()}</p>
      {tests.map((test, place) => {
        const outcome = outcomes.find((row) => row.index === place);
        const set = (patch: Partial<TestRow>) => onChange(tests.map((other, at) => (at === place ? { ...other, ...patch } : other)));
        const fault = (text: string) => (objectOf(text) ? undefined : m.mapping_not_json());
        return (
          <Card
            key={place}
            title={
              <span class="row tight">
                {m.mapping_test({ n: num(place + 1) })}
                {outcome && (
                  <Pill tone={outcome.passed ? "good" : "bad"} icon={outcome.passed ? "good" : "bad"}>
                    {outcome.passed ? m.mapping_test_passes() : m.mapping_test_fails()}
                  </Pill>
                )}
              </span>
            }
            aside={
              !readOnly && (
                <Button small look="quiet" icon="trash" onClick={() => onChange(tests.filter((_, at) => at !== place))}>
                  {m.mapping_test_remove()}
                </Button>
              )
            }
          >
            {outcome && !outcome.passed && outcome.message && <Note tone="bad" icon="bad" title={<bdi class="said">{outcome.message}</bdi>} />}
            <TextField label={m.mapping_test_name()} value={test.name} maxLength={100} disabled={readOnly} onInput={(name) => set({ name })} />
            <div class="two" style={{ "--least": "16rem" }}>
              <TextArea label={m.mapping_test_given()} dir="ltr" rows={6} value={test.given} fault={fault(test.given)} onInput={(given) => set({ given })} />
              <div class="stack tight">
                <Choice
                  legend={m.mapping_test_must()}
                  value={test.error === undefined ? "fields" : "code"}
                  options={[
                    { value: "fields", text: m.mapping_test_fields() },
                    { value: "code", text: m.mapping_test_code() },
                  ]}
                  onChange={(kind) => set({ error: kind === "code" ? (test.error ?? "MAPPING_REQUIRED_MISSING") : undefined })}
                />
                {test.error === undefined ? (
                  <TextArea label={m.mapping_test_expect()} dir="ltr" rows={4} value={test.expect} fault={fault(test.expect)} onInput={(expect) => set({ expect })} />
                ) : (
                  <TextField label={m.mapping_test_error()} dir="ltr" value={test.error} disabled={readOnly} onInput={(error) => set({ error })} />
                )}
              </div>
            </div>
          </Card>
        );
      })}
      {buttons}
    </div>
  );
}
