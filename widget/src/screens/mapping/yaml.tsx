// The mapping as a file: taken out, and brought in after a look at what would change.
import { useState } from "preact/hooks";
import { may } from "../../api/access";
import { changed, useAction, useCall } from "../../api/query";
import { call } from "../../api/transport";
import { type ApplyMappingsResponse, MappingService } from "../../gen/sigma/v1/mapping_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Button, Card, Copy, Note } from "../../ui/basic";
import { Check, TextArea, TextField } from "../../ui/form";
import { Loaded, Problem } from "../../ui/state";
import { toast } from "../../ui/toast";
import { Changes, changesOf } from "./diff";
import { FindingLine } from "./row";

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function Plan({ plan }: { plan: ApplyMappingsResponse }) {
  return (
    <div class="stack tight">
      {!plan.changed && <Note tone="info" icon="info" title={m.mapping_yaml_same()} />}
      {!plan.valid && <Note tone="bad" icon="bad" title={m.mapping_yaml_faulty()} />}
      {plan.modules.map((row) => {
        const failed = row.tests.filter((test) => !test.passed);
        return (
          <div class="stack tight" key={row.moduleName}>
            {row.findings.map((finding) => (
              <FindingLine key={finding.field + finding.code} finding={finding} />
            ))}
            {failed.map((test) => (
              <p class="finding small tone-bad" key={test.index}>
                {m.mapping_test_failed({ name: test.name ?? num(test.index + 1) })} {test.message}
              </p>
            ))}
            {row.testsChanged && <p class="small">{m.mapping_yaml_tests()}</p>}
            <Changes changes={changesOf(row.changes)} />
          </div>
        );
      })}
    </div>
  );
}

export function Yaml({ module, isEditing }: { module: string; isEditing: boolean }) {
  const query = useCall(MappingService.method.exportMappings, { moduleName: module });
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const [plan, setPlan] = useState<ApplyMappingsResponse>();
  const look = useAction(async () => setPlan(await call(MappingService.method.applyMappings, { moduleName: module, yaml: text, dryRun: true })));
  const apply = useAction(async () => {
    await call(MappingService.method.applyMappings, { moduleName: module, yaml: text, force, ...(reason.trim() ? { reason: reason.trim() } : {}) });
    changed("mapping");
    setPlan(undefined);
    setText("");
    toast({ text: m.mapping_saved() });
  });
  const hasFailedTests = plan?.modules.some((row) => row.tests.some((test) => !test.passed)) ?? false;
  const hasErrors = plan?.modules.some((row) => row.findings.some((finding) => finding.severity === "error")) ?? false;
  return (
    <div class="stack">
      <Card
        title={m.mapping_yaml_out()}
        aside={
          query.data && (
            <span class="row tight">
              <Copy text={query.data.yaml} label={m.copy()}>
                {m.copy()}
              </Copy>
              <Button small icon="download" onClick={() => download(`${module}.yaml`, query.data?.yaml ?? "")}>
                {m.mapping_download()}
              </Button>
            </span>
          )
        }
      >
        <Loaded query={query}>
          {({ yaml }) => (
            <pre class="command tall" dir="ltr" tabIndex={0} aria-label={m.mapping_yaml_out()}>
              {yaml}
            </pre>
          )}
        </Loaded>
      </Card>
      {may(MappingService.method.applyMappings, module) && (
        <Card title={m.mapping_yaml_in()}>
          {isEditing && <Note tone="warn" icon="warn" title={m.mapping_yaml_edit_waits()} />}
          <label class="file">
            <span class="label">{m.mapping_yaml_file()}</span>
            <input
              type="file"
              accept=".yaml,.yml,text/yaml"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) void file.text().then((read) => (setText(read), setPlan(undefined)));
              }}
            />
          </label>
          <TextArea
            label={m.mapping_yaml_text()}
            dir="ltr"
            rows={10}
            value={text}
            onInput={(next) => {
              setText(next);
              setPlan(undefined);
            }}
          />
          {look.failure && <Problem failure={look.failure} inline />}
          {plan && <Plan plan={plan} />}
          {plan?.changed && !hasErrors && (
            <>
              <TextField label={m.mapping_reason()} value={reason} onInput={setReason} maxLength={500} />
              {hasFailedTests && (
                <Check checked={force} onChange={setForce}>
                  {m.mapping_force()}
                </Check>
              )}
            </>
          )}
          {apply.failure && <Problem failure={apply.failure} inline />}
          <div class="row tight ends-row">
            <Button busy={look.busy} disabled={!text.trim()} onClick={() => void look.run()}>
              {m.mapping_yaml_compare()}
            </Button>
            <Button look="lead" busy={apply.busy} disabled={!plan?.changed || hasErrors || (hasFailedTests && !force) || isEditing} onClick={() => void apply.run()}>
              {m.mapping_yaml_apply()}
            </Button>
          </div>
        </Card>
      )}
    </div>
  );
}
