/**
 * Every function of this repository that parses user text, in one list, so that none is forgotten.
 * `tests/security/text_functions_test.ts` measures them, and fails if a file that parses text is
 * missing here.
 */
import * as v from "valibot";
import { clientAddress, isAddress } from "../../lib/util/ip_address.ts";
import { checkHandshake, chooseSubprotocol } from "../../lib/http/handshake.ts";
import { isOwnHost, isOwnOrigin } from "../../lib/http/hosts.ts";
import {
  canonicalEmoji,
  customEmoji,
  isCustomEmoji,
  isEmoji,
} from "../../lib/protocol/text/emoji.ts";
import { mayMention, namesIn } from "../../lib/protocol/text/mentions.ts";
import { attachmentsToMarkdown, blocksToMarkdown } from "../../lib/slack/blocks.ts";
import { readPayload } from "../../lib/hooks/payload.ts";
import { code, excerpt, link, literal } from "../../lib/hooks/sources/source.ts";
import { toMarkdown } from "../../lib/slack/text.ts";
import { skeletonOf } from "../../lib/util/confusables.ts";
import { ReservedNames } from "../../lib/auth/reserved_names.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { isInOneScript, isStacked, isVisible } from "../../lib/protocol/schemas/name_rules.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { decode, decodeCommand, isTooLong } from "../../lib/protocol/schemas/frames.ts";
import * as requests from "../../lib/protocol/schemas/requests.ts";
import { verify } from "../../lib/util/secrets.ts";
import { readCursor, readThreadCursor, readTimeCursor } from "../../lib/store/sql/cursor.ts";
import { reactionCursor } from "../../lib/store/sql/reactions.ts";
import { documentOf } from "../../lib/store/sql/search_document.ts";
import { cutSnippet, decodeText, encodeFolded, encodeText } from "../../lib/store/sql/text.ts";
import {
  analyze,
  highlight,
  indexTerms,
  matcher,
  sequencesOf,
} from "../../lib/protocol/text/words.ts";
import { isPushService } from "../../lib/push/web_push.ts";
import { linkTargetOf, linkTargetOnPage } from "../../static/util/address.ts";
import { commandIn, messageIn } from "../../static/state/bot_commands.ts";
import { quoted } from "../../lib/commands/forwarding.ts";
import { closedEmoji, queryAt } from "../../static/state/completion.ts";
import { fieldOf, queryOf, typedInto } from "../../static/state/search_field.ts";
import { suggestionsAt } from "../../static/state/search_suggestions.ts";
import { readCatalogue, searchEmoji } from "../../static/emoji/emoji.ts";
import { toned } from "../../static/emoji/skin_tone.ts";
import { inviteLinkOf } from "../../static/session/invite_link.ts";
import { highlighted } from "../../static/strings/deferred_format.ts";
import { formatted } from "../../static/views/composer/formatting.ts";
import { huesOf, initialsOf } from "../../static/strings/format.ts";
import { stretchesOf } from "../../static/markdown/highlight.ts";
import { balanced, isolated } from "../../static/strings/isolate.ts";
import { pickLanguage } from "../../static/strings/language.ts";
import { isEmojiOnly } from "../../static/markdown/markdown.ts";
import { parseSearch, withoutParts } from "../../lib/protocol/text/search_query.ts";
import { parse } from "../../lib/protocol/text/markdown/parse.ts";
import { runsOf } from "../../lib/protocol/text/markdown/runs.ts";
import { decodePage, describePage, shownText } from "../../lib/previews/describe_page.ts";
import { firstLink, mayLink } from "../../lib/protocol/text/links.ts";
import { isPlain, plain } from "../../lib/protocol/text/markdown/plain.ts";
import { textOf } from "../../lib/protocol/text/markdown/tree.ts";
import { stripMarkdown } from "../../static/markdown/strip.ts";
import { piecesOf } from "../../static/markdown/mentions.ts";
import { named } from "../../static/state/selectors.ts";
import { initialState } from "../../static/state/reducer.ts";
import { roomChangesIn } from "../../static/state/moderation_log.ts";
import { destinations } from "../../static/state/fuzzy_match.ts";

/** Parses a text; the result does not matter. */
type Read = (text: string) => unknown;

