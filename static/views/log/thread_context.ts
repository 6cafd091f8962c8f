/**
 * The thread in whose panel a message is shown, by its root: its actions write there.
 *
 * @module
 */
import { createContext } from "preact";

/** The `seq` of the root; `undefined` in the log of the room. */
export const ThreadContext = createContext<number | undefined>(undefined);
