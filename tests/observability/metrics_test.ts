import { assertEquals } from "@std/assert";
import { Metrics } from "../../lib/observability/metrics.ts";

Deno.test("a histogram's bounds belong to their buckets, and buckets add up in the text", () => {
  const metrics = new Metrics();
  const { observe } = metrics.histogram("size", "Sizes.", [1, 5, 10]);
  for (const value of [1, 1.5, 5, 10, 11, 400]) observe(value);
  assertEquals(metrics.statistics(), [{
    name: "size",
    help: "Sizes.",
    type: "histogram",
    bounds: [1, 5, 10],
    counts: [1, 2, 1, 2],
    sum: 428.5,
  }]);
  assertEquals(
    metrics.render(),
    `# HELP size Sizes.
# TYPE size histogram
size_bucket{le="1"} 1
size_bucket{le="5"} 3
size_bucket{le="10"} 4
size_bucket{le="+Inf"} 6
size_sum 428.5
size_count 6
`,
  );
});

Deno.test("counters are 0 from the start, by label once they are counted; gauges are read when asked", () => {
  const metrics = new Metrics();
  const all = metrics.counter("all_total", "All.");
  const some = metrics.counter("some_total", "Some.", "kind");
  let level = 1;
  metrics.gauge("level", "The level.", () => level);
  assertEquals(metrics.statistics().map((figure) => "values" in figure && figure.values), [
    { "": 0 },
    {},
    { "": 1 },
  ]);
  all.add();
  all.add(2);
  some.add(1, "a");
  some.add(3, "b");
  some.add(1, "a");
  level = 7;
  const samples = metrics.render().split("\n").filter((line) => !line.startsWith("#"));
  assertEquals(samples, [
    "all_total 3",
    'some_total{kind="a"} 2',
    'some_total{kind="b"} 3',
    "level 7",
    "",
  ]);
});
