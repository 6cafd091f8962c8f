/** How the page looks on this device, and which language it speaks. */
import { useState } from "preact/hooks";
import { chooseLanguage, chosenLanguage, type Language, LANGUAGES } from "../language.ts";
import { asides } from "../strings/aside.ts";
import { chooseTheme, chosenTheme, type Theme } from "../theme.ts";
import { Segments } from "./segments.tsx";
import { Select } from "./select.tsx";

/** Theme and language. */
export function Look() {
  const [theme, setTheme] = useState(chosenTheme);
  const t = asides.you.look;
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
        value={chosenLanguage() ?? ""}
        options={[["", t.browsers], ...Object.entries(LANGUAGES)]}
        onChange={speak}
      />
      <p class="quiet hint">{t.here}</p>
    </>
  );
}

/** Sentences are chosen when the page is loaded: it is loaded anew. */
function speak(language: string): void {
  chooseLanguage(language === "" ? undefined : language as Language);
  location.reload();
}
