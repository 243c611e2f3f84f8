// Starts the page: preferences, the session of the address, the stream of events, the shell.
import { render } from "preact";
import { keepAlive, sessionState } from "./api/session";
import { hasDrafts } from "./api/draft";
import { learnCodes } from "./api/codes";
import { onReturn, startEvents } from "./api/events";
import { learnServer, startSession, watchForCodes } from "./api/server";
import { go, startAddress } from "./app/address";
import { startPalette } from "./app/palette";
import { Shell, preload } from "./app/shell";
import { Welcome } from "./app/welcome";
import { startPrefs } from "./text/prefs";
import { startClock } from "./text/time";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/runs.css";
import "./style/overview.css";
import "./style/record.css";

function App() {
  const hasOpened = sessionState.value === "open" || sessionState.value === "ended" || opened;
  if (hasOpened) opened = true;
  return hasOpened ? <Shell /> : <Welcome />;
}

// Once a session was open its page stays, under the sheet of an ended one: a new code continues it.
let opened = false;

startPrefs();
startClock();
watchForCodes();
void startSession();
if (!location.hash || location.hash === "#" || location.hash === "#/") go("/overview");
startAddress();
preload();
startPalette();
keepAlive();
startEvents();
onReturn(() => void learnServer());
sessionState.subscribe((state) => {
  if (state === "open") learnCodes();
});
addEventListener("beforeunload", (event) => {
  if (hasDrafts()) event.preventDefault();
});

const root = document.getElementById("app");
if (root) render(<App />, root);
