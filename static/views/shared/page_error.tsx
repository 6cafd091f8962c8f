/** What a list shows below its entries when the next ones could not be loaded. */
import { strings } from "../../strings/strings.ts";
import type { LoadedPages } from "./use_pages.ts";

/** The reason, and a button that tries again; nothing without an error. */
export function PageError({ error, retry }: Pick<LoadedPages<unknown>, "error" | "retry">) {
  if (error === undefined) return null;
  return (
    <div role="alert">
      <p class="form-error">{error}</p>
      <button type="button" class="link" onClick={retry}>{strings.broken.retry}</button>
    </div>
  );
}
