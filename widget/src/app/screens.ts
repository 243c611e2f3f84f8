// The screens: one row each. A row names its address, its place in the navigation and the method that a person must be
// allowed to call to see it; its file is loaded when it is opened. To add one, write `screens/name.tsx` with a default
// export and add its row here.
import type { DescMethod } from "@bufbuild/protobuf";
import type { ComponentType } from "preact";
import { AccessService } from "../gen/sigma/v1/access_pb";
import { AuditService } from "../gen/sigma/v1/audit_pb";
import { MappingService } from "../gen/sigma/v1/mapping_pb";
import { ModuleService } from "../gen/sigma/v1/module_pb";
import { PersonService } from "../gen/sigma/v1/person_pb";
import { RecordService } from "../gen/sigma/v1/record_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { TenantService } from "../gen/sigma/v1/tenant_pb";
import { m } from "../paraglide/messages.js";
import type { IconName } from "../ui/icon";

export interface ScreenProps {
  /** The parts of the address, such as `{ run: "7b1f…" }`. */
  params: Readonly<Record<string, string>>;
}

export interface Screen {
  /** `/runs/:run`; a part with a colon is a parameter. */
  path: string;
  title: () => string;
  /** The method without which the screen shows nothing. */
  needs: DescMethod;
  load: () => Promise<{ default: ComponentType<ScreenProps> }>;
  /** Its place in the navigation; absent for a screen that is reached from another one. */
  nav?: { icon: IconName; group: "watch" | "shape" | "guard"; first?: boolean };
  /** The screen that is marked in the navigation in its place. */
  under?: string;
  /** True: beside a record of Zoho CRM it stands alone, without the navigation. */
  beside?: boolean;
}

export const SCREENS: readonly Screen[] = [
  {
    path: "/overview",
    title: () => m.screen_overview(),
    needs: SyncRunService.method.listRuns,
    load: () => import("../screens/overview"),
    nav: { icon: "overview", group: "watch", first: true },
  },
  {
    path: "/runs",
    title: () => m.screen_runs(),
    needs: SyncRunService.method.listRuns,
    load: () => import("../screens/runs"),
    nav: { icon: "runs", group: "watch", first: true },
  },
  {
    path: "/runs/:run",
    title: () => m.screen_run(),
    needs: SyncRunService.method.getRun,
    load: () => import("../screens/run"),
    under: "/runs",
  },
  {
    path: "/runs/:run/held",
    title: () => m.screen_held(),
    needs: SyncRunService.method.getRun,
    load: () => import("../screens/held"),
    under: "/runs",
  },
  {
    path: "/people",
    title: () => m.screen_people(),
    needs: PersonService.method.findPeople,
    load: () => import("../screens/people"),
    nav: { icon: "people", group: "watch", first: true },
  },
  {
    path: "/people/:person",
    title: () => m.screen_person(),
    needs: PersonService.method.listPersonEvents,
    load: () => import("../screens/person"),
    under: "/people",
  },
  {
    path: "/record/:module/:id",
    title: () => m.screen_record(),
    needs: RecordService.method.getRecord,
    load: () => import("../screens/record"),
    under: "/people",
    beside: true,
  },
  {
    path: "/modules",
    title: () => m.screen_modules(),
    needs: ModuleService.method.listModules,
    load: () => import("../screens/modules"),
    nav: { icon: "modules", group: "shape", first: true },
  },
  {
    path: "/mappings",
    title: () => m.screen_mappings(),
    needs: MappingService.method.listMappings,
    load: () => import("../screens/mappings"),
    nav: { icon: "mappings", group: "shape" },
  },
  {
    path: "/mappings/:module",
    title: () => m.screen_mappings(),
    needs: MappingService.method.listMappings,
    load: () => import("../screens/mapping"),
    under: "/mappings",
  },
  {
    path: "/connections",
    title: () => m.screen_connections(),
    needs: SettingsService.method.getSettings,
    load: () => import("../screens/connections"),
    nav: { icon: "connections", group: "shape" },
  },
  {
    path: "/keys",
    title: () => m.screen_keys(),
    needs: AccessService.method.listKeys,
    load: () => import("../screens/keys"),
    nav: { icon: "keys", group: "guard" },
  },
  {
    path: "/audit",
    title: () => m.screen_audit(),
    needs: AuditService.method.listAuditEntries,
    load: () => import("../screens/audit"),
    nav: { icon: "audit", group: "guard" },
  },
  {
    path: "/tenants",
    title: () => m.screen_tenants(),
    needs: TenantService.method.listTenants,
    load: () => import("../screens/tenants"),
    nav: { icon: "tenants", group: "guard" },
  },
];

/** The screen of a path with its parameters. */
export function screenOf(path: string): { screen: Screen; params: Record<string, string> } | undefined {
  const parts = path.split("/").filter(Boolean);
  for (const screen of SCREENS) {
    const wanted = screen.path.split("/").filter(Boolean);
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, place) => {
      const given = parts[place] ?? "";
      if (!part.startsWith(":")) return part === given;
      params[part.slice(1)] = decodeURIComponent(given);
      return true;
    });
    if (fits) return { screen, params };
  }
  return undefined;
}
