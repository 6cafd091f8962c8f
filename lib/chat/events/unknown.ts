/**
 * Events of kinds that only a later version knows. That version stores the event's `type` as the
 * kind, and every field that the event has on the wire, beyond the envelope, as a JSON object in
 * `payload`. This version keeps both and passes them on unchanged; it lets no one cause such an
 * event, and the event changes nothing.
 *
 * @module
 */

/** The content of an event of an unknown kind. */
export interface UnknownEvent {
  readonly kind: "other";
  /** Its `type` on the wire, and its kind in the store. */
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
