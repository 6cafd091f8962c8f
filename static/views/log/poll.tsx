/** A poll under its message: its options with the votes, and what the user can do in it. */
import { useContext, useEffect, useState } from "preact/hooks";
import type { Poll as PollContent } from "../../../lib/chat/events/poll.ts";
import { fitsPoll, votesAfter } from "../../../lib/chat/events/votes.ts";
import type { VoteListing } from "../../../lib/protocol/frames.ts";
import { call, isRefused } from "../../net/api.ts";
import { soonOf } from "../../strings/deferred_format.ts";
import { momentOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { isOwn } from "../../state/room.ts";
import type { Pending } from "../../state/types.ts";
import { sending } from "../composer/sending.ts";
import { PendingContext, useActions } from "../shared/context.ts";
import { useCountdown } from "../shared/countdown.ts";
import type { PollProps } from "../shared/deferred_views.ts";
import { Dialog, Icon } from "../shared/parts.tsx";
import type { MessageProps } from "./message_props.ts";

/** A poll. */
export function Poll(props: PollProps) {
  const { poll, message, me, active } = props;
  const { dispatch } = useActions();
  const [listing, list] = useState(false);
  const t = deferredStrings.poll;
  // Renders again when it closes by itself.
  const left = useCountdown(poll.closes_at);
  const waiting = waitingVotes(useContext(PendingContext), props);
  const unsaid = waiting.at(-1)?.draft;
  const mine = message.votes?.mine ?? [];
  const chosen = unsaid?.type === "vote" ? unsaid.options : mine;
  const votes = votesAfter(poll, message.votes, mine, chosen);
  const isOpen = !message.poll_closed && (poll.closes_at === undefined || left > 0);
  const vote = (options: readonly number[]) => {
    // Of the votes that were never sent only the last one counts.
    for (const { key, status } of waiting) {
      if (status === "waiting") dispatch({ type: "discard", key });
    }
    const draft = { type: "vote", seq: message.seq, options } as const;
    dispatch(sending(props.room, draft, [], props.epoch));
  };
  const toggle = (index: number) => {
    const others = chosen.filter((one) => one !== index);
    if (others.length < chosen.length) return vote(others);
    const all = [...chosen, index].sort((a, b) => a - b);
    vote(fitsPoll(poll, all) ? all : [index]);
  };
  const tabIndex = active ? 0 : -1;
  return (
    <div class="poll" role="group" aria-label={t.label({ question: poll.question })}>
      {message.message !== poll.question && (
        <strong class="poll-question" dir="auto">{poll.question}</strong>
      )}
      {poll.options.map((option, index) => {
        const count = votes.counts[index] ?? 0;
        const isChosen = chosen.includes(index);
        return (
          <button
            key={option}
            type="button"
            class="poll-option"
            style={{ "--share": votes.voters === 0 ? 0 : count / votes.voters }}
            aria-pressed={isChosen}
            // Stays in reach of the keyboard and the screen reader.
            aria-disabled={!isOpen}
            tabIndex={tabIndex}
            onClick={() => isOpen && toggle(index)}
          >
            <span class={`poll-mark ${poll.multiple ? "several" : ""}`}>
              {isChosen && <Icon name="check" />}
            </span>
            <span class="poll-text" dir="auto">{option}</span>
            <span class="poll-count" aria-hidden="true">{count}</span>
            <span class="sr-only">{t.votes({ count })}</span>
          </button>
        );
      })}
      <p class="poll-about quiet">
        <span role="status">
          {unsaid === undefined ? t.voters({ count: votes.voters }) : strings.log.waiting}
        </span>
        {poll.multiple && <span>{t.several}</span>}
        {poll.anonymous && <span>{t.isAnonymous}</span>}
        <Closing poll={poll} isOpen={isOpen} />
        {!poll.anonymous && (message.votes?.voters ?? 0) > 0 && (
          <button
            type="button"
            class="link"
            tabIndex={tabIndex}
            onClick={() => list(true)}
          >
            {t.who}
          </button>
        )}
        {isOpen && (isOwn(message, me) || props.moderates) && (
          <button
            type="button"
            class="link"
            tabIndex={tabIndex}
            onClick={() => {
              const draft = { type: "close_poll", seq: message.seq } as const;
              dispatch(sending(props.room, draft, [], props.epoch));
            }}
          >
            {t.close}
          </button>
        )}
      </p>
      {listing && <Voters {...props} onClose={() => list(false)} />}
    </div>
  );
}

function Closing({ poll, isOpen }: { poll: PollContent; isOpen: boolean }) {
  const t = deferredStrings.poll;
  if (!isOpen) return <strong>{t.closed}</strong>;
  if (poll.closes_at === undefined) return null;
  return (
    <time
      dateTime={new Date(poll.closes_at).toISOString()}
      title={momentOf(poll.closes_at)}
    >
      {t.closes({ time: soonOf(poll.closes_at, Date.now()) })}
    </time>
  );
}

/** The user's votes in the poll of a message that the server has not acknowledged, oldest first. */
function waitingVotes(pending: readonly Pending[], { room, message, epoch }: MessageProps) {
  return pending.filter((entry) =>
    entry.room === room && entry.epoch === epoch && entry.status !== "refused" &&
    entry.draft.type === "vote" && entry.draft.seq === message.seq
  );
}

/** The dialog that says who has voted for what. */
function Voters({ room, message, poll, onClose }: MessageProps & {
  poll: PollContent;
  onClose: () => void;
}) {
  const [after, showAfter] = useState<string>();
  const [voters, setVoters] = useState<readonly VoteListing[]>([]);
  const [next, setNext] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  const t = deferredStrings.poll;
  useEffect(() => {
    let isShown = true;
    const page = after === undefined ? "" : `?after=${after}`;
    const path = `/api/rooms/id:${room}/messages/${message.seq}/votes${page}`;
    call<{ readonly votes: readonly VoteListing[]; readonly next?: string }>("GET", path)
      .then((answer) => {
        if (!isShown) return;
        if (isRefused(answer)) return setRefusal(answer.detail);
        setVoters((before) => after === undefined ? answer.votes : [...before, ...answer.votes]);
        setNext(answer.next);
      });
    return () => {
      isShown = false;
    };
  }, [after]);
  return (
    <Dialog title={poll.question} onClose={onClose}>
      {refusal && <p role="alert">{refusal}</p>}
      {poll.options.map((option, index) => {
        const of = voters.filter(({ options }) => options.includes(index));
        return of.length > 0 && (
          <section key={option}>
            <h3 dir="auto">{option}</h3>
            <ul class="poll-voters">
              {of.map(({ id, name }) => (
                <li key={id}>
                  <bdi>{name}</bdi>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {next !== undefined && (
        <button type="button" class="link" onClick={() => showAfter(next)}>{t.more}</button>
      )}
    </Dialog>
  );
}
