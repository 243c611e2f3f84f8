// Prints the path of the system's Chromium: the one that CHROMIUM names, or the first that is installed. Fails without one.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/opt/google/chrome/chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

export function chromiumPath() {
  const path = [process.env.CHROMIUM, ...PLACES].find((place) => place && existsSync(place));
  if (!path) throw new Error("Chromium is missing; scripts/need.sh chromium installs it, or CHROMIUM names it");
  return path;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(chromiumPath());
