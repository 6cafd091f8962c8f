/**
 * Reports as moderators see them.
 *
 * @module
 */
import type { ReportListing } from "../protocol/frames.ts";
import type { Report } from "../store/reports.ts";
import type { Store } from "../store/store.ts";
import { PAGE_BOUNDS } from "./replay.ts";
import { wireMessage } from "./to_wire.ts";

/** Reports with their messages as they are now, as many of them as fit into a page. */
export async function reportListings(
  store: Pick<Store, "messagesAt">,
  reports: readonly Report[],
): Promise<readonly ReportListing[]> {
  const places = reports.map(({ room, seq }) => ({ room: room.id, seq }));
  const found = places.length === 0 ? [] : await store.messagesAt(places);
  let length = 0;
  return reports.map(({ id, room, seq, by, byId, reason, at, resolution }): ReportListing => {
    const message = found.find((one) => one.room === room.id && one.seq === seq);
    length += message?.text.length ?? 0;
    return {
      ...{ id, seq, by, by_id: byId, reason, at },
      room: room.people === null ? room.name : "",
      room_id: room.publicId,
      kind: room.kind,
      ...(message === undefined || length > PAGE_BOUNDS.maxLength
        ? {}
        : { about: wireMessage(room, message) }),
      ...(resolution === null ? {} : {
        resolved: {
          by: resolution.by,
          by_id: resolution.byId,
          at: resolution.at,
          note: resolution.note,
        },
      }),
    };
  });
}
