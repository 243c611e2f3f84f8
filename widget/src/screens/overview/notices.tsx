// What needs somebody, the most urgent first: what it is, why, and the one place where it is dealt with.
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { remedyOf, sentenceOf } from "../../api/codes";
import type { OverviewNotice } from "../../gen/sigma/v1/overview_pb";
import { m } from "../../paraglide/messages.js";
import { iso, num, relative } from "../../text/format";
import { now } from "../../text/time";
import { moduleName } from "../../text/words";
import { ButtonLink, Card } from "../../ui/basic";
import { Icon, type IconName } from "../../ui/icon";

interface Shown {
  icon: IconName;
  text: string;
  href: string;
  action: string;
}

const PROVIDERS: Readonly<Record<string, string>> = { zoho: "Zoho", moodle: "Moodle" };

function at(time: Timestamp | undefined): string {
  return relative(time, now.value);
}

export function noticeOf(notice: OverviewNotice): Shown {
  const subject = notice.subject ?? "";
  const provider = PROVIDERS[subject] ?? subject;
  const module = iso(moduleName(notice.moduleName ?? ""));
  const count = Number(notice.count ?? 0n);
  const n = num(count);
  const run = encodeURIComponent(notice.runId ?? "");
  switch (notice.kind) {
    case "run_held":
      return { icon: "held", text: m.notice_held({ count, n, module }), href: `#/runs/${run}/held`, action: m.held_look() };
    case "module_failing":
    case "records_failed":
      return count > 0
        ? { icon: "bad", text: m.notice_failing_records({ count, n, module }), href: `#/runs/${run}`, action: m.notice_see_why() }
        : { icon: "bad", text: m.notice_failing({ module }), href: `#/runs/${run}`, action: m.notice_see_why() };
    case "connection_broken":
      return { icon: "bad", text: m.notice_broken({ provider }), href: "#/connections", action: m.notice_mend() };
    case "connection_incomplete":
      return { icon: "warn", text: m.notice_incomplete({ provider }), href: "#/connections", action: m.notice_mend() };
    case "connection_paused":
      return { icon: "held", text: m.notice_paused({ provider, when: at(notice.until) }), href: "#/connections", action: m.notice_look() };
    case "required_missing":
      return { icon: "warn", text: m.notice_required({ module, field: iso(subject) }), href: `#/mappings/${notice.moduleName ?? ""}`, action: m.notice_map() };
    case "key_expiring":
      return { icon: "keys", text: m.notice_key({ key: iso(subject), when: at(notice.until) }), href: "#/keys", action: m.notice_look() };
    case "secret_retiring":
      return { icon: "keys", text: m.notice_secret({ key: iso(subject), when: at(notice.until) }), href: "#/keys", action: m.notice_look() };
    case "credits_low":
      return { icon: "warn", text: m.notice_credits({ count, n }), href: "#/connections", action: m.notice_look() };
    case "waits_old":
      return { icon: "wait", text: m.notice_waits({ count, n, module, parent: iso(moduleName(subject)) }), href: `#/runs?module=${notice.moduleName ?? ""}`, action: m.notice_look() };
    default:
      // A kind of a newer server: its code says what it is.
      return { icon: "info", text: notice.code ? sentenceOf(notice.code) : notice.kind, href: notice.runId ? `#/runs/${run}` : "#/runs", action: m.notice_look() };
  }
}

export function Notices({ notices }: { notices: readonly OverviewNotice[] }) {
  return (
    <Card title={m.overview_needs_attention()} flush>
      <ul class="notices">
        {notices.map((notice, place) => {
          const shown = noticeOf(notice);
          const known = notice.code && notice.kind !== "run_held" ? remedyOf(notice.code) : "";
          return (
            <li key={place} class={notice.severity === "error" ? "tone-bad" : notice.kind === "run_held" ? "tone-held" : "tone-warn"}>
              <Icon name={shown.icon} label={notice.severity === "error" ? m.severity_error() : m.severity_warning()} />
              <div class="grow stack notice-text">
                <p class="strong">{shown.text}</p>
                {(known || notice.since) && (
                  <p class="small soft">
                    {known} {notice.since && m.notice_since({ when: at(notice.since) })}
                  </p>
                )}
              </div>
              <ButtonLink small href={shown.href} icon="arrow">
                {shown.action}
              </ButtonLink>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
