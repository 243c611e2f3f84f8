// The findings of the server about the set as it is on the screen, and when Zoho's fields were read for it.
import type { Query } from "../../api/query";
import { sentenceOf } from "../../api/codes";
import type { ListZohoFieldsResponse } from "../../gen/sigma/v1/metadata_pb";
import type { MappingFinding, ValidateMappingsResponse } from "../../gen/sigma/v1/mapping_pb";
import { m } from "../../paraglide/messages.js";
import { toDate } from "../../text/format";
import { language } from "../../text/prefs";
import { now } from "../../text/time";
import { Button, Card, When } from "../../ui/basic";
import { Problem } from "../../ui/state";
import { FindingMarks, countOf } from "./marks";
import { FindingLine } from "./row";
import { fieldName } from "./words";

// The reason ends with its code, by which another language has a sentence of its own.
function whyMissing(said: string | undefined): string | undefined {
  const code = /\[([A-Z_]+)\]\.?$/.exec(said ?? "")?.[1];
  return code && language.value !== "en" ? sentenceOf(code) : said;
}

interface ChecksProps {
  check: Query<ValidateMappingsResponse>;
  fields: Query<ListZohoFieldsResponse>;
  onRefresh: (() => void) | undefined;
  onOpen: (to: string) => void;
}

// The clock of the page ticks every few seconds: what was read a moment ago is not in its future.
const past = (at: Date | undefined) => (at && at.getTime() > now.value ? new Date(now.value) : at);

export function Checks({ check, fields, onRefresh, onOpen }: ChecksProps) {
  const { data, failure } = check;
  const readAt = past(toDate(data?.fieldsAsOf ?? fields.data?.readAt));
  const missing = fields.data?.missingCode ? sentenceOf(fields.data.missingCode, fields.data.missing ?? "") : whyMissing(data?.fieldsMissing);
  return (
    <Card label={m.mapping_checks()}>
      <div class="row apart">
        <span class="row tight">
          <FindingMarks findings={data?.findings} />
          {check.busy && <span class="small soft">{m.mapping_checking()}</span>}
        </span>
        <span class="row tight small soft">
          {readAt && (
            <>
              {m.mapping_fields_read()} <When at={readAt} />
            </>
          )}
          {onRefresh && (
            <Button small look="quiet" icon="retry" busy={fields.busy} label={m.mapping_fields_refresh()} onClick={onRefresh} />
          )}
        </span>
      </div>
      {missing && <p class="small toned tone-warn said">{m.mapping_fields_missing({ reason: missing })}</p>}
      {failure && <Problem failure={failure} inline />}
      {data && data.findings.length > 0 && (
        <details class="how" open={countOf(data.findings, "error") > 0}>
          <summary>{m.mapping_findings()}</summary>
          <ul class="stack tight findings">
            {data.findings.map((finding: MappingFinding) => (
              <li key={finding.field + finding.code}>
                <FindingLine finding={finding}>
                  {finding.canonicalField && (
                    <Button small look="quiet" onClick={() => onOpen(finding.canonicalField ?? "")}>
                      {fieldName(finding.canonicalField)}
                    </Button>
                  )}
                </FindingLine>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}