const catalogue = readCatalogue("= a\n😀\ttada hooray\tparty\tcelebrate\n".repeat(20));
const people = [{ name: "Anna Maria" }, { name: "Bob" }];
const meaning = (folded: string) =>
  folded === "anna maria" || folded === "bob" ? folded : undefined;
const reservedNames = new ReservedNames();
const known = { meaning, rooms: new Set(["lobby"]) };
const slack = { person: () => "Bob", channel: () => "lobby", emoji: () => "👋" };

function richText(text: string): unknown {
  const style = { bold: true, code: true };
  const elements = [{ type: "text", text, style }, { type: "link", url: `https://${text}`, text }];
  const parts = ["rich_text_section", "rich_text_preformatted", "rich_text_quote"]
    .map((type) => ({ type, elements }));
  return blocksToMarkdown([{ type: "rich_text", elements: parts }], slack);
}

/** The beginning of a text as a query. */
function wanted(text: string): { readonly words: string } {
  return { words: text.slice(0, LIMITS.query_length) };
}

function say(message: string): unknown {
  return decodeCommand({ type: "room_message", room: "lobby", message });
}

function shake(name: string, value: string): unknown {
  // Characters that headers cannot contain do not arrive in one.
  const latin = value.replaceAll(/[^\x20-\x7e]/g, "x");
  const proper = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
  const request = new Request("http://localhost/ws", { headers: { ...proper, [name]: latin } });
  return [
    checkHandshake(request),
    isOwnHost(request, { url: null, origins: [], loopbackOnly: true }),
    isOwnOrigin(request, { url: null, origins: [], loopbackOnly: true }),
    chooseSubprotocol(request),
    clientAddress("127.0.0.1", request.headers, ["127.0.0.1"]),
  ];
}

/** Reads a delivery to a webhook. */
function read(body: unknown, headers: Readonly<Record<string, string>> = {}): unknown {
  return readPayload({
    headers: new Headers({ "content-type": "application/json", ...headers }),
    body: typeof body === "string" ? body : JSON.stringify(body),
  }, () => "👋");
}

