/**
 * A server with an example conversation, for pictures of the page.
 *
 * @module
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { systemClock } from "../lib/util/clock.ts";
import { Peer } from "../tests/support/peer.ts";
import { startServer } from "../tests/support/server.ts";
import { uploaded } from "../tests/support/uploads.ts";

/** A message of the example conversation. */
interface ExampleMessage {
  /** The name of the sender. */
  readonly by: string;
  /** How many minutes ago it was sent. */
  readonly ago: number;
  readonly text: string;
  readonly room?: string;
  /** The index of the message to which it replies. */
  readonly replyTo?: number;
  readonly picture?: boolean;
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}

const names = ["Alice", "Ben", "Chloé", "Emre", "Yuki", "Amir"];

const lines: readonly ExampleMessage[] = [
  { by: "Amir", ago: 52, text: "Is the train wifi really that bad?", room: "general" },
  {
    by: "Chloé",
    ago: 46,
    text: "Morning all! The build is green again, thanks to whoever stayed up.",
    reactions: { "🎉": ["Ben", "Emre", "Alice"], "☕": ["Yuki"] },
  },
  {
    by: "Ben",
    ago: 43,
    text: "That was me. Coming back was too eager, so now it waits a little longer each time:\n" +
      "```ts\nconst longest = Math.min(30_000, 500 * 2 ** tries);\n" +
      "await delay(longest * (0.5 + Math.random() / 2)); // not all at once\n```",
  },
  {
    by: "Ben",
    ago: 43,
    text: "@Alice could you try it on the train today?",
    reactions: { "👍": ["Alice", "Chloé"] },
  },
  { by: "Alice", ago: 31, text: "On it. This is the **easy** part of the line:", picture: true },
  {
    by: "Emre",
    ago: 29,
    text: "Lovely! I am on the wrong train.",
    reactions: { "😂": ["Alice", "Ben", "Yuki"], "❤️": ["Chloé"] },
  },
  {
    by: "Alice",
    ago: 4,
    text: "Three tunnels later: nothing lost, nothing doubled ✅",
    replyTo: 3,
    reactions: { "🚀": ["Ben", "Chloé", "Emre", "Yuki"] },
  },
];

/** What is said once the pages are open. */
const after: readonly ExampleMessage[] = [
  { by: "Yuki", ago: 2, text: "Tea at four?", room: "general" },
  { by: "Amir", ago: 2, text: "With cake, I hope.", room: "general" },
  { by: "Chloé", ago: 1, text: "Do you have a minute?", room: "@Alice" },
];

/** The uploaded picture: the view from a train. */
const view = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 300">
  <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#27506b"/>
  <stop offset=".6" stop-color="#e8a87c"/><stop offset="1" stop-color="#f6d9a8"/></linearGradient></defs>
  <path fill="url(#sky)" d="M0 0h640v300H0z"/><circle cx="470" cy="128" r="34" fill="#fff3d0"/>
  <path fill="#7d8ca3" d="m0 190 90-70 70 45 95-95 110 105 80-50 95 60 100-45v160H0z"/>
  <path fill="#4d6a72" d="m0 225 120-45 110 40 130-55 120 50 160-35v120H0z"/>
  <path fill="#2f8f86" d="M0 240q160-22 320-4t320-8v72H0z"/>
  <path fill="#1d4e48" d="M0 270q200-26 400-2t240-10v42H0z"/></svg>`;

/** The running server of the example. */
export interface Example extends AsyncDisposable {
  readonly url: string;
  /** The link that makes its user the owner. */
  readonly ownerUrl: string;
  /** The sessions and the connections, by name. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly peers: ReadonlyMap<string, Peer>;
  /** Says what is said once the pages are open, up to now. */
  sayMore(): Promise<void>;
}

/** Starts the server, and says the conversation of the last hour. */
export async function startExample(): Promise<Example> {
  /** How many minutes the clock of the server is behind. */
  let ago = 60;
  const clock = { ...systemClock, now: () => Date.now() - ago * 60_000 };
  const server = await startServer({}, clock);
  const tokens = new Map<string, string>();
  const peers = new Map<string, Peer>();
  for (const name of names) {
    const token = await server.signIn(name);
    tokens.set(name, token);
    peers.set(name, await server.member(token));
  }
  const ask = (name: string, ...[frame]: Parameters<Peer["ask"]>) => peers.get(name)!.ask(frame);
  const topic = "Getting through tunnels";
  await ask("Ben", { type: "create_room", room: "release", kind: "public", title: topic });
  await ask("Yuki", { type: "create_room", room: "design", kind: "public" });
  await ask("Alice", { type: "create_room", room: "birthday", kind: "private" });
  for (const name of names) {
    for (const room of ["general", "release", "design"]) await ask(name, { type: "join", room });
  }
  await initWasm(
    await Deno.readFile(new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"))),
  );
  const picture = new Uint8Array(
    new Resvg(view, { fitTo: { mode: "width", value: 1280 } }).render().asPng(),
  );

  const said: number[] = [];

  async function say(
    { by, text, room = "release", replyTo, picture: shows, ...line }: ExampleMessage,
  ) {
    ago = line.ago;
    const token = tokens.get(by)!;
    const files = shows ? [(await uploaded(server, token, room, picture, "window.png")).id] : [];
    const answer = await ask(by, {
      ...(room.startsWith("@")
        ? { type: "private_message", receiver: room.slice(1) }
        : { type: "room_message", room }),
      message: text,
      ...(replyTo === undefined ? {} : { reply_to: said[replyTo]! }),
      ...(files.length === 0 ? {} : { files }),
    });
    if (!("seq" in answer)) throw new Error(`Cannot say "${text}": ${JSON.stringify(answer)}`);
    const { seq } = answer;
    said.push(seq);
    for (const [emoji, people] of Object.entries(line.reactions ?? {})) {
      for (const name of people) await ask(name, { type: "react", room, seq, emoji, on: true });
    }
  }

  for (const line of lines) await say(line);
  return {
    url: server.url,
    ownerUrl: server.ownerUrl,
    tokens,
    peers,
    async sayMore() {
      for (const line of after) await say(line);
      ago = 0;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
