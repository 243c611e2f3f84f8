// The frame around the screens: header, rail or bottom bar, banners, and what lies above all of it.
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { may } from "../api/access";
import { link, online } from "../api/events";
import { useCall } from "../api/query";
import { isOutdated } from "../api/server";
import { secondsLeft, session, sessionState } from "../api/session";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { TenantService } from "../gen/sigma/v1/tenant_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { language, zone } from "../text/prefs";
import { roleName } from "../text/words";
import { Button, ButtonLink, Head } from "../ui/basic";
import { Icon, type IconName } from "../ui/icon";
import { Sheet } from "../ui/sheet";
import { Forbidden, Problem, Waiting } from "../ui/state";
import { Toasts } from "../ui/toast";
import { address } from "./address";
import { BrandMark, lookNow, productName, Support, useLook } from "./brand";
import { Palette, paletteOpen } from "./palette";
import { Preferences } from "./preferences";
import { type Screen, type ScreenProps, SCREENS, screenOf } from "./screens";
import { SessionEnded } from "./welcome";
import { isInZoho } from "../zoho/state";
import { Failure } from "../api/failure";

const GROUPS = [
  ["watch", () => m.nav_watch()],
  ["shape", () => m.nav_shape()],
  ["guard", () => m.nav_guard()],
] as const;

