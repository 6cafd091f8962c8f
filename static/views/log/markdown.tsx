/**
 * Renders messages. The output consists only of the elements listed here: no HTML is parsed, and no
 * attribute holds user input except checked addresses.
 */
import type { ComponentChildren } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { linkTargetOnPage } from "../../util/address.ts";
import { blocksOf, parser, waitsForParser, wordsOf } from "../../markdown/markdown.ts";
import {
  type Block,
  type Inline,
  inlineText,
  type Item,
  textOf,
} from "../../../lib/protocol/text/markdown/tree.ts";
import { ReachContext } from "../shared/context.ts";
import { soon } from "../shared/lazy.tsx";
import { InternalLink, MentionsOf, TextWithMentions } from "./mentions.tsx";

/** A block of code; until its view is loaded, in the same size without its button and its colours. */
const Code = soon("Code", ({ text }) => (
  <div class="code-block">
    <pre dir="ltr"><code>{text}</code></pre>
  </div>
));

/** A table, and the box of a task; until their views are loaded, as words. */
const Table = soon("Table", (table) => <p>{textOf([table])}</p>);
const Task = soon("Task", ({ done }) => inlineText({ type: "task", done }));

const NOBODY = { mentions: [] };

/**
 * Renders a text with its Markdown.
 *
 * @param props.tail An element to append; in the last line, if that is text.
 */
export function Markdown({ text, tail }: { text: string; tail?: ComponentChildren }) {
  useParser(text);
  const blocks = blocksOf(text);
  const hasPlace = blocks.at(-1)?.type === "paragraph";
  return (
    <>
      {blocks.map((block, index) => (
        <BlockView
          key={index}
          block={block}
          tail={hasPlace && index === blocks.length - 1 ? tail : undefined}
        />
      ))}
      {!hasPlace && tail && <p>{tail}</p>}
    </>
  );
}

/** Renders a text in one line, without its Markdown. */
export function Words({ text }: { text: string }) {
  useParser(text);
  return <>{wordsOf(text)}</>;
}

/** Renders a view again once the parser is loaded, if the text needs it. */
function useParser(text: string): void {
  const [, setLoaded] = useState(false);
  const waits = waitsForParser(text);
  useEffect(() => {
    if (!waits) return;
    let shown = true;
    // Without a connection the text stays as typed, until the parser is loaded for another text or
    // when idle.
    parser.load().catch(() => {});
    void parser.there.then(() => shown && setLoaded(true));
    return () => {
      shown = false;
    };
  }, [waits]);
}

// Each paragraph takes the direction of its first letter.
function BlockView({ block, tail }: { block: Block; tail?: ComponentChildren }) {
  switch (block.type) {
    case "paragraph":
      return <p dir="auto">{inlines(block.children)}{tail}</p>;
    case "heading":
      // Bold is enough: a message must not be part of the page's outline.
      return (
        <p class="heading" dir="auto">
          <strong>{inlines(block.children)}</strong>
        </p>
      );
    case "code":
      return <Code text={block.text} language={block.language} />;
    case "quote":
      // A quotation mentions nobody.
      return (
        <blockquote dir="auto">
          <MentionsOf value={NOBODY}>{blockList(block.children)}</MentionsOf>
        </blockquote>
      );
    case "list":
      return block.start === undefined
        ? <ul dir="auto">{items(block.items)}</ul>
        : <Numbered {...block} start={block.start} />;
    case "table":
      return <Table {...block} />;
    default:
      return block satisfies never;
  }
}

function Numbered(
  { start, numbers, items: all }: {
    start: number;
    numbers?: readonly number[];
    items: readonly Item[];
  },
) {
  const digits = String(Math.max(start + all.length, ...numbers ?? [])).length;
  return <ol dir="auto" start={start} style={{ "--digits": digits }}>{items(all, numbers)}</ol>;
}

function blockList(blocks: readonly Block[]) {
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

function items(all: readonly Item[], numbers?: readonly number[]) {
  return all.map((item, index) => <li key={index} value={numbers?.[index]}>{blockList(item)}</li>);
}

/** Renders inline content. */
export function inlines(all: readonly Inline[], inLink = false): ComponentChildren {
  return all.map((inline, index) => <InlineView key={index} inline={inline} inLink={inLink} />);
}

function InlineView({ inline, inLink }: { inline: Inline; inLink: boolean }) {
  switch (inline.type) {
    case "text":
      // Links cannot be nested.
      return inLink ? <>{inline.text}</> : <TextWithMentions text={inline.text} />;
    case "code":
      return <code>{inline.text}</code>;
    case "break":
      return <br />;
    case "task":
      return <Task {...inline} />;
    case "strong":
      return <strong>{inlines(inline.children, inLink)}</strong>;
    case "em":
      return <em>{inlines(inline.children, inLink)}</em>;
    case "del":
      return <del>{inlines(inline.children, inLink)}</del>;
    case "link":
      return inLink ? <>{inlines(inline.children, true)}</> : <Link {...inline} />;
    default:
      return inline satisfies never;
  }
}

function Link({ href, children }: { href: string; children: readonly Inline[] }) {
  const label = children.map(inlineText).join("");
  const bare = label === href || URL.parse(label)?.href === href;
  const place = typeof location === "undefined" ? undefined : linkTargetOnPage(href, location.href);
  const reach = useContext(ReachContext);
  if (place !== undefined) {
    return <InternalLink target={place}>{bare ? undefined : label}</InternalLink>;
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      tabIndex={reach}
      {
        // The label can say anything: the user must see where the link leads before following it.
        ...(bare ? {} : { title: href })
      }
    >
      {inlines(children, true)}
    </a>
  );
}
