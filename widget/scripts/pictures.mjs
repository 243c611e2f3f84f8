// The pictures of the README: those of the screens that the test took of the demo, smaller. The browser does the packing, so
// that nothing else is needed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startBrowser } from "../test/lib/school.mjs";

const WIDTH = 1000;
const MOST = 150_000;
const PICTURES = { "widget-en": "overview-en-1280-light", "widget-ar": "overview-ar-1280-dark" };
const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

const browser = await startBrowser();
const page = await browser.newPage();
mkdirSync(folder("../../docs/src/pictures/"), { recursive: true });
let all = 0;
for (const [name, taken] of Object.entries(PICTURES)) {
  const source = `data:image/png;base64,${readFileSync(folder(`../../target/screenshots/${taken}.png`)).toString("base64")}`;
  const packed = await page.evaluate(
    async ({ source, width }) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = Math.round((image.height * width) / image.width);
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/webp", 0.85);
    },
    { source, width: WIDTH },
  );
  const bytes = Buffer.from(packed.slice(packed.indexOf(",") + 1), "base64");
  writeFileSync(folder(`../../docs/src/pictures/${name}.webp`), bytes);
  all += bytes.length;
}
await browser.close();
console.log(`pictures: ${Math.round(all / 1000)} KB`);
if (all > MOST) throw new Error(`more than ${MOST / 1000} KB`);