function NavLinks({ current, only }: { current: string; only?: (screen: Screen) => boolean }) {
  return (
    <div class="nav">
      {GROUPS.map(([group, name]) => {
        const rows = SCREENS.filter((screen) => screen.nav?.group === group && may(screen.needs) && (only?.(screen) ?? true));
        if (rows.length === 0) return null;
        return (
          <div key={group}>
            <p class="group">{name()}</p>
            <ul>
              {rows.map((screen) => (
                <li key={screen.path}>
                  <a href={`#${screen.path}`} aria-current={screen.path === current ? "page" : undefined}>
                    {screen.nav && <Icon name={screen.nav.icon} />}
                    {screen.title()}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

function Bar({ current }: { current: string }) {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [address.value]);
  const shown = SCREENS.filter((screen) => screen.nav?.first && may(screen.needs));
  const isElsewhere = !shown.some((screen) => screen.path === current);
  return (
    <>
      <nav class="bar" aria-label={m.nav_label()}>
        {shown.map((screen) => (
          <a key={screen.path} href={`#${screen.path}`} aria-current={screen.path === current ? "page" : undefined}>
            {screen.nav && <Icon name={screen.nav.icon} />}
            {screen.title()}
          </a>
        ))}
        <button type="button" aria-expanded={open} aria-current={isElsewhere ? "true" : undefined} onClick={() => setOpen(true)}>
          <Icon name="more" />
          {m.nav_more()}
        </button>
      </nav>
      {open && (
        <Sheet title={m.nav_more()} onClose={() => setOpen(false)}>
          <nav aria-label={m.nav_more()}>
            <NavLinks current={current} only={(screen) => !screen.nav?.first} />
          </nav>
          <Support />
          <Preferences />
          <div class="ends">
            <Button onClick={() => setOpen(false)}>{m.close()}</Button>
          </div>
        </Sheet>
      )}
    </>
  );
}

type Health = { icon: IconName; text: string };

// A dot is never colour alone: a tick, a bar for paused, a stroke for off.
function healthOf(enabled: boolean, complete: boolean, blocked: boolean): Health {
  if (!enabled) return { icon: "off", text: m.connection_off() };
  if (!complete) return { icon: "warn", text: m.connection_incomplete() };
  if (blocked) return { icon: "held", text: m.connection_paused() };
  return { icon: "good", text: m.connection_ready() };
}

function Connections() {
  // The screen asks first; whether a system is paused is told a moment later.
  const [isCalm, setCalm] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(true), 400);
    return () => clearTimeout(timer);
  }, []);
  const settings = useCall(SettingsService.method.getSettings, {}).data?.settings;
  const usage = useCall(SettingsService.method.getUsage, {}, { everyMs: 60_000, skip: !isCalm }).data;
  useEffect(() => {
    zone.value = settings?.timeZone;
  }, [settings?.timeZone]);
  if (!settings) return <div class="connections" />;
  const blocked = (provider: string) => usage?.providers.some((row) => row.provider === provider && row.blockedUntil) ?? false;
  const rows: [string, Health][] = [
    ["Zoho", healthOf(settings.zohoEnabled, settings.zohoRefreshTokenSet && settings.zohoClientSecretSet, blocked("zoho"))],
    ["Moodle", healthOf(settings.moodleEnabled, Boolean(settings.moodleBaseUrl) && settings.moodleApiTokenSet, blocked("moodle"))],
  ];
  return (
    <div class="connections">
      {rows.map(([name, health]) => (
        <a key={name} class="connection" href="#/connections" title={`${name}: ${health.text}`}>
          <Icon name={health.icon} label={`${name}: ${health.text}`} />
          <span class="name" aria-hidden="true">
            {name}
          </span>
        </a>
      ))}
    </div>
  );
}

function Top() {
  const tenantId = session.value?.tenantId ?? "";
  const tenant = useCall(TenantService.method.getTenant, { tenantId }, { skip: !tenantId }).data?.tenant;
  const school = tenant?.name ?? tenantId;
  const { name } = lookNow();
  const [prefs, setPrefs] = useState(false);
  const other = language.value === "en" ? { code: "ar" as const, name: "العربية" } : { code: "en" as const, name: "English" };
  return (
    <header class="top">
      <a class="mark" href="#/overview">
        <BrandMark />
        <span class="tenant">
          {name && <bdi>{name}</bdi>}
          {name !== school && <bdi class={name ? "of wide-only" : ""}>{school}</bdi>}
        </span>
      </a>
      <Connections />
      <span class="wide-only small">{roleName(session.value?.role ?? "")}</span>
      <span class="wide-only">
        <Button look="quiet" icon="search" label={m.palette_open()} onClick={() => (paletteOpen.value = true)} />
      </span>
      <span lang={other.code}>
        <Button look="quiet" onClick={() => (language.value = other.code)}>
          {other.name}
        </Button>
      </span>
      <span class="wide-only">
        <Button look="quiet" icon="theme" label={m.preferences()} onClick={() => setPrefs(true)} />
      </span>
      {prefs && (
        <Sheet title={m.preferences()} onClose={() => setPrefs(false)}>
          <Preferences />
          <div class="ends">
            <Button look="lead" onClick={() => setPrefs(false)}>
              {m.done()}
            </Button>
          </div>
        </Sheet>
      )}
    </header>
  );
}

function Banners() {
  const left = secondsLeft.value;
  return (
    <div role="status">
      {!online.value && (
        <div class="banner">
          <Icon name="cloud" /> {m.offline_banner()}
        </div>
      )}
      {isOutdated.value && (
        <div class="banner">
          <Icon name="info" /> {m.outdated()}
          <Button small onClick={() => location.reload()}>
            {m.reload()}
          </Button>
        </div>
      )}
      {online.value && link.value === "waiting" && (
        <div class="banner">
          <Icon name="turn" spin /> {m.reconnecting()}
        </div>
      )}
      {left !== undefined && left < 120 && left > 0 && (
        <div class="banner">
          <Icon name="wait" /> {m.session_ends_soon({ count: Math.ceil(left / 60), n: num(Math.ceil(left / 60)) })}
        </div>
      )}
    </div>
  );
}

const loaded = new Map<string, ComponentType<ScreenProps>>();

/** Loads the file of the address's screen, so that it is there when the session is. */
export function preload(): void {
  const screen = screenOf(address.value.path)?.screen;
  screen?.load().then(
    (file) => loaded.set(screen.path, file.default),
    // It is tried again when the screen is shown, which also says so.
    () => {},
  );
}

/** The screen of the address; its file is loaded once. */
function Outlet() {
  const found = screenOf(address.value.path);
  const path = found?.screen.path;
  const [, again] = useState(0);
  const [failed, setFailed] = useState<Failure>();
  const main = useRef<HTMLElement>(null);
  const Component = path ? loaded.get(path) : undefined;
  useEffect(() => {
    setFailed(undefined);
    if (!found || Component) return undefined;
    let gone = false;
    found.screen.load().then(
      (file) => {
        loaded.set(found.screen.path, file.default);
        if (!gone) again((count) => count + 1);
      },
      () => {
        // A newer version of the page has other files: only a reload helps.
        if (!gone) setFailed(new Failure("offline", "", ""));
      },
    );
    return () => {
      gone = true;
    };
  }, [path]);
  const title = found?.screen.title() ?? m.not_found_title();
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · ${productName()}`;
  }, [title, productName()]);
  useEffect(() => {
    scrollTo(0, 0);
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [address.value.path]);
  return (
    <main id="main" class="main" tabIndex={-1} ref={main} aria-label={title}>
      {!found ? (
        <>
          <Head title={m.not_found_title()}>{m.not_found_sentence()}</Head>
          <ButtonLink look="lead" href="#/overview">
            {m.screen_overview()}
          </ButtonLink>
        </>
      ) : !may(found.screen.needs) ? (
        <Forbidden method={found.screen.needs} />
      ) : failed ? (
        <Problem failure={failed} retry={() => location.reload()} />
      ) : Component ? (
        <Component key={address.value.path} params={found.params} />
      ) : (
        <Waiting />
      )}
    </main>
  );
}

export function Shell() {
  useLook();
  const found = screenOf(address.value.path)?.screen;
  const current = found?.under ?? found?.path ?? "";
  const bare = isInZoho.value && found?.beside === true;
  return (
    <div class={`shell${isInZoho.value ? " in-zoho" : ""}${bare ? " bare" : ""}`}>
      <a
        class="button lead skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {m.skip_to_content()}
      </a>
      <Top />
      <div class="body">
        {!bare && (
          <nav class="rail" aria-label={m.nav_label()}>
            <NavLinks current={current} />
            <Support />
          </nav>
        )}
        <div>
          <Banners />
          <Outlet />
        </div>
      </div>
      {!bare && <Bar current={current} />}
      <Toasts />
      {paletteOpen.value && <Palette />}
      {sessionState.value === "ended" && <SessionEnded />}
    </div>
  );
}
