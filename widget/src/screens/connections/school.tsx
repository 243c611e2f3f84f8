// The other settings of the school: its time zone, how long runs are kept, grades, Zoho's credits.
import { useState } from "preact/hooks";
import { may } from "../../api/access";
import { changed, useAction } from "../../api/query";
import { call } from "../../api/transport";
import { type Settings, SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { iso } from "../../text/format";
import { Card, Switch } from "../../ui/basic";
import { Select, TextField } from "../../ui/form";
import { Problem } from "../../ui/state";
import { useForm } from "./edit";
import { Ends, Meanwhile } from "./provider";

function zones(): string[] {
  const names = Intl.supportedValuesOf("timeZone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return names.includes(own) ? [own, ...names.filter((name) => name !== own)] : names;
}

export function SchoolCard({ settings }: { settings: Settings }) {
  const form = useForm("school", settings);
  const readOnly = !may(SettingsService.method.updateSettings);
  const [wanted, setWanted] = useState<boolean>();
  const grades = useAction(async (on: boolean) => {
    setWanted(on);
    try {
      await call(SettingsService.method.updateSettings, { gradesWriteback: on });
      changed("settings");
    } catch (error) {
      setWanted(undefined);
      throw error;
    }
  });
  return (
    <Card title={m.connections_school()} label={m.connections_school()}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (form.isChanged && form.conflicts.length === 0) void form.save.run();
        }}
      >
        <Meanwhile form={form} />
        <div class="three">
          <Select
            label={m.connections_time_zone()}
            help={m.connections_time_zone_help()}
            fault={form.fault("time_zone")}
            disabled={readOnly}
            value={form.now.time_zone}
            options={[{ value: "", text: "UTC" }, ...zones().map((name) => ({ value: name, text: iso(name.replaceAll("_", " ")) }))]}
            onChange={(value) => form.set({ time_zone: value })}
          />
          <TextField label={m.connections_keep_days()} help={m.connections_keep_days_help()} inputMode="numeric" disabled={readOnly} value={form.now.keep_days} fault={form.fault("keep_days")} onInput={(value) => form.set({ keep_days: value })} />
          <TextField label={m.connections_daily_credits()} help={m.connections_daily_credits_help()} inputMode="numeric" disabled={readOnly} value={form.now.zoho_daily_credits} fault={form.fault("zoho_daily_credits")} onInput={(value) => form.set({ zoho_daily_credits: value })} />
        </div>
        <div class="row apart">
          <div class="grow">
            <p class="strong">{m.connections_grades()}</p>
            <p class="small soft">{m.connections_grades_help()}</p>
          </div>
          <Switch on={wanted ?? settings.gradesWriteback} disabled={readOnly} label={m.connections_grades()} onChange={(on) => void grades.run(on)} />
        </div>
        {grades.failure && <Problem failure={grades.failure} inline />}
        {!readOnly && <Ends form={form} />}
      </form>
    </Card>
  );
}
