/** How a draft is given away. */
import { newKey } from "../keys.ts";
import type { Action, Draft, Upload } from "../state.ts";

/** The action of sending a draft under a new key, with the files that go with it. */
export function sending(draft: Draft, files: readonly Upload[] = []): Action {
  const send = { type: "send" as const, draft, key: newKey(), at: Date.now() };
  return files.length === 0 ? send : { ...send, uploads: files.map(({ id }) => id) };
}
