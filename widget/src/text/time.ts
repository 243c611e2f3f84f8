// The time of day as the page sees it, ticking for relative times, and how far the browser's clock is from the server's.
import { signal } from "@preact/signals";

/** Milliseconds by which the server's clock is ahead of the browser's. */
export const ahead = signal(0);

/** Now by the server's clock; changes every 15 seconds. */
export const now = signal(Date.now());

export function startClock(): void {
  const tick = () => {
    now.value = Date.now() + ahead.value;
  };
  setInterval(tick, 15_000);
  document.addEventListener("visibilitychange", tick);
}

/** Takes over what the server says the time is. A difference of less than two seconds is the way there and back. */
export function learnServerTime(server: Date): void {
  const difference = server.getTime() - Date.now();
  ahead.value = Math.abs(difference) < 2000 ? 0 : difference;
  now.value = Date.now() + ahead.value;
}
