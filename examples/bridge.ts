/**
 * A bridge: carries the messages of a room to a room of another Hubbub server, and back, each exactly
 * once.
 *
 * HUBBUB_TOKEN=… HUBBUB_OTHER_TOKEN=… deno run -A examples/bridge.ts \
 *   https://chat.example.org lobby https://chat.example.com guests bridge.state
 *
 * A message is sent under a key that names its origin: room, `seq` and log. That is enough for both
 * promises:
 *
 * - Nothing comes twice: whatever crashes, the server stores one message under a key.
 * - Nothing goes in circles: a message is not carried to the room that its key names. Several bridges
 *   may form a ring if all of them use the same account of a server: then they use the same keys there.
 *
 * Edits, deletions, reactions and files stay where they are.
 *
 * @module
 */
import { HubbubClient, RefusedError } from "@hubbub/client";
import { StateFile } from "@hubbub/client/state-file";
import { type RoomMessage } from "@hubbub/protocol";

/** One side of the bridge. */
interface Side {
  readonly client: HubbubClient;
  readonly room: string;
}

/** Begins the key of every message that a bridge has sent; `ROOM_ID.SEQ.LOG` follows. */
const PREFIX = "bridge.";

async function carry(from: Side, to: Side): Promise<void> {
  const { room_id } = await to.client.join(to.room);
  for await (const event of from.client.events(from.room)) {
    if (event.type !== "room_message" || event.deleted) continue;
    const isCarried = event.key?.startsWith(PREFIX) === true;
    // It comes from there.
    if (isCarried && event.key!.startsWith(`${PREFIX}${room_id}.`)) continue;
    const { limits } = await to.client.ready();
    const parts = isCarried ? [event.message] : partsOf(event, limits.message_length);
    for (const [i, part] of parts.entries()) {
      const key = isCarried
        ? event.key!
        : `${PREFIX}${from.client.keyFor(event, i === 0 ? "" : String(i))}`;
      await send(to, part, key);
    }
  }
}

/** Names the sender, and splits a text that becomes too long by that. */
function partsOf({ sender, message }: RoomMessage, length: number): readonly string[] {
  const text = `**${sender}**: ${message}`;
  // A character outside the basic plane is not cut in two.
  return text.match(new RegExp(`[^]{1,${length - 1}}(?![\\udc00-\\udfff])`, "g")) ?? [];
}

async function send({ client, room }: Side, message: string, key: string): Promise<void> {
  try {
    await client.send(room, message, { key });
  } catch (error) {
    // A message that the other server does not take must not stop the others.
    if (!(error instanceof RefusedError)) throw error;
    console.error(`Not carried to ${room}: ${error.message}`);
  }
}

const [url = "", room = "", otherUrl = "", otherRoom = "", state = "bridge.state"] = Deno.args;
const here: Side = {
  client: new HubbubClient({
    ...{ url, token: Deno.env.get("HUBBUB_TOKEN") ?? "" },
    store: new StateFile(state),
  }),
  room,
};
const there: Side = {
  client: new HubbubClient({
    ...{ url: otherUrl, token: Deno.env.get("HUBBUB_OTHER_TOKEN") ?? "" },
    store: new StateFile(`${state}.other`),
  }),
  room: otherRoom,
};
await Promise.all([carry(here, there), carry(there, here)]);
