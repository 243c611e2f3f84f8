// Loads a source file of the page in Node, compiled as the build compiles it.
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Gives the exports of files under src/ to `use`. The few things of a browser that they read at their start are there. */
export async function withSources(paths, use) {
  globalThis.location ??= { hash: "", pathname: "/widget/", search: "", origin: "http://localhost" };
  globalThis.addEventListener ??= () => {};
  globalThis.history ??= { replaceState: (_, __, address) => (location.hash = address.slice(address.indexOf("#"))) };
  globalThis.document ??= { addEventListener: () => {}, querySelector: () => null, documentElement: { dataset: {} } };
  if (!globalThis.navigator?.languages) {
    Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"], onLine: true }, configurable: true });
  }
  const server = await createServer({ root, configFile: false, logLevel: "error", appType: "custom", server: { middlewareMode: true, hmr: false, ws: false }, oxc: { jsx: { runtime: "automatic", importSource: "preact" } } });
  try {
    await use(...(await Promise.all(paths.map((path) => server.ssrLoadModule(`/src/${path}`)))));
  } finally {
    await server.close();
  }
}
