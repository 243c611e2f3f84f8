// The page without a session: how to open one, and what happens when one has ended. Nothing that was typed is lost.
import { useState } from "preact/hooks";
import { hasDrafts } from "../api/draft";
import { changedAll } from "../api/query";
import { claim, claimFailure } from "../api/server";
import { renew, sessionState } from "../api/session";
import { m } from "../paraglide/messages.js";
import { language } from "../text/prefs";
import { Button, Copy } from "../ui/basic";
import { TextField } from "../ui/form";
import { BrandMark, productName, Support } from "./brand";
import { Sheet } from "../ui/sheet";
import { Problem, Waiting } from "../ui/state";

const COMMAND = "sigma-sync widget open --role owner";

// A whole link may be pasted as well as the bare code.
function codeIn(text: string): string {
  return /#code=([^&\s]+)/.exec(text)?.[1] ?? text.trim();
}

function CodeForm() {
  const [typed, setTyped] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const code = codeIn(typed);
        setTyped("");
        if (code) void claim(code).then(changedAll);
      }}
    >
      <p>{m.welcome_how()}</p>
      <p class="row tight">
        <code dir="ltr">{COMMAND}</code>
        <Copy text={COMMAND} label={m.copy()} />
      </p>
      <TextField label={m.welcome_code()} type="password" dir="ltr" value={typed} onInput={setTyped} />
      {claimFailure.value && <Problem failure={claimFailure.value} inline />}
      <div class="row">
        <Button type="submit" look="lead" busy={sessionState.value === "claiming"} disabled={!typed.trim()}>
          {m.welcome_open()}
        </Button>
      </div>
    </form>
  );
}

export function Welcome() {
  const other = language.value === "en" ? { code: "ar" as const, name: "العربية" } : { code: "en" as const, name: "English" };
  return (
    <main class="welcome">
      <BrandMark />
      <p class="soft">
        <bdi>{productName()}</bdi>
      </p>
      <h1>{m.welcome_title()}</h1>
      {sessionState.value === "claiming" ? <Waiting lines={3} /> : <CodeForm />}
      <span lang={other.code}>
        <Button look="quiet" icon="language" onClick={() => (language.value = other.code)}>
          {other.name}
        </Button>
      </span>
      <Support />
    </main>
  );
}

export function SessionEnded() {
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    if (await renew()) changedAll();
    setBusy(false);
  };
  return (
    <Sheet title={m.session_ended_title()}>
      <p>{m.session_ended_sentence()}</p>
      {hasDrafts() && <p class="strong">{m.session_ended_drafts()}</p>}
      {window.parent !== window && (
        <div class="row">
          <Button look="lead" busy={busy} onClick={() => void again()}>
            {m.session_renew()}
          </Button>
        </div>
      )}
      <CodeForm />
    </Sheet>
  );
}
