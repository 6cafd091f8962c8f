import { assertEquals } from "@std/assert";
import type { FileInfo } from "../../lib/protocol/frames.ts";
import { type Answer, call } from "./server_fixture.ts";

/** Uploads a file. */
export function upload(
  server: { url: string },
  token: string | undefined,
  room: string,
  bytes: Uint8Array<ArrayBuffer> | string = "some bytes",
  name = "file.bin",
): Promise<Answer> {
  return call(server, `/api/rooms/${room}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    ...(token === undefined ? {} : { token }),
    raw: typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
    headers: { "content-type": "application/octet-stream" },
  });
}

/** Uploads a file, and asserts that it is accepted. */
export async function uploaded(...args: Parameters<typeof upload>): Promise<FileInfo> {
  const { status, body } = await upload(...args);
  assertEquals([status, body?.code], [201, undefined]);
  return body;
}
