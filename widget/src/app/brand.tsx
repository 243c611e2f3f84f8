// The look that a school or its vendor gives the page: name, logo, the two colours of the band, and where to get help. Before
// somebody is signed in it is that of the deployment, which the server tells anybody.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useCall } from "../api/query";
import { server } from "../api/server";
import { sessionState } from "../api/session";
import { type Branding, BrandingService } from "../gen/sigma/v1/branding_pb";
import { m } from "../paraglide/messages.js";
import { OutLink } from "../ui/basic";
import { Mark } from "../ui/icon";

type Look = Pick<Branding, "name" | "logo" | "colour" | "textColour" | "supportUrl">;

const PLAIN: Look = { name: "", logo: "", colour: "", textColour: "", supportUrl: "" };
const own = signal<Look | undefined>(undefined);

/** The look that is shown. */
export const lookNow = (): Look => own.value ?? server.value?.branding ?? PLAIN;

/** The name of the product, as this page bears it. */
export const productName = (): string => lookNow().name || "sigma-sync";

effect(() => {
  const { colour, textColour } = lookNow();
  const { style } = document.documentElement;
  for (const [name, value] of [["--brand", colour], ["--brand-ink", textColour]] as const) {
    if (value) style.setProperty(name, value);
    else style.removeProperty(name);
  }
});

/** Keeps the look of the school up to date. */
export function useLook(): void {
  const answer = useCall(BrandingService.method.getBranding, {}, { skip: sessionState.value !== "open" && own.value === undefined }).data;
  useEffect(() => {
    if (answer) own.value = answer.shown ?? PLAIN;
  }, [answer]);
}

/** The address of a logo: an image, in which nothing runs. */
export const logoSource = (logo: string): string => `data:image/svg+xml,${encodeURIComponent(logo)}`;

/** The logo, or the mark of the product. */
export function BrandMark({ look = lookNow() }: { look?: Look }) {
  return look.logo ? <img class="brand-logo" src={logoSource(look.logo)} alt="" /> : <Mark />;
}

/** Where to get help, if the school or its vendor has said so. */
export function Support() {
  const { supportUrl } = lookNow();
  if (!supportUrl) return null;
  const isMail = supportUrl.startsWith("mailto:");
  return (
    <p class="small support">
      {isMail ? (
        <a href={supportUrl}>
          {m.brand_support()} <bdi dir="ltr">{supportUrl.slice("mailto:".length)}</bdi>
        </a>
      ) : (
        <OutLink href={supportUrl}>{m.brand_support()}</OutLink>
      )}
    </p>
  );
}
