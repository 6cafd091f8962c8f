/** The lifetime of a connection in ms before it is cut: only a failing test waits that long. */
const PATIENCE_MS = 20_000;

/** The example key of RFC 6455 section 1.3, and the server's required response to it. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** RFC 6455 section 5.2. */
export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** An HTTP response, as received. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A WebSocket frame, as received. */
export interface RawFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The properties of a frame that are invalid or not the default. */
export interface FrameOptions {
  readonly opcode?: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  /** The three reserved bits, as a number from 0 to 7. */
  readonly rsv?: number;
  readonly masked?: boolean;
}

/** A frame as bytes: one masked text unless stated otherwise. */
export function frame(options: FrameOptions): Uint8Array<ArrayBuffer> {
  const { opcode = OPCODES.text, fin = true, rsv = 0, masked = true } = options;
  const payload = bytes(options.payload ?? "");
  const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0;
  const out = new Uint8Array(2 + long + (masked ? 4 : 0) + payload.length);
  const view = new DataView(out.buffer);
  out[0] = (fin ? 0x80 : 0) | rsv << 4 | opcode;
  out[1] = (masked ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
  if (long === 2) view.setUint16(2, payload.length);
  if (long === 8) view.setBigUint64(2, BigInt(payload.length));
  const mask = masked ? [0x12, 0x34, 0x56, 0x78] : [];
  out.set(mask, 2 + long);
  const start = out.length - payload.length;
  for (const [i, byte] of payload.entries()) out[start + i] = byte ^ (mask[i % 4] ?? 0);
  return out;
}

/** The payload of a close frame. */
export function closePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  return new Uint8Array([code >> 8, code & 0xff, ...new TextEncoder().encode(reason)]);
}

/** A byte-level peer: it sends exactly the given bytes, and reads only on request. */
export class RawSocket implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #host: string;
  readonly #timer: ReturnType<typeof setTimeout>;
  #received = new Uint8Array();
  #closed = false;
  /** Whether this side gave up: whether the other side closed is then unknown. */
  #gaveUp = false;

  private constructor(conn: Deno.TcpConn, host: string) {
    this.#conn = conn;
    this.#host = host;
    this.#timer = setTimeout(() => {
      this.#gaveUp = true;
      this[Symbol.dispose]();
    }, PATIENCE_MS);
  }

  /** Connects without sending anything. */
  static async dial(url: string): Promise<RawSocket> {
    const { hostname, port, host } = new URL(url);
    return new RawSocket(await Deno.connect({ hostname, port: Number(port) }), host);
  }

  /** Connects and completes the handshake. */
  static async open(url: string, path: string): Promise<RawSocket> {
    const socket = await RawSocket.dial(url);
    await socket.shakeHands(path);
    const { status } = await socket.response();
    if (status === 101) return socket;
    socket[Symbol.dispose]();
    throw new Error(`Cannot open ${path}: the server answered ${status}`);
  }

  /** Whether the other side has closed the connection. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends an opening handshake. @param headers Override those of a valid one; `null` omits one. */
  async shakeHands(
    path: string,
    headers: Readonly<Record<string, string | null>> = {},
    method = "GET",
  ): Promise<void> {
    const all = {
      "Host": this.#host,
      "Connection": "Upgrade",
      "Upgrade": "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": KEY,
      ...headers,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== null);
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await this.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  }

  /** Sends bytes; ignores a connection that the other side has cut. */
  async write(data: string | Uint8Array): Promise<void> {
    const rest = bytes(data);
    for (let sent = 0; sent < rest.length;) {
      try {
        sent += await this.#conn.write(rest.subarray(sent));
      } catch (error) {
        if (isCut(error)) return;
        throw error;
      }
    }
  }

  /** Sends a text frame with a JSON value. */
  send(value: unknown): Promise<void> {
    return this.write(frame({ payload: JSON.stringify(value) }));
  }

  /** Reads an HTTP response. */
  async response(): Promise<RawResponse> {
    const end = await this.#until(() => this.#text().indexOf("\r\n\r\n"));
    const [statusLine = "", ...lines] = this.#text().slice(0, end).split("\r\n");
    const headers = new Headers(lines.map((line) => split(line, ":")));
    this.#take(end + 4);
    const body = this.#take(await this.#has(Number(headers.get("content-length") ?? 0)));
    const status = Number(statusLine.split(" ")[1]);
    return { status, headers, body: new TextDecoder().decode(body) };
  }

  /** Reads a frame. */
  async frame(): Promise<RawFrame> {
    await this.#has(2);
    const [first = 0, second = 0] = this.#take(2);
    const size = second === 127 ? 8 : second === 126 ? 2 : 0;
    await this.#has(size);
    const length = this.#take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    const payload = this.#take(await this.#has(size === 0 ? second : length));
    return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, payload };
  }

  /** Reads frames up to the first of an opcode. */
  async frameOf(opcode: number): Promise<RawFrame> {
    for (;;) {
      const next = await this.frame();
      if (next.opcode === opcode) return next;
    }
  }

  /** Reads frames up to the closing one. */
  async close(): Promise<{ code: number; reason: string }> {
    const { payload } = await this.frameOf(OPCODES.close);
    const [high = 0, low = 0, ...reason] = payload;
    return { code: high * 256 + low, reason: new TextDecoder().decode(new Uint8Array(reason)) };
  }

  /** Reads until the other side closes the connection; discards the data. */
  async ended(): Promise<void> {
    while (await this.#read()) this.#received = new Uint8Array();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    try {
      this.#conn.close();
    } catch {
      // It is closed already.
    }
  }

  #text(): string {
    // Decoded as Latin-1: byte and character positions are equal.
    return String.fromCharCode(...this.#received.subarray(0, 8_192));
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  async #has(length: number): Promise<number> {
    await this.#until(() => this.#received.length >= length ? 0 : -1);
    return length;
  }

  async #until(find: () => number): Promise<number> {
    for (let found = find();; found = find()) {
      if (found >= 0) return found;
      if (!await this.#read()) throw new Error("The connection ended before everything had come");
    }
  }

  async #read(): Promise<boolean> {
    const chunk = new Uint8Array(65_536);
    try {
      const count = await this.#conn.read(chunk);
      this.#closed = count === null;
      this.#received = concat(this.#received, chunk.subarray(0, count ?? 0));
    } catch (error) {
      if (this.#gaveUp || !isCut(error)) throw error;
      this.#closed = true;
    }
    return !this.#closed;
  }
}

function isCut(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}

function bytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

function split(line: string, at: string): [string, string] {
  const index = line.indexOf(at);
  return [line.slice(0, index).trim(), line.slice(index + 1).trim()];
}
