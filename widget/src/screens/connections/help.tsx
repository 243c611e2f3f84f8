// Where the secrets come from: the steps in the other system, with the exact lists of scopes and functions to paste there.
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Copy, Id, OutLink } from "../../ui/basic";
import { CENTRES, originOf, type Texts } from "./form";

/** The scopes that the connector needs (docs/src/zoho.md, "Access tokens"). */
export const SCOPES = ["ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.READ", "ZohoCRM.coql.READ", "ZohoCRM.bulk.READ"];

/** The functions that the connector calls; a unit test compares them with src/connectors/moodle/need.rs. */
export const FUNCTIONS = [
  "core_webservice_get_site_info",
  "core_user_get_users_by_field",
  "core_user_get_users",
  "core_user_create_users",
  "core_user_update_users",
  "core_user_get_course_user_profiles",
  "core_course_get_categories",
  "core_course_create_categories",
  "core_course_update_categories",
  "core_course_get_courses",
  "core_course_get_courses_by_field",
  "core_course_create_courses",
  "core_course_update_courses",
  "core_group_get_groups",
  "core_group_get_course_groups",
  "core_group_create_groups",
  "core_group_update_groups",
  "core_group_add_group_members",
  "core_group_delete_group_members",
  "enrol_manual_enrol_users",
  "enrol_manual_unenrol_users",
  "core_enrol_get_enrolled_users",
  "core_cohort_search_cohorts",
  "core_cohort_create_cohorts",
  "core_cohort_update_cohorts",
  "core_cohort_add_cohort_members",
  "core_cohort_delete_cohort_members",
  "core_cohort_get_cohort_members",
  "gradereport_user_get_grade_items",
];

function Names({ names, separator, copy }: { names: readonly string[]; separator: string; copy: string }) {
  return (
    <div class="names">
      <ul>
        {names.map((name) => (
          <li key={name}>
            <Id>{name}</Id>
          </li>
        ))}
      </ul>
      <Copy text={names.join(separator)} label={copy}>
        {copy}
      </Copy>
    </div>
  );
}

export function ZohoHelp({ now }: { now: Texts }) {
  const accounts = originOf(now.zoho_accounts_url) ?? CENTRES[0].accounts;
  const id = now.zoho_client_id.trim() || "CLIENT_ID";
  const command = `curl -sS '${accounts}/oauth/v2/token' -d grant_type=authorization_code -d 'client_id=${id.replaceAll("'", "")}' -d client_secret=CLIENT_SECRET -d code=CODE`;
  const console = CENTRES.some((centre) => centre.accounts === accounts) ? accounts.replace("//accounts.", "//api-console.") : undefined;
  return (
    <details class="how">
      <summary>{m.connections_how()}</summary>
      <ol class="how-steps">
        <li>
          <OutLink href={console}>{m.connections_zoho_step_1()}</OutLink>
        </li>
        <li>
          {m.connections_zoho_step_2()}
          <Names names={SCOPES} separator="," copy={m.connections_copy_scopes({ count: SCOPES.length, n: num(SCOPES.length) })} />
        </li>
        <li>
          {m.connections_zoho_step_3()}
          <pre class="command" dir="ltr" tabIndex={0}>
            {command}
          </pre>
          <Copy text={command} label={m.copy_as_command()}>
            {m.copy_as_command()}
          </Copy>
        </li>
        <li>{m.connections_zoho_step_4()}</li>
      </ol>
    </details>
  );
}

export function MoodleHelp() {
  return (
    <details class="how">
      <summary>{m.connections_how()}</summary>
      <ol class="how-steps">
        <li>{m.connections_moodle_step_1()}</li>
        <li>
          {m.connections_moodle_step_2()}
          <Names names={FUNCTIONS} separator={"\n"} copy={m.connections_copy_functions({ count: FUNCTIONS.length, n: num(FUNCTIONS.length) })} />
        </li>
        <li>{m.connections_moodle_step_3()}</li>
        <li>{m.connections_moodle_step_4()}</li>
      </ol>
    </details>
  );
}
