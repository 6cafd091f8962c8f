/**
 * What people write, as elements. Nothing but what is written out here can ever come of it: no
 * HTML is made, and no attribute holds anything of theirs but addresses that were checked.
 */
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { placeOnPage } from "../address.ts";
import { blocksOf } from "../markdown.ts";
import { type Block, type Inline, inlineText, type Item } from "../markdown/tree.ts";
import { ReachContext } from "./context.ts";
import { Code } from "./code.tsx";
import { Mentioning, PlaceLink } from "./mentions.tsx";

/**
 * A text with its Markdown.
 *
 * @param props.tail What stands at its end, in the last line where that is one of words.
 */
export function Markdown({ text, tail }: { text: string; tail?: ComponentChildren }) {
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

// Each paragraph is read in the direction of its own first letter.
function BlockView({ block, tail }: { block: Block; tail?: ComponentChildren }) {
  switch (block.type) {
    case "paragraph":
      return <p dir="auto">{inlines(block.children)}{tail}</p>;
    case "heading":
      // Bold is enough: a message must not take part in the outline of the page.
      return (
        <p class="heading" dir="auto">
          <strong>{inlines(block.children)}</strong>
        </p>
      );
    case "code":
      return <Code text={block.text} language={block.language} />;
    case "quote":
      return <blockquote dir="auto">{blockList(block.children)}</blockquote>;
    case "list":
      return block.start === undefined
        ? <ul dir="auto">{items(block.items)}</ul>
        : <Numbered start={block.start} items={block.items} />;
    default:
      return block satisfies never;
  }
}

function Numbered({ start, items: all }: { start: number; items: readonly Item[] }) {
  const digits = String(start + all.length).length;
  return <ol dir="auto" start={start} style={{ "--digits": digits }}>{items(all)}</ol>;
}

function blockList(blocks: readonly Block[]) {
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

function items(all: readonly Item[]) {
  return all.map((item, index) => <li key={index}>{blockList(item)}</li>);
}

function inlines(all: readonly Inline[], inLink = false): ComponentChildren {
  return all.map((inline, index) => <InlineView key={index} inline={inline} inLink={inLink} />);
}

function InlineView({ inline, inLink }: { inline: Inline; inLink: boolean }) {
  switch (inline.type) {
    case "text":
      // A link in a link would be none.
      return inLink ? <>{inline.text}</> : <Mentioning text={inline.text} />;
    case "code":
      return <code>{inline.text}</code>;
    case "break":
      return <br />;
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
  const place = typeof location === "undefined" ? undefined : placeOnPage(href, location.href);
  const reach = useContext(ReachContext);
  if (place !== undefined) return <PlaceLink place={place}>{bare ? undefined : label}</PlaceLink>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      tabIndex={reach}
      {
        // Words can say anything: where they lead must be seen before one goes there.
        ...(bare ? {} : { title: href })
      }
    >
      {inlines(children, true)}
    </a>
  );
}
