import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Send, SendResult } from "../../lib/hooks/send.ts";

/** One request of an outgoing hook. */
export interface Attempt {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A receiver without a network: it remembers every request and answers as it is told. */
export class FakeReceiver {
  readonly attempts: Attempt[] = [];
  /** What it answers next. */
  answer: () => SendResult | Promise<SendResult> = () => ({ status: 204, retryAfter: null });

  readonly send: Send = (_url, headers, body, signal) => {
    this.attempts.push({ id: headers["webhook-id"] ?? "", headers, body });
    const aborted = Promise.withResolvers<SendResult>();
    signal.addEventListener("abort", () => aborted.resolve({ error: "aborted" }));
    return Promise.race([this.answer(), aborted.promise]);
  };

  /** The texts of the messages, in order. */
  get texts(): readonly string[] {
    return this.attempts.map(({ body }) => JSON.parse(body).message);
  }
}

/** Whether an attempt is signed with a secret, by the specification of Standard Webhooks alone. */
export function isSigned({ headers, body }: Attempt, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", key).update(content).digest("base64");
  return headers["webhook-signature"]?.split(" ").includes(`v1,${expected}`) === true;
}
