/** The sheet that lists all keys. */
import { asides } from "../strings/aside.ts";
import { Dialog } from "./parts.tsx";

/** The sheet. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const t = asides.shortcuts;
  return (
    <Dialog wide title={t.title} onClose={onClose}>
      {t.groups.map(({ title, keys }) => (
        <section key={title} class="card-section" aria-label={title}>
          <h3>{title}</h3>
          <dl class="shortcuts">
            {keys.map(([keys, does]) => (
              <div key={does}>
                <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
