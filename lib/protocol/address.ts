/**
 * How a frame addresses a room, a person or a page of a log.
 *
 * @module
 */

// ---------------------------------------------------------------------------------------------
// Client to server

/** How a frame addresses a room: by the id, which decides, or by the name that a user typed. */
export interface RoomAddress {
  readonly room?: string | undefined;
  readonly room_id?: string | undefined;
}

/** How a frame addresses a user: by the id, which decides, or by the name that a user typed. */
export interface PersonAddress {
  readonly name?: string | undefined;
  readonly id?: string | undefined;
}

/** Where a page of a log is: before one `seq`, after it, or around it or a moment; at the end without any. */
export interface PlaceOfPage {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly around?: number | undefined;
  /** Around the first message sent at this moment or later; in ms since the Unix epoch. */
  readonly at?: number | undefined;
  /** The root of a thread: the page is one of that, instead of the log. */
  readonly thread?: number | undefined;
}
