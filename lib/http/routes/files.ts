/**
 * The routes that upload and read files.
 *
 * @module
 */
import * as v from "valibot";
import { type BodyChunks, isMediaType } from "../../util/request_body.ts";
import type { Commands } from "../../commands/dispatch.ts";
import { wireFile } from "../../chat/to_wire.ts";
import type { Files } from "../../files/files.ts";
import { problem } from "../problem.ts";
import { isRefusal } from "../../protocol/errors.ts";
import type { FileInfo } from "../../protocol/frames.ts";
import { fileRequest, roomRequest, uploadRequest } from "../../protocol/schemas/requests.ts";
import type { FileRecord } from "../../store/files.ts";
import type { Account } from "../../store/records.ts";
import { json, type Route, type SignedInContext } from "./route.ts";

/** A form on another site could send many other types without a preflight request. */
const UPLOAD_TYPE = "application/octet-stream";

/** The type of the content of a file: any. */
const ANY_TYPE = "*/*";

/** A range of bytes. */
interface ByteRange {
  /** The first byte. */
  readonly from: number;
  /** The byte after the last one. */
  readonly to: number;
}

/** Returns the routes for files. */
export function fileRoutes(commands: Commands, files: Files): readonly Route[] {
  async function upload(context: SignedInContext, body: BodyChunks): Promise<Response> {
    const { headers, url, params, identity: { account } } = context;
    if (!isMediaType(headers.get("content-type"), UPLOAD_TYPE)) {
      return problem({ code: "bad_request", message: `Send ${UPLOAD_TYPE}.` });
    }
    const claims = v.safeParse(uploadRequest, Object.fromEntries(url.searchParams));
    if (!claims.success) {
      const name = v.getDotPath(claims.issues[0]);
      const message = name === "name"
        ? "Send a short name as ?name=."
        : `The parameter "${name}" is not valid.`;
      return problem({ code: "bad_request", message });
    }
    const address = v.safeParse(roomRequest, params.room);
    if (!address.success) return problem({ code: "no_such_room" });
    const room = await commands.writableRoom(account, address.output);
    if ("code" in room) return problem(room);
    const length = headers.get("content-length");
    const size = length === null ? null : Number(length);
    const { thumbnail = 0 } = claims.output;
    const refusal = files.refuses(account, size === null ? null : size - thumbnail);
    if (refusal !== null) return problem(refusal);
    const authorize = async () => {
      const identity = await context.authorize();
      return isRefusal(identity) ? identity : commands.refusesFile(identity.account, room);
    };
    const file = await files.receive(account, room, claims.output, body, authorize, size);
    return "code" in file ? problem(file) : json<FileInfo>(wireFile(file), 201);
  }

  async function readThumbnail({ params, identity }: SignedInContext): Promise<Response> {
    const file = await find(params.id, identity.account);
    const thumbnail = file && await files.thumbnail(file);
    if (file === null || thumbnail === null) return problem({ code: "not_found" });
    return new Response(thumbnail.bytes, {
      headers: { ...headersOf({ ...file, type: thumbnail.type }) },
    });
  }

  async function find(id: string | undefined, reader: Account): Promise<FileRecord | null> {
    return v.is(fileRequest, id) ? await files.find(id, reader) : null;
  }

  async function read({ headers, params, identity }: SignedInContext): Promise<Response> {
    const file = await find(params.id, identity.account);
    if (file === null) return problem({ code: "not_found" });
    const range = byteRangeOf(headers.get("range"), file.size);
    if (range === null) {
      const rest = { ...headersOf(file), "content-range": `bytes */${file.size}` };
      return new Response(null, { status: 416, headers: rest });
    }
    const { from, to } = range;
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
    {
      method: "POST",
      path: "/api/rooms/{room}/files",
      about: "Upload a file, to be attached to a message in this room",
      answers: { 201: "FileInfo" },
      refuses: [
        ...[
          "bad_request",
          "blocked",
          "file_too_large",
          "files_off",
          "forbidden",
          "hosts_only",
        ] as const,
        ...["limit_reached", "muted", "no_such_user", "not_a_member", "room_locked"] as const,
        "too_slow",
      ],
      query: uploadRequest,
      access: "accounts",
      body: "stream",
      handle: upload,
    },
    {
      method: "GET",
      path: "/api/files/{id}",
      about: "The content of a file, or of the range that the request names",
      answers: { 200: ANY_TYPE, 206: ANY_TYPE, 416: null },
      refuses: ["not_found"],
      access: "accounts",
      handle: read,
    },
    {
      method: "GET",
      path: "/api/files/{id}/thumbnail",
      about: "The small image of a file that has one",
      answers: { 200: ANY_TYPE },
      refuses: ["not_found"],
      access: "accounts",
      handle: readThumbnail,
    },
  ];
}

/**
 * The policy of files: no browser runs anything that it finds in one.
 *
 * Browsers show no PDF that is sandboxed. Their viewers keep its scripts from the origin that it came
 * from, and the policy lets it load nothing.
 */
const POLICY = "default-src 'none'; sandbox";
const PDF = "application/pdf";
const PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; " +
  "frame-ancestors 'none'";

/** Returns headers that keep a browser from treating a file as any other type. */
function headersOf({ name, type }: FileRecord): Record<string, string> {
  const isShown = type.startsWith("image/") || type === PDF;
  return {
    "content-type": type,
    "content-disposition": `${isShown ? "inline" : "attachment"}; filename*=UTF-8''${
      encodeName(name)
    }`,
    "content-security-policy": type === PDF ? PDF_POLICY : POLICY,
    "accept-ranges": "bytes",
    // The bytes never change, but another user of the same browser must be authorized again.
    "cache-control": "private, max-age=31536000, immutable",
    "vary": "authorization, cookie",
  };
}

/**
 * Encodes a file name (RFC 8187 section 3.2), without what would turn its letters round: an import
 * may have brought it.
 */
function encodeName(name: string): string {
  const escape = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.replace(/\p{Bidi_Control}/gu, "")).replace(/['()*]/g, escape);
}

/**
 * Parses a `Range` header (RFC 9110 section 14.2). Anything but a single range selects the whole file.
 *
 * @returns `null` if the range selects no byte.
 */
function byteRangeOf(header: string | null, size: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) {
    return { from: 0, to: size };
  }
  const from = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return from < to ? { from, to } : null;
}
