/**
 * The commands about groups of users: `@designers`.
 *
 * @module
 */
import { type Refusal } from "../protocol/errors.ts";
import { foldName } from "../protocol/names.ts";
import { LIMITS } from "../protocol/limits.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { GroupRecord } from "../store/groups.ts";
import { type Act, command, type CommandRows } from "./command.ts";

type GroupCommand = "set_group" | "delete_group" | "list_groups" | "list_group_members";

/** The commands about groups. Moderators make them, everyone sees them. */
export const groupCommands: CommandRows<GroupCommand> = {
  set_group: command({
    schema: clientFrames.set_group,
    requires: "manage_groups",
    countsAsActivity: true,
    handle: setGroup,
  }),

  delete_group: command({
    schema: clientFrames.delete_group,
    requires: "manage_groups",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      const group = context.groups.withId(command.group_id);
      if (group === undefined) return { code: "no_such_group" };
      await context.store.deleteGroup(group.publicId);
      await context.groups.reload();
      context.effects.emit({ type: "groups_changed" });
      await context.record(account, "delete_group", { detail: group.name });
      context.answer(connection, { type: "group_deleted", ...tagOf(group) }, command);
    },
  }),

  list_groups: command({
    schema: clientFrames.list_groups,
    requires: "anyone",
    countsAsActivity: true,
    handle({ context, connection, command }) {
      const groups = context.groups.all()
        .map((group) => ({ ...tagOf(group), member_count: group.members.length }));
      context.answer(connection, { type: "groups", groups }, command);
    },
  }),

  list_group_members: command({
    schema: clientFrames.list_group_members,
    requires: "anyone",
    countsAsActivity: true,
    handle({ context, connection, command }) {
      const group = context.groups.withId(command.group_id);
      if (group === undefined) return { code: "no_such_group" };
      context.answer(connection, withMembers(group), command);
    },
  }),
};

async function setGroup(
  { context, connection, command }: Act<"set_group">,
): Promise<Refusal | void> {
  const { groups, store } = context;
  const { group: name, group_id: publicId = null, ids } = command;
  const isNew = publicId === null;
  const before = isNew ? undefined : groups.withId(publicId);
  if (!isNew && before === undefined) return { code: "no_such_group" };
  if (isNew && groups.all().length >= LIMITS.groups) return { code: "limit_reached" };
  const keepsName = before !== undefined && foldName(before.name) === foldName(name);
  if (!keepsName && context.reservedNames.has(name)) return { code: "name_reserved" };
  // A name has one meaning in a message.
  if (await store.findAccount(name) !== null) return { code: "name_taken" };
  const members: number[] = [];
  for (const id of new Set(ids)) {
    const person = await context.person({ id });
    if ("code" in person) return person;
    members.push(person.id);
  }
  // The sender may have lost the power meanwhile.
  const may = await context.authorize(connection, "manage_groups");
  if ("code" in may) return may;
  const stored = await store.putGroup({ publicId, name, members, at: context.clock.now() });
  if (stored === null) return { code: "name_taken" };
  await groups.reload();
  context.effects.emit({ type: "groups_changed" });
  await context.record(may.by, "set_group", { detail: name });
  const group = groups.withId(stored);
  // Another moderator has deleted it since.
  if (group === undefined) return { code: "no_such_group" };
  context.answer(connection, withMembers(group), command);
}

function tagOf({ name, publicId }: GroupRecord) {
  return { group: name, group_id: publicId };
}

function withMembers(group: GroupRecord) {
  return {
    type: "group",
    ...tagOf(group),
    members: group.members.map(({ name }) => name),
    member_ids: group.members.map(({ publicId }) => publicId),
  } as const;
}
