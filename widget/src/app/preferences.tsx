// Language, digits and theme, kept by the browser.
import { m } from "../paraglide/messages.js";
import { type Digits, type Language, type Theme, digits, language, theme } from "../text/prefs";
import { Select } from "../ui/form";

export function Preferences() {
  return (
    <div class="stack">
      <Select
        label={m.language()}
        value={language.value}
        onChange={(value) => (language.value = value as Language)}
        options={[
          { value: "en", text: "English" },
          { value: "ar", text: "العربية" },
        ]}
      />
      <Select
        label={m.digits()}
        value={digits.value}
        onChange={(value) => (digits.value = value as Digits)}
        options={[
          { value: "auto", text: m.auto() },
          { value: "latn", text: "0123456789" },
          { value: "arab", text: "٠١٢٣٤٥٦٧٨٩" },
        ]}
      />
      <Select
        label={m.theme()}
        value={theme.value}
        onChange={(value) => (theme.value = value as Theme)}
        options={[
          { value: "auto", text: m.auto() },
          { value: "light", text: m.theme_light() },
          { value: "dark", text: m.theme_dark() },
        ]}
      />
    </div>
  );
}