/** The functions that parse text, by file. */
export const TEXT_FUNCTIONS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  "lib/util/ip_address.ts": {
    isAddress,
    forwarded: (text) => shake("x-forwarded-for", text),
  },
  "lib/http/handshake.ts": {
    upgrade: (text) => shake("upgrade", text),
    connection: (text) => shake("connection", text),
    key: (text) => shake("sec-websocket-key", text),
    protocol: (text) => shake("sec-websocket-protocol", text),
  },
  "lib/http/hosts.ts": {
    origin: (text) => shake("origin", text),
    host: (text) => shake("host", text),
  },
  "lib/protocol/text/search_query.ts": {
    parseSearch,
    withoutParts: (text) => withoutParts(text, () => false),
  },
  "lib/protocol/text/mentions.ts": {
    mayMention,
    namesIn: (text) => [...namesIn(text, meaning)],
  },
  "lib/protocol/text/emoji.ts": { canonicalEmoji, isEmoji, isCustomEmoji, customEmoji },
  "lib/commands/forwarding.ts": { quoted },
  "lib/slack/text.ts": { toMarkdown: (text) => toMarkdown(text, slack) },
  "lib/slack/blocks.ts": {
    richText: (text) => richText(text),
    attachment: (text) =>
      attachmentsToMarkdown([{ title: text, text, title_link: text }], slack, false),
  },
  // It only receives names, which were checked before.
  "lib/util/confusables.ts": {
    skeletonOf: (text) => skeletonOf(text.slice(0, LIMITS.name_length)),
  },
  "lib/protocol/names.ts": { foldName },
  "lib/protocol/schemas/name_rules.ts": {
    isInOneScript,
    isVisible,
    isStacked: (text) => isStacked(text.slice(0, LIMITS.room_name_length)),
  },
  "lib/auth/reserved_names.ts": {
    has: (text) => reservedNames.has(text.slice(0, LIMITS.name_length)),
  },
  "lib/protocol/schemas/fields.ts": {
    emoji: (emoji) => decodeCommand({ type: "react", room: "a", seq: 1, emoji, on: true }),
    key: (key) => decodeCommand({ type: "ping", key }),
    text: say,
    title: (title) => decodeCommand({ type: "create_room", room: "a", kind: "public", title }),
    room: (room) => decodeCommand({ type: "leave", room }),
    name: (name) => decodeCommand({ type: "ban", name, reason: name }),
    files: (id) => decodeCommand({ type: "room_message", room: "a", message: "a", files: [id] }),
  },
  "lib/protocol/schemas/frames.ts": {
    decode,
    isTooLong,
    type: (type) => decodeCommand({ type }),
    query: (query) => decodeCommand({ type: "search", query, before: query }),
    // Nested arrays, long numbers, many commands.
    depth: (text) => decode(`${"[".repeat(text.length / 2)}${"]".repeat(text.length / 2)}`),
    number: (text) => decode(`{"type":"read","seq":${text.replaceAll(/[^1-9]/g, "1")}}`),
    many: (text) => decode(JSON.stringify(chunks(text).map((type) => ({ type })))),
  },
  "lib/protocol/schemas/requests.ts": {
    name: (text) => v.safeParse(requests.nameRequest, text),
    room: (text) => v.safeParse(requests.roomRequest, text),
    fileName: (text) => v.safeParse(requests.fileNameRequest, text),
    file: (text) => v.safeParse(requests.fileRequest, text),
    page: (text) => v.safeParse(requests.pageRequest, { before: text, limit: text }),
    session: (text) => v.safeParse(requests.sessionRequest, { name: text, password: text }),
    push: (text) =>
      v.safeParse(requests.pushRequest, { endpoint: text, keys: { p256dh: text, auth: text } }),
    passkey: (text) => v.safeParse(requests.passkeyLabel, text),
    hook: (text) =>
      v.safeParse(requests.hookRequest, { kind: "outgoing", url: text, events: [text] }),
  },
  "lib/hooks/payload.ts": {
    json: (text) => read({ text, username: text, icon_emoji: `:${text}:` }),
    form: (body) => read(body, { "content-type": "application/x-www-form-urlencoded" }),
    plain: (body) => read(body, { "content-type": "text/plain" }),
  },
  "lib/hooks/sources/source.ts": {
    literal,
    code,
    excerpt: (text) => excerpt(text),
    link: (text) => link(`https://${text}`, text),
  },
  "lib/hooks/sources/github.ts": {
    push: (text) =>
      read(
        { ref: text, commits: [{ message: text, id: text, url: text, author: { name: text } }] },
        { "x-github-event": "push" },
      ),
    issue: (text) =>
      read(
        { action: text, issue: { title: text, body: text, html_url: text } },
        { "x-github-event": "issues" },
      ),
  },
  "lib/hooks/sources/gitlab.ts": {
    push: (text) =>
      read(
        { object_kind: "push", ref: text, after: text, commits: [{ message: text }] },
        { "x-gitlab-event": "Push Hook" },
      ),
  },
  "lib/hooks/sources/chat.ts": {
    embed: (text) =>
      read({ content: text, embeds: [{ title: text, url: text, description: text }] }),
    icon: (icon_emoji) => read({ text: "a", icon_emoji }),
  },
  "lib/hooks/sources/sentry.ts": {
    plugin: (text) => read({ culprit: text, event: {}, url: text, message: text, project: text }),
    resource: (text) =>
      read({ data: { issue: { title: text } } }, { "sentry-hook-resource": "issue" }),
  },
  "lib/util/secrets.ts": { verify: (text) => verify(text, "secret") },
  "lib/store/sql/cursor.ts": { readCursor, readThreadCursor, readTimeCursor },
  "lib/store/sql/reactions.ts": { reactionCursor },
  "lib/store/sql/text.ts": {
    encodeText: (text) => decodeText(encodeText(text)),
    encodeFolded,
    cutSnippet: (text) => cutSnippet({ snippet: text, highlights: highlight(text, wanted(text)) }),
  },
  "lib/store/sql/search_document.ts": {
    documentOf: (text) =>
      documentOf({ text, files: [[text.slice(0, 200), "x/y"]], pinned: false, inThread: false }),
  },
  "lib/protocol/text/words.ts": {
    analyze,
    indexTerms,
    sequencesOf: (text) => sequencesOf(wanted(text)),
    matcher: (text) => matcher(wanted(text))(text),
    highlight: (text) => highlight(text, wanted(text)),
    phrase: (text) => matcher({ words: "", phrases: [text.slice(0, LIMITS.query_length)] })(text),
    "the end as a query": (text) => matcher(wanted(text.slice(-LIMITS.query_length)))(text),
  },
  "lib/push/web_push.ts": { isPushService: (text) => isPushService(text, ["push.example"]) },
  "static/util/address.ts": {
    linkTargetOf: (text) => linkTargetOf(`#/${text}`),
    linkTargetOnPage: (text) => linkTargetOnPage(`http://a.b/#/${text}`, "http://a.b/"),
  },
  "static/state/completion.ts": {
    queryAt: (text) => queryAt(text, text.length),
    closedEmoji: (text) => closedEmoji(`${text}:tada:`, text.length + 6, catalogue),
  },
  "static/state/bot_commands.ts": {
    commandIn: (text) => commandIn(`/weather ${text}`),
    messageIn: (text) => messageIn(`/${text}`),
  },
  "static/state/search_field.ts": {
    fieldOf: (text) => queryOf(fieldOf(text)),
    typedInto: (text) => typedInto({ filters: [], text: "" }, text, text.length),
  },
  "static/state/search_suggestions.ts": {
    suggestionsAt: (text) => suggestionsAt(text, text.length, initialState(), 0),
    name: (text) => suggestionsAt(`in:@${text}`, text.length, initialState(), 0),
  },
  "static/emoji/skin_tone.ts": { toned: (text) => toned(text, "medium") },
  "static/emoji/emoji.ts": { searchEmoji: (text) => searchEmoji(catalogue, text) },
  "static/session/invite_link.ts": { inviteLinkOf: (text) => inviteLinkOf(`#${text}`) },
  "static/strings/format.ts": { initialsOf, huesOf },
  "static/strings/deferred_format.ts": {
    highlighted: (text) => highlighted(text, chunks(text).map((_, i) => [8 * i, 8 * i + 4])),
  },
  "static/views/composer/formatting.ts": {
    bold: (text) => formatted(text, 0, text.length, "bold"),
    code: (text) => formatted(text, 0, text.length, "code"),
    quote: (text) => formatted(text, 0, text.length, "quote"),
    link: (text) => formatted(text, 0, text.length, "link"),
  },
  "static/strings/isolate.ts": { balanced, isolated },
  "static/markdown/highlight.ts": { stretchesOf },
  "static/strings/language.ts": { pickLanguage: (text) => pickLanguage(undefined, [text]) },
  "static/markdown/markdown.ts": { isEmojiOnly },
  "lib/protocol/text/markdown/parse.ts": { parse: (text) => textOf(parse(text)) },
  "lib/protocol/text/links.ts": { mayLink, firstLink: (text) => firstLink(`${text} https://a.b/`) },
  "lib/previews/describe_page.ts": {
    describePage: (text) =>
      describePage(`<title>${text}</title><meta name=x content='${text}'>${text}`),
    shownText: (text) => shownText(text, 200),
    decodePage: (text) =>
      decodePage(new TextEncoder().encode(`<meta ${text}`), text.slice(0, 8_192)),
  },
  "lib/protocol/text/markdown/plain.ts": { isPlain, plain: (text) => textOf(plain(text)) },
  "lib/protocol/text/markdown/runs.ts": { runsOf: (text) => runsOf(text, 1_000) },
  "static/markdown/strip.ts": { stripMarkdown: (text) => stripMarkdown(text) },
  "static/markdown/mentions.ts": { piecesOf: (text) => piecesOf(text, known) },
  "static/state/selectors.ts": { named: (text) => named(people, text) },
  "static/state/moderation_log.ts": {
    roomChangesIn: (text) => roomChangesIn(`title: ${text.replaceAll(" ", ", ")}`),
  },
  "static/state/fuzzy_match.ts": { destinations: (text) => destinations(initialState(), text) },
};

