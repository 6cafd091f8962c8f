/** Reminds a user who would lose their name with the browser's storage. */
import { useEffect, useState } from "preact/hooks";
import { isRefused } from "../../net/api.ts";
import { isReminderOff, turnOffReminder } from "../../storage/sign_in_reminder.ts";
import { hasPasskeys, listPasskeys } from "../../session/passkeys.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { IconButton } from "../shared/parts.tsx";

/** Shown to a user with neither passkey nor password, until they have one or dismiss it. */
export function SignInReminder({ name, onOpen }: { name: string; onOpen: () => void }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (isReminderOff(name)) return;
    void listPasskeys().then((answer) => {
      if (isRefused(answer)) return;
      if (answer.passkeys.length > 0) turnOffReminder(name);
      else setDue(true);
    });
  }, [name]);
  if (!due || isReminderOff(name)) return null;
  const t = deferredStrings.keepName;
  const dismiss = () => {
    turnOffReminder(name);
    setDue(false);
  };
  return (
    <section class="sign-in-reminder" aria-label={t.label}>
      <p>
        {t.ask}{" "}
        <button type="button" class="link" onClick={onOpen}>
          {hasPasskeys ? t.passkey : t.password}
        </button>
      </p>
      <IconButton icon="close" label={strings.dismiss} onClick={dismiss} />
    </section>
  );
}
