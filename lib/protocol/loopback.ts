/**
 * The names of a machine for itself.
 *
 * @module
 */

const LOOPBACK_NAME = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])\.?$/;

/** Whether the host of a URL is a name of the machine for itself, on whatever machine it is used. */
export function isLoopbackName(url: Pick<URL, "hostname"> | null): boolean {
  return url !== null && LOOPBACK_NAME.test(url.hostname);
}
