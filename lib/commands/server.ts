/**
 * The command about the server itself.
 *
 * @module
 */
import { ICON_TYPES, type ServerIcon } from "../chat/server_profile.ts";
import type { Refusal } from "../protocol/errors.ts";
import { ICON_BYTES, ICON_SIDE } from "../protocol/limits.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { pictureOf } from "./pictures.ts";

/** The command about the server. Everyone is told. */
export const serverCommands: CommandRows<"set_server"> = {
  set_server: command({
    schema: clientFrames.set_server,
    requires: "manage_server",
    countsAsActivity: true,
    async handle(act) {
      const { context, connection, account, command: { name, retention_days, key } } = act;
      const { server } = context.hub;
      const icon = await iconOf(act);
      if (icon && "code" in icon) return icon;
      const isRenamed = name !== undefined && name !== server.name;
      const hasOtherRetention = retention_days !== undefined &&
        retention_days !== server.retentionDays;
      const refusal = await server.change(
        { name, icon, retentionDays: retention_days },
        async () => {
          const may = await context.authorize(connection, "manage_server");
          return "code" in may ? may : null;
        },
      );
      if (refusal !== null) return refusal;
      if (isRenamed) await context.record(account, "rename_server", { detail: name });
      if (icon !== undefined) await context.record(account, "set_server_icon", {});
      if (hasOtherRetention) {
        await context.record(account, "set_server_retention", { detail: `${retention_days}` });
        context.onErasing();
      }
      context.effects.emit({ type: "server_changed", ...server.news }, connection);
      context.answer(connection, { type: "server_changed", ...server.news }, { key });
    },
  }),
};

const NO_ICON: Refusal = {
  code: "no_such_file",
  message: "An icon is a square PNG, WebP or JPEG image.",
};

/** The icon that a command names; `null` to remove it. */
async function iconOf(
  { context, account, command: { icon: id } }: Act<"set_server">,
): Promise<ServerIcon | Refusal | null | undefined> {
  if (id === undefined || id === null) return id;
  const limits = { side: ICON_SIDE, bytes: ICON_BYTES, types: ICON_TYPES };
  const picture = await pictureOf(context, account, id, limits);
  if ("code" in picture) return picture;
  const { width: side, height, bytes } = picture;
  const type = ICON_TYPES.find((one) => one === picture.type);
  return type === undefined || side !== height ? NO_ICON : { type, side, bytes };
}
