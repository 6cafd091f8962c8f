/**
 * The names of standard emoji.
 *
 * @module
 */

let loading: Promise<ReadonlySet<string>> | undefined;

/** Whether a standard emoji has a name, at GitHub, as on the page, or at Slack. */
export async function isStandardName(name: string): Promise<boolean> {
  return (await (loading ??= load())).has(name);
}

async function load(): Promise<ReadonlySet<string>> {
  const data = await Promise.all([
    import("emojibase-data/en/shortcodes/github.json", { with: { type: "json" } }),
    import("emojibase-data/en/shortcodes/iamcal.json", { with: { type: "json" } }),
  ]);
  return new Set(data.flatMap((file) => {
    const names: Readonly<Record<string, string | readonly string[]>> = file.default;
    return Object.values(names).flat();
  }));
}
