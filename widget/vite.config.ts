// How the page is built: plain scripts with hashed names, relative addresses, no source maps. The same input gives the same
// bytes, because dist/ is committed and compared.
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const server = process.env.SIGMA_SERVER ?? "http://127.0.0.1:8001";

const SAY = fileURLToPath(new URL("src/text/say.ts", import.meta.url));

// The compiler writes a function for each text, each language, and the choice between them; with some hundred texts that is
// more than the texts. A text without gaps becomes the text itself, and the choice one function for all.
const shortTexts: Plugin = {
  name: "short-texts",
  apply: "build",
  transform(code, id) {
    if (!/\/paraglide\/messages\/(?!_index)\w+\.js$/.test(id)) return null;
    const plain = /(const (?:en|ar)_\w+ = )\/\*\*.*?\*\/ \(\) => \{\s*return \/\*\*.*?\*\/ \((`(?:[^`\\$]|\\.|\$(?!\{))*`)\)\s*\};/gs;
    const choice = /(export const (\w+) = )\/\*\*.*?\*\/ \(\(inputs[^)]*, options = \{\}\) => \{.*?return ar_\w+\(inputs\)\s*return en_\w+\(inputs\)\s*\}\);/gs;
    // Every counted text has the form "other": nothing comes after it.
    const last = /if \(form === "other"\) (return \/\*\*.*?\*\/ \(`(?:[^`\\]|\\.)*`\);)\s*return \/\*\*.*?\*\/ \("\w+"\);/gs;
    const short = code.replace(plain, "$1$2;").replace(last, "$1").replace(choice, (_, begin: string, name: string) => `${begin}/* @__PURE__ */ say(en_${name}, ar_${name});`);
    return short.includes("say(") ? { code: `import { say } from ${JSON.stringify(SAY)};\n${short}`, map: null } : null;
  },
};

// The generated code has each file of protos as base64, in which a name that comes twice is seldom spelt the same; as the
// bytes themselves it is packed much smaller.
const plainDescriptors: Plugin = {
  name: "plain-descriptors",
  apply: "build",
  transform(code, id) {
    if (!/\/src\/gen\/.*_pb\.ts$/.test(id)) return null;
    const bytes = (_: string, base64: string) => `fileDesc(/* @__PURE__ */ btoa(${JSON.stringify(Buffer.from(base64, "base64").toString("latin1"))})`;
    return { code: code.replace(/fileDesc\("([A-Za-z0-9+/=]+)"/, bytes), map: null };
  },
};

export default defineConfig({
  base: "./",
  plugins: [shortTexts, plainDescriptors],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["chrome123", "firefox128", "safari17.5"],
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        // A screen alone is a small file that compresses badly; those that people open one after the other come together.
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], priority: 9 },
            { name: "chart", test: /\/node_modules\/uplot\//, priority: 5 },
            // What several need comes with the screens that everybody opens, so that these need no other file.
            { name: "watch", test: /\/src\/screens\/(?!mapping|connections|keys|audit|tenants)/, priority: 4 },
            { name: "shape", test: /\/src\/screens\/(mappings?|connections)\b/, priority: 3 },
            { name: "guard", test: /\/src\/screens\/(keys|audit|tenants)\b/, priority: 2 },
          ],
        },
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  server: {
    proxy: { "^/sigma\\.v1\\.": server },
  },
});
