/** A reminder for whoever would lose their name with their browser's memory. */
import { useEffect, useState } from "preact/hooks";
import { isRefused } from "../api.ts";
import { isKept, noteKept } from "../kept.ts";
import { hasPasskeys, listPasskeys } from "../passkeys.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";
import { IconButton } from "./parts.tsx";

/** Shown to somebody with neither passkey nor password, until they have one or had enough. */
export function KeepName({ name, onOpen }: { name: string; onOpen: () => void }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (isKept(name)) return;
    void listPasskeys().then((answer) => {
      if (isRefused(answer)) return;
      if (answer.passkeys.length > 0) noteKept(name);
      else setDue(true);
    });
  }, [name]);
  if (!due || isKept(name)) return null;
  const t = asides.keepName;
  const dismiss = () => {
    noteKept(name);
    setDue(false);
  };
  return (
    <section class="keep-name" aria-label={t.label}>
      <p>
        {t.ask}{" "}
        <button type="button" class="link" onClick={onOpen}>
          {hasPasskeys ? t.passkey : t.password}
        </button>{" "}
        {t.why}
      </p>
      <IconButton icon="close" label={strings.dismiss} onClick={dismiss} />
    </section>
  );
}