/** The functions that parse Markdown, which are given more texts. */
export const MARKUP_FUNCTIONS: Readonly<Record<string, Read>> = {
  parse,
  isPlain,
  plain,
  runsOf: (text) => runsOf(text, 1_000),
  stripMarkdown: (text) => stripMarkdown(text),
  toMarkdown: (text) => toMarkdown(text, slack),
};

/** Why the other files that parse text need not be measured. */
export const NOT_MEASURED: Readonly<Record<string, readonly string[]>> = {
  "It reads what the operator, this program or its database wrote.": [
    "lib/chat/personal.ts",
    "lib/store/postgres/bus/nats_bus.ts",
    "lib/store/postgres/reader.ts",
    "lib/store/postgres/writer.ts",
    "lib/store/sql/rows.ts",
    "lib/store/sqlite/connection.ts",
    "lib/store/sqlite/files.ts",
    "lib/tls/certificate_request.ts",
    "lib/transfer/merge.ts",
    "static/storage/draft_sync.ts",
    "static/views/composer/recorder.tsx",
    "static/views/log/files.tsx",
    "static/views/room/files.tsx",
    "lib/config/config.ts",
    "lib/transfer/checks.ts",
    "lib/transfer/lines.ts",
    "lib/auth/quotas.ts",
    "lib/store/error.ts",
    "lib/store/sql/refold.ts",
    "lib/store/sqlite/indexer.ts",
    "lib/store/sqlite/refold.ts",
    "lib/store/sqlite/mark.ts",
    "lib/store/sqlite/side_files.ts",
    "lib/store/sqlite/writer.ts",
    "lib/transfer/records.ts",
    "lib/util/loose.ts",
    "lib/transfer/slack_archive.ts",
    "lib/slack/emoji.ts",
    "lib/transfer/slack_message.ts",
    "lib/transfer/zip.ts",
    "lib/transfer/postgres.ts",
    "lib/transfer/sqlite.ts",
    "lib/build/bundle.ts",

    "lib/store/postgres/database.ts",
    "lib/store/postgres/listener.ts",
    "lib/store/postgres/peers.ts",
    "lib/store/postgres/pooler.ts",
    "lib/store/postgres/seal.ts",
    "lib/store/postgres/notifier.ts",
    "lib/store/sqlite/commit_log.ts",
    "lib/protocol/quiet.ts",
    "static/util/file_prepare.ts",
    "static/strings/format_message.ts",
    "static/sw.ts",
    "static/util/platform.ts",
    "static/views/composer/emoji_picker.tsx",
    "static/views/log/days.ts",
    "static/views/log/log.tsx",
    "static/views/log/toolbar.tsx",
    "static/views/settings/you_quiet.tsx",
    "static/views/settings/statistics.tsx",
    "static/views/shared/visible_names.ts",
    "static/views/settings/moderation.tsx",
    "static/views/shared/shortcuts.tsx",
  ],
  "It is measured over the wire, by headers and paths, in slow_texts_test.ts.": [
    "lib/tls/acme.ts",
    "lib/util/request_body.ts",
    "lib/http/http.ts",
    "lib/http/routes/commands.ts",
    "lib/http/routes/files.ts",
    "lib/http/routes/invites.ts",
    "lib/http/routes/operator.ts",
    "lib/http/routes/people.ts",
    "lib/http/routes/providers.ts",
    "lib/http/addresses.ts",
    "lib/auth/openid.ts",
    "lib/http/cookies.ts",
  ],
  "It looks for fixed words in a file.": ["lib/files/content.ts", "lib/files/metadata.ts"],
  "It reads names alone, which are cut or checked before, or what one types oneself.": [
    "lib/chat/server_profile.ts",
    "lib/commands/emoji.ts",
    "lib/commands/pictures.ts",
    "static/emoji/own.ts",
    "static/views/settings/own_emoji.tsx",
    "static/views/shared/emoji_text.tsx",
    "static/views/shared/own_emoji.tsx",
    "lib/protocol/loopback.ts",
    "static/state/frames.ts",
    "static/views/composer/attach.tsx",
    "static/views/room/header.tsx",
    "static/views/sidebar/sidebar.tsx",
    "lib/hooks/send.ts",
    "lib/util/reach.ts",
    "lib/previews/look_up.ts",
    "lib/previews/fetch_page.ts",
    "lib/transfer/completion.ts",
    "lib/transfer/own_data.ts",
    "lib/auth/fitting_names.ts",
    "lib/transfer/slack.ts",
    "lib/auth/passwords.ts",
    "static/storage/persistence.ts",
    "static/storage/upgrade.ts",
    "static/state/welcome.ts",
    "lib/protocol/time_zone.ts",
    "static/views/composer/completing.ts",
    "static/views/room/search.tsx",
    "static/views/room/search_chips.tsx",
    "static/views/dialogs/dialogs.tsx",
    "static/views/settings/you_keys.tsx",
    "static/session/page_session.ts",
    "static/notifications/service_worker.ts",
  ],
};

/** A text in words of eight characters. */
function chunks(text: string): readonly string[] {
  return text.match(/[^]{1,8}/g) ?? [];
}
