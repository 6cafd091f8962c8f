/** What a field and the list of names that are offered for it know of each other. */
import type { State } from "../state.ts";
import type { Room } from "../state/types.ts";
import { asides, idle } from "./lazy.tsx";

/** Offers names for what is written in a field. */
export interface Completer {
  /** Takes note of where the cursor is. */
  readonly look: (field: HTMLTextAreaElement) => void;
  /** @returns Whether the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

/** What the list is told. */
export interface CompletionProps {
  readonly state: State;
  readonly room: Room;
  readonly field: { readonly current: HTMLTextAreaElement | null };
  /** Whether something was written before names could be offered. */
  readonly written: { readonly current: boolean };
  /** Is filled while names can be offered. */
  readonly completer: { current: Completer | null };
  /** Gets what the field says about the list. */
  readonly onAria: (aria: Readonly<Record<string, string>>) => void;
}

/** The list, as soon as it is there. */
export const Completion = idle<CompletionProps>((views) => views.Completion);

/** Loads the list with the first sign that a name can begin with, where it is not there yet. */
export function wantCompletion(text: string): void {
  // Without a line nothing is offered; the next letter tries again.
  if (asides.loaded === undefined && /[@#:]/.test(text)) asides.load().catch(() => {});
}
