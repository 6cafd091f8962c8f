/** The appearance of the page on this device, and its language. */
import { useState } from "preact/hooks";
import {
  chooseLanguage,
  chosenLanguage,
  type Language,
  LANGUAGES,
} from "../../strings/language.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { chooseTheme, chosenTheme, type Theme } from "../../util/theme.ts";
import { Segments } from "../shared/segments.tsx";
import { Select } from "../shared/select.tsx";

/** Theme and language. */
export function Appearance() {
  const [theme, setTheme] = useState(chosenTheme);
  const [language, setLanguage] = useState<string>(chosenLanguage() ?? "");
  const t = deferredStrings.you.appearance;
  const change = (next: Theme) => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <>
      <fieldset>
        <legend>{t.theme}</legend>
        <Segments
          options={[["system", t.system], ["light", t.light], ["dark", t.dark]]}
          value={theme}
          onChange={change}
        />
      </fieldset>
      <Select
        label={t.language}
        value={language}
        options={[["", t.browsers], ...Object.entries(LANGUAGES)]}
        onChange={setLanguage}
      />
      {/* Not with the choice: with a keyboard the user passes other languages on the way. */}
      {language !== (chosenLanguage() ?? "") && (
        <button
          type="button"
          onClick={() => speak(language)}
        >
          {t.speak}
        </button>
      )}
      <p class="quiet hint">{t.here}</p>
    </>
  );
}

/** The strings are chosen when the page loads, so the page reloads. */
function speak(language: string): void {
  chooseLanguage(language === "" ? undefined : language as Language);
  location.reload();
}
