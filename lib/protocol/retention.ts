/**
 * How long messages are kept.
 *
 * @module
 */

/**
 * After how many days a room's messages are deleted; 0 for never.
 *
 * @param own The room's own limit; 0 or nothing for none.
 * @param server The limit of the server: no room keeps messages longer.
 */
export function retentionDays(own: number | undefined, server: number | undefined): number {
  return own && server ? Math.min(own, server) : own || server || 0;
}
