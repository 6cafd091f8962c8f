/**
 * Uploading files, and reading them.
 *
 * @module
 */
import * as v from "valibot";
import type { Commands } from "../commands.ts";
import { wireFile } from "../events.ts";
import type { Files } from "../files.ts";
import { problem } from "../problem.ts";
import { fileNameRequest, fileRequest, roomRequest } from "../schemas/requests.ts";
import type { FileRecord } from "../store/files.ts";
import { json, type Route, type SignedInContext } from "./route.ts";

/** A form of another site could send many other types without the browser asking first. */
const UPLOAD_TYPE = "application/octet-stream";

/** From a first byte up to a last one; either may be left out, and then it is the end that counts. */
interface Span {
  readonly from: number;
  /** Before which byte it ends. */
  readonly to: number;
}

/** The routes of files. */
export function fileRoutes(commands: Commands, files: Files): readonly Route[] {
  async function upload({ request, url, params, who }: SignedInContext): Promise<Response> {
    const { account } = who;
    if (request.headers.get("content-type") !== UPLOAD_TYPE) {
      return problem({ code: "bad_request", message: `Send ${UPLOAD_TYPE}.` });
    }
    const name = v.safeParse(fileNameRequest, url.searchParams.get("name"));
    if (!name.success) return problem({ code: "bad_request", message: "Say ?name=, in short." });
    if (!v.is(roomRequest, params.room)) return problem({ code: "no_such_room" });
    const room = await commands.writableRoom(account, params.room);
    if ("code" in room) return problem(room);
    const length = request.headers.get("content-length");
    const refusal = files.refuses(account, length === null ? null : Number(length));
    if (refusal !== null) return problem(refusal);
    const file = await files.receive(account, room, name.output, request.body ?? none());
    return "code" in file ? problem(file) : json(wireFile(file), 201);
  }

  async function read({ request, params, who }: SignedInContext): Promise<Response> {
    const file = v.is(fileRequest, params.id) ? await files.find(params.id, who.account) : null;
    if (file === null) return problem({ code: "not_found" });
    const span = spanOf(request.headers.get("range"), file.size);
    if (span === null) {
      const headers = { ...headersOf(file), "content-range": `bytes */${file.size}` };
      return new Response(null, { status: 416, headers });
    }
    const { from, to } = span;
    const partial = to - from < file.size;
    return new Response(files.read(file, from, to), {
      status: partial ? 206 : 200,
      headers: {
        ...headersOf(file),
        "content-length": `${to - from}`,
        ...(partial ? { "content-range": `bytes ${from}-${to - 1}/${file.size}` } : {}),
      },
    });
  }

  return [
    { method: "POST", path: "/api/rooms/{room}/files", for: "people", handle: upload },
    { method: "GET", path: "/api/files/{id}", for: "people", handle: read },
  ];
}

/** What keeps a browser from taking a file for anything but what its bytes are. */
function headersOf({ name, type, width }: FileRecord): Record<string, string> {
  const how = width === null ? "attachment" : "inline";
  return {
    "content-type": type,
    "content-disposition": `${how}; filename*=UTF-8''${encodeName(name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "accept-ranges": "bytes",
    // Its bytes never change; but another person in the same browser is asked for anew.
    "cache-control": "private, max-age=31536000, immutable",
    "vary": "authorization, cookie",
  };
}

/** A name as RFC 8187 section 3.2 writes it. */
function encodeName(name: string): string {
  const escape = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name).replace(/['()*]/g, escape);
}

/**
 * The part of a file that is asked for (RFC 9110 section 14.2): all of it, unless one range is.
 *
 * @returns `null` where there is none of it.
 */
function spanOf(header: string | null, size: number): Span | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) {
    return { from: 0, to: size };
  }
  const from = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return from < to ? { from, to } : null;
}

async function* none(): AsyncGenerator<Uint8Array> {}
