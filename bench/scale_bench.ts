/**
 * Measures what a city costs: `deno task bench:scale [PEOPLE] [ROOMS]`.
 *
 * It builds a city of a tenth of the size, and one of the whole, each in a store in memory, and
 * prints what each command costs in both: the size of the frames, the time, and by which factor they
 * grow. The measured times include about a millisecond in which the test's clock moves on.
 *
 * @module
 */
import { measureCity } from "../tests/support/city.ts";

const [people = 100_000, rooms = people / 5] = Deno.args.map(Number);

const cities = [];
for (const factor of [0.1, 1]) {
  const size = { people: Math.ceil(people * factor), rooms: Math.ceil(rooms * factor) };
  console.log(`Building a city of ${size.people} people and ${size.rooms} rooms …`);
  const start = performance.now();
  cities.push(await measureCity(size));
  console.log(`… took ${Math.round((performance.now() - start) / 1_000)} s.`);
}

const [small = [], large = []] = cities;
console.log("| command | KB | growth | ms | growth |\n| --- | --- | --- | --- | --- |");
for (const [n, { name, length, ms }] of large.entries()) {
  const before = small[n]!;
  const columns = [
    ...[name, (length / 1_000).toFixed(1), (length / before.length).toFixed(2)],
    ...[ms.toFixed(1), (ms / before.ms).toFixed(2)],
  ];
  console.log(`| ${columns.join(" | ")} |`);
}
