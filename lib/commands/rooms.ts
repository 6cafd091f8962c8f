/**
 * Coming into rooms, and going.
 *
 * @module
 */
import * as answer from "../answers.ts";
import type { Connection } from "../connection.ts";
import type { CommandOf, Refusal } from "../protocol.ts";
import type { Room } from "../room.ts";
import { type Desk, type Handlers, placeOf } from "./desk.ts";

type RoomCommand = "join" | "leave" | "create_room" | "invite" | "list_rooms" | "list_members";

/** The commands about rooms. */
export function roomCommands(desk: Desk): Handlers<RoomCommand> {
  const { hub, store } = desk;

  async function join(connection: Connection, command: CommandOf<"join">): Promise<Refusal | void> {
    const { account } = connection;
    const room = connection.room(command.room) ?? await desk.enterable(account, command.room);
    if ("code" in room) return room;
    const refusal = await desk.addMember(account, room, connection);
    if (refusal !== null) return refusal;
    await follow(connection, room, command);
  }

  async function follow(
    connection: Connection,
    room: Room,
    command: { after?: number | undefined; epoch?: string | undefined; key?: string | undefined },
  ): Promise<void> {
    const { account } = connection;
    const sameLog = command.epoch === undefined || command.epoch === store.epoch;
    const read = await store.readMark(room.id, account.id);
    // A position in another log means nothing here: one that cannot be reached says so.
    const after = sameLog ? command.after ?? null : Infinity;
    await hub.follow(connection, room, after, (missed) => {
      const rest = { epoch: store.epoch, read, ...answer.echo(command) };
      hub.tell(connection, answer.joined(account, room, missed, rest));
    });
  }

  async function createRoom(
    connection: Connection,
    command: CommandOf<"create_room">,
  ): Promise<Refusal | void> {
    const { account } = connection;
    if (account.role === "guest" && command.kind === "private") return { code: "forbidden" };
    const { room: name, kind, title = "" } = command;
    const record = await store.createRoom({
      name,
      kind,
      title: title === "" ? null : title,
      creator: account.id,
      at: desk.clock.now(),
    });
    if (record === null) return { code: "room_exists" };
    const room = await hub.rooms.load(record);
    desk.effects.emit({ type: "member_added", ...placeOf(room), account }, connection);
    await follow(connection, room, command);
  }

  return {
    join,
    create_room: createRoom,

    leave: desk.asMember(async (connection, room, command: CommandOf<"leave">) => {
      if (room.isDirect) return { code: "forbidden", message: "A conversation cannot be left." };
      await desk.removeMember(connection.account, room, { on: connection });
      desk.answer(connection, { type: "left", room: room.record.name }, command);
    }),

    invite: desk.asMember(async (connection, room, command: CommandOf<"invite">) => {
      const invited = await desk.person(command.name);
      if ("code" in invited) return invited;
      const refusal = await desk.addMember(invited, room);
      if (refusal !== null) return refusal;
      hub.tell(connection, {
        type: "member_joined",
        room: room.record.name,
        name: invited.name,
        ...answer.echo(command),
      });
    }),

    list_rooms: async (connection, command) => {
      hub.tell(connection, await answer.roomList(store, connection.account, command));
    },

    list_members: desk.asMember((connection, room, command: CommandOf<"list_members">) => {
      hub.tell(connection, answer.memberList(connection.account, room, command));
    }),
  };
}
