// The machine-readable descriptions of the API, checked by tools that others use.
import { assert, assertEquals } from "@std/assert";
import asyncSpecs from "@asyncapi/specs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv";
import openapiTs, { astToString } from "openapi-typescript";
import asyncapi from "../../docs/asyncapi.json" with { type: "json" };
import openapi from "../../docs/openapi.json" with { type: "json" };
import { undescribed } from "../support/described.ts";
import { needs } from "../support/permissions.ts";
import { startServer } from "../support/server.ts";
import { call } from "../support/server_fixture.ts";
import { inDirectory } from "../support/temporary_directory.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("the description of the API over HTTP is valid OpenAPI", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(openapi));
  assert(valid, JSON.stringify(errors));
});

Deno.test("the description of the WebSocket is valid AsyncAPI", () => {
  // deno-lint-ignore no-explicit-any -- the types of this package do not fit its exports
  const ajv = new (Ajv as any)({
    // The schema contains its own meta-schema.
    ...{ meta: false, validateSchema: false },
    ...{ strict: false, validateFormats: false },
  });
  const isValid = ajv.compile(asyncSpecs.schemas["3.0.0"]);
  assert(isValid(asyncapi), ajv.errorsText(isValid.errors));
  assert(!isValid({ ...asyncapi, channels: 1 }), "the validator accepts anything");
});

Deno.test("every operation has a name of its own", () => {
  const names = Object.values(openapi.paths)
    .flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  assertEquals(names.length, new Set(names).size);
});

Deno.test("a response that the description does not have is noticed", () => {
  const answer = { method: "GET", path: "/livez", status: 200, type: "application/json" };
  assertEquals(undescribed({ ...answer, body: { status: "ok" } }), null);
  const wrong = [
    { ...answer, body: { status: "ok", also: 1 } },
    { ...answer, body: { status: "well" } },
    { ...answer, body: {} },
    { ...answer, status: 404, body: { code: "not_found" } },
    { ...answer, type: "text/html" },
    { ...answer, method: "POST", body: { status: "ok" } },
    { ...answer, method: "HEAD", body: { status: "ok" } },
  ];
  for (const one of wrong) assert(undescribed(one) !== null, JSON.stringify(one));
});

Deno.test({
  name: "the server serves its descriptions to everyone, and unchanged ones are not sent again",
  ...needs("net", "read"),
  async fn() {
    await using server = await startServer();
    for (const [path, description] of [["openapi", openapi], ["asyncapi", asyncapi]] as const) {
      const first = await call(server, `/api/${path}.json`);
      assertEquals(first.body, description);
      const headers = { "if-none-match": first.headers.get("etag") ?? "" };
      const again = await call(server, `/api/${path}.json`, { headers });
      assertEquals([again.status, again.text], [304, ""]);
    }
  },
});

Deno.test({
  name: "a client generated from the served description compiles, and posts a message",
  ...needs("net", "read", "write", "run"),
  async fn() {
    await using server = await startServer();
    const token = await server.signIn("Alice");
    const types = await openapiTs(new URL(`${server.url}/api/openapi.json`));
    let printed = "";
    await inDirectory(async (directory) => {
      const program = `${directory}/program.ts`;
      await Deno.writeTextFile(`${directory}/hubbub.d.ts`, astToString(types));
      await Deno.writeTextFile(program, await programInDocument());
      const config = new URL("deno.json", ROOT).pathname;
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--check", "--config", config, "--allow-net", program, server.url, token],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      printed = new TextDecoder().decode(stdout);
    });
    const { body } = await call(server, "/api/rooms/general/messages", { token });
    const said = body.messages.map(({ seq, message }: { seq: number; message: string }) => [
      seq,
      message,
    ]);
    assertEquals(said, [[Number(printed), "Build 7 is green."]]);
  },
});

/** The program that `docs/build.md` shows for a generated client. */
async function programInDocument(): Promise<string> {
  const document = await Deno.readTextFile(new URL("docs/build.md", ROOT));
  const [, program] = /^## A client for your language\n[^]*?```ts\n([^]*?)```/m.exec(document) ??
    [];
  if (program === undefined) throw new Error("docs/build.md shows no generated client");
  return program;
}
