// The two connections of a school, how they are tested, and the school's other settings.
import { useCall } from "../api/query";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { m } from "../paraglide/messages.js";
import { Head } from "../ui/basic";
import { Loaded } from "../ui/state";
import { BrandingCard } from "./connections/branding";
import { Checklist } from "./connections/checklist";
import { ProviderCard } from "./connections/provider";
import { SchoolCard } from "./connections/school";
import "../style/connections.css";

export default function Connections() {
  const settings = useCall(SettingsService.method.getSettings, {});
  const usage = useCall(SettingsService.method.getUsage, {}, { everyMs: 60_000 });
  return (
    <div class="stack">
      <Head title={m.screen_connections()}>{m.connections_lead()}</Head>
      <Checklist here="connections" />
      <Loaded query={settings} lines={12}>
        {({ settings }) =>
          settings && (
            <div class="stack">
              <div class="connections-grid">
                <ProviderCard provider="zoho" settings={settings} usage={usage} />
                <ProviderCard provider="moodle" settings={settings} usage={usage} />
              </div>
              <SchoolCard settings={settings} />
              <BrandingCard />
            </div>
          )
        }
      </Loaded>
    </div>
  );
}
