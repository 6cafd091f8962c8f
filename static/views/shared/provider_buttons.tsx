/** Buttons that lead to OpenID providers. */
import { visitProvider, type VisitPurpose } from "../../session/providers.ts";
import { Icon } from "./parts.tsx";
import type { Task } from "./task.ts";

/** A button for each provider. */
export function ProviderButtons({ providers, purpose, invite, task, label }: {
  readonly providers: readonly { readonly id: string; readonly name: string }[];
  readonly purpose: VisitPurpose;
  readonly invite?: string | undefined;
  readonly task: Task;
  readonly label: (values: { readonly name: string }) => string;
}) {
  return (
    <>
      {providers.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          class="with-icon"
          disabled={task.busy}
          onClick={() => void task.run(() => visitProvider(id, purpose, invite))}
        >
          <Icon name="key" />
          {label({ name })}
        </button>
      ))}
    </>
  );
}
