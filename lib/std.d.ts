// The npm mirror of @std ships without types. Declared here is what Hubbub uses, as JSR has it.

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(
    actual: unknown,
    expected: T,
    msg?: string,
  ): asserts actual is T;
  export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertArrayIncludes<T>(
    actual: ArrayLike<T>,
    expected: ArrayLike<T>,
    msg?: string,
  ): void;
  export function assertObjectMatch(actual: object, expected: object, msg?: string): void;
  export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertLess<T>(actual: T, expected: T, msg?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
  // deno-lint-ignore no-explicit-any -- the constructor's parameters do not matter here
  type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    error?: ErrorClass<E>,
    msgIncludes?: string,
  ): E;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    error?: ErrorClass<E>,
    msgIncludes?: string,
  ): Promise<E>;
  export function fail(msg?: string): never;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions {
    string?: readonly string[];
    boolean?: readonly string[];
    alias?: Record<string, string>;
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  export function parseArgs(
    args: readonly string[],
    options?: ParseOptions,
  ): { readonly _: readonly (string | number)[]; readonly [name: string]: unknown };
}

declare module "@std/http/cookie" {
  export interface Cookie {
    name: string;
    value: string;
    expires?: Date | number;
    maxAge?: number;
    domain?: string;
    path?: string;
    secure?: boolean;
    httpOnly?: boolean;
    sameSite?: "Strict" | "Lax" | "None";
  }
  export function getCookies(headers: Headers): Record<string, string>;
  export function setCookie(headers: Headers, cookie: Cookie): void;
  export function deleteCookie(
    headers: Headers,
    name: string,
    attributes?: Omit<Cookie, "name" | "value">,
  ): void;
}

declare module "@std/http/etag" {
  export function eTag(
    entity: string | Uint8Array,
    options?: { weak?: boolean },
  ): Promise<string | undefined>;
  export function ifNoneMatch(value: string | null, etag: string | undefined): boolean;
}

declare module "@std/http/negotiation" {
  export function accepts(
    request: Pick<Request, "headers">,
    ...types: string[]
  ): string | undefined;
  export function acceptsEncodings(
    request: Pick<Request, "headers">,
    ...encodings: string[]
  ): string | undefined;
}

declare module "@std/http/status" {
  export const STATUS_CODE: Readonly<Record<string, number>>;
  export const STATUS_TEXT: Readonly<Record<number, string>>;
}

declare module "@std/testing/mock" {
  export interface Spy<A extends unknown[] = unknown[], R = unknown> {
    (...args: A): R;
    readonly calls: readonly { readonly args: A; readonly returned?: R }[];
    readonly restored: boolean;
    restore(): void;
  }
  export function spy<A extends unknown[], R>(fn?: (...args: A) => R): Spy<A, R>;
  export function assertSpyCalls(spy: Spy<never[]> | Spy, calls: number): void;
}

declare module "@std/http/user-agent" {
  export class UserAgent {
    constructor(header: string | null);
    readonly browser: { readonly name: string | undefined };
    readonly os: { readonly name: string | undefined };
  }
}
