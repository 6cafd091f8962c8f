/**
 * The command about the server itself.
 *
 * @module
 */
import { clientFrames } from "../protocol/schemas/frames.ts";
import { command, type CommandRows } from "./command.ts";

/** The command about the server. Everyone is told. */
export const serverCommands: CommandRows<"set_server"> = {
  set_server: command({
    schema: clientFrames.set_server,
    requires: "manage_server",
    countsAsActivity: true,
    async handle({ context, connection, account, command: { name, set_up, key } }) {
      const { server } = context.hub;
      const isRenamed = name !== undefined && name !== server.name;
      const refusal = await server.change({ name, set_up }, async () => {
        const may = await context.authorize(connection, "manage_server");
        return "code" in may ? may : null;
      });
      if (refusal !== null) return refusal;
      if (isRenamed) await context.record(account, "rename_server", { detail: name });
      const { version: _, ...tag } = server.tag;
      context.effects.emit({ type: "server_changed", ...tag }, connection);
      context.answer(connection, { type: "server_changed", ...tag }, { key });
    },
  }),
};
