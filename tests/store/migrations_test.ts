import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import * as postgres from "../../lib/store/postgres/migrations.ts";
import { ROUTINES, ROUTINES_VERSION } from "../../lib/store/postgres/routines.ts";
import * as sqlite from "../../lib/store/sqlite/migrations.ts";

const { migrate, SCHEMA_VERSION, schemaVersion, UNRELEASED_VERSION } = sqlite;

/** The SHA-256 of each migration. A listed migration never changes. */
const FROZEN = {
  sqlite: [
    "cc23b1ee385c5b515c3d57724149f5d431a1632c8d5a8e2db438dd510a3d301e",
    "eaff188534ad162aef4eb750e96bf91079a2aca216038f83ac71fcc522332acf",
    "245d923e3d0ce3f6e034a8a45c006175de89f5a65e7bac020f6e0df6523775ba",
    "679cea964130ae7c540415dc07c7b2ed25079db1b76d830b6031b709b9640d97",
    "a266455b66033c72f538ae7de871f9c4f307e36946402e71717c71b6732da5ab",
    "73341eb2a411d1e600e3e1b81fd07203ac8d23245bef13a5a193d8fc38d706f0",
    "8ca12fa16f2ce08f46aec7cef7a8d1d357d06d8370c80d67bc8115c208a08758",
    "c65d9f710fd37e622db1aaf8166f4ecb8696577392e0307f50eb7ee7c715c422",
    "76fd434e2e66f267a9dcf487c79332ce06f1991572b43d804070681d975d1302",
    "a3a95900d6bc8a6c5edc178faa3cd22a5c3e20848d9ca156c8318adb81f2444e",
    "ce0fae3f9a325bc7ba75732835fd41452576d5d7b72c9ee7e464ea29b9005d40",
    "7e605010821443c5f6d91ee83b9d5cf56cc4e6ac08b82a546616dd61ba05b023",
    "567833889f4dc310017bda13e2c7c248fcc84f5fd45e7b490a5057fa1833fd3d",
    "e9cf089e3c67beceb346bf63bac5f51ddf5f6d61d14f03d289a6008cabcc728d",
    "bea25cf0864102deb40795280811e6e2a7315ef6006da39551d6f1849bf086b8",
    "2993b84c8ef39ce10c93cfbb26708d6706e3b7af6f0119ce51ba747ff27c22aa",
    "178015e4cd3b997cfc450009ce3d032e2f9e15b45c75f0d4961c883eaab1537e",
    "70427ffdb8c8b8bdf4657669bc205def9a388fad3edfc6c8ad1fb29009518c12",
    "410bb2d46e0c28384b519365d272ee4920273ddebbd4733ed7aeeeedf094901a",
    "eafe5de67602c93121320b6c1000e1dce097a2a057495f5d5a06e18f13b77663",
    "87e5d371b5253b6f43e62dd2be4cdccfdf173eb01c7f5d3ba8f56c89746b7cc4",
    "4d5fefd43a3f1048d5047e81d08555dcede7576ebb890a32451135fa2256eb00",
    "26c7a2f3a310c09ee3cc41479d0acbd4e609dada012b85f00d4bf6887178aba2",
  ],
  postgres: [
    "bdb263068d182508c61e2f603295ebb43909150d7e9a4ac567fedb690e4452b7",
    "fdcff9bd603dbfd541c4fcf4a78160309d32d8961c355c6fb62f1af3d1df2ae1",
    "571a698322408b2875fc250b601434403ae3b8029b7e89ef2ef9b0aec5b349ef",
    "b9f05359d894db07cb4247b6264b370e37db63a3763b18f16ff92be1cc3a1b3f",
    "dc129ae3d5c142a7233bd70fb81fa1170b0e11936c7cce53470205c9be5d4836",
    "1d7a9d7806aca6cba374d2a6fb9689618f2ff98fd2ddd62e867022ea789cf08b",
    "2763b7437e98f5494f8e5d22a237ea05b6b90f37fd5436d9d6616652e56687bb",
    "c4dd90fcd588c655fa3219b9cceaf6c85bb5ba7475a5271c03f8a23d9dce82e1",
    "d5ba2f99904118132a880a3cf913e23897482d583c71f93e6e3b00750180d154",
    "af01d26007082dc118a8f631bd8ea2247b491b2e80490486945558f73a1b1bcb",
    "f3a8337f7de50ce38e9db3566da8e7bd3d42939b09083592e7a06f3aece5d511",
    "54e9fb88b07569abba61308bc2cc0eefd911dd028fc6f15dab4c6ccb1c2cc7b0",
    "bbdd389722986947b3d49741537b8d82a3be6ee35fe5db78eb6f5d01ce3db39c",
    "567833889f4dc310017bda13e2c7c248fcc84f5fd45e7b490a5057fa1833fd3d",
    "b786dcf7b096f397118da90c7048461f62f0af9c3f44e8cce4e616c5112668ac",
    "6ca80c0636afb5450fd9d4c816727f0c8b83ccdc477d505d1ebe530e2878d6bc",
    "8a9161f9cef19fcde58f8c8bb36d5b367ec4e27a9f7e130e3a948932d80cecaa",
    "3496b301ec784668331011bd6d554bacbfd3d96afef3813bc879f4ac1f0a78fe",
    "460647d9c6f8746c24a11a4feacff8668fdbfdeb17bbb1794448d2a973670922",
    "469848437f6e0b29275ded20257f3c0fc3ce41d8b2572f84e8bd70ff1d4bea89",
    "95ec5fb75c5f5c50b0419d780641c4b67c8d0e16005c0b5cf3623c2dc36f282b",
    "34c9c1364448565f2a68dfd5e62a8733d548a815432e251a6d60bb27e79c0125",
    "0d4934661bf143d8e58f0c0719cd4316674d2d76bfa0605bbc901e7394a4a6fd",
    "ff6b23166188ab94feedd8170fb2b15c7baa61d59a0847d6809f64fcae270fe3",
    "b5ded88fd4076bdc4157d89d89115eef79e818551e1fdea6521edeae4afe4f73",
    "7573e906da9edd8f2d3e55c146f799ba896fa16c4be40ee336b72159db9241db",
  ],
} as const;

/** The SHA-256 of the PostgreSQL functions that the server calls, by their version. */
const ROUTINE_HASHES: Readonly<Record<number, string>> = {
  1: "298113ffd8d03ea1a5f8f1b98a0f9eea6a343cbd9af349510054afd329ffee00",
  2: "62a948a381f2704c72e764c681dfc72ea2c6b2c0f1a6392e1bf4528c103e5d79",
  3: "b067709e7939b9123c24425a7a82edb123beacd700556620370120f74bebf987",
  4: "4d6741c2aafc576aff337479e114db62532e6d7a41fd40c67d6bb0cc4615eedc",
  5: "8316ffc7d430c1596dc917b91dcea9b511fd9fac2ccea648053cbd74ec0b546d",
  6: "8e84d5ff042976bad090cf7f7bcf1ca14fe020ef4688ac575e72a036d76f1026",
  7: "4de287c4dc2fcc70d2aec94f3ba68f6f6c8584710d1af3397b7b37f18b5624a4",
  8: "5767f0eaa787a8941114b24b4fb8851135ddd32a0ae14f83c30bf7e4b1db17d9",
  9: "45e4e5488247dca9ec4386b4f3c039058a79607575649ea93e088450c937e7da",
  10: "c367ca3e760dac57103d424d8007d187c3cb174521041822f3d97add2fbf2495",
  11: "afcafab4078a1fff0d3b86a2a167a453c5e2050a9bd19abdbde668ba007a0156",
  12: "f974de2b4d95ca1a513ee6f8140e0ccb4dc9726a022650c9dfb509af65028860",
  13: "dabaa1553ad7885f27218e99a7bf424335499cb8d2484de9d12530efcd19766d",
  14: "070c12ec712efd0df9975c5fe4941703207363fbc77002a9f95dd3735fc5e085",
  15: "cc3ab2ed6ddfbad5c1421afc6a94e83e3400ecdf0edd2e0296946c8b0163241e",
  16: "0e337fc160f90ecc16bb91b3aa2d9ce9243ffa17d085a821b5e13deb3fc5cb29",
  17: "b662552c3c850990b2389826773c2638733791d4165a1fc1fe455e3b4f6e6d45",
  18: "d9402d43e106a23578360a6d226ce824bb017b5d930e4722c3347ab45d5f152c",
  19: "c7528dfc945890a112e9199e1fab1105c723670cedcc1e32a1205d9a2934db89",
};

const STEPS = [
  "CREATE TABLE one (a)",
  "CREATE TABLE two (a); INSERT INTO two VALUES (1)",
  "ALTER TABLE two ADD COLUMN b; UPDATE two SET b = a + 1",
];

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function tables(db: DatabaseSync): readonly unknown[] {
  return db.prepare("SELECT name FROM sqlite_schema ORDER BY name").all().map(({ name }) => name);
}

for (const [store, { MIGRATIONS }] of Object.entries({ sqlite, postgres })) {
  Deno.test(`migrations: those of ${store} are frozen`, () => {
    assertEquals(
      MIGRATIONS.map(sha256),
      [...FROZEN[store as keyof typeof FROZEN]],
      `A migration never changes, for databases that applied it would not get the change. Undo the \
change, and put it into a new file at the end of lib/store/${store}/migrations/. Then list that \
file in lib/store/${store}/migrations.ts, and its hash here.`,
    );
  });
}

Deno.test("migrations: the version of PostgreSQL's routines changes with their text", () => {
  assertEquals(
    sha256(ROUTINES),
    ROUTINE_HASHES[ROUTINES_VERSION],
    `The routines changed. Raise ROUTINES_VERSION in lib/store/postgres/routines.ts, add the new \
hash here, and make sure that instances of the version before can go on calling them.`,
  );
});

Deno.test("migrations: a file gets its missing migrations, in order", () => {
  using db = new DatabaseSync(":memory:");
  const version = () => schemaVersion(db) - UNRELEASED_VERSION;
  migrate(db, STEPS.slice(0, 1));
  assertEquals([version(), tables(db)], [1, ["one"]]);
  migrate(db, STEPS);
  migrate(db, STEPS);
  assertEquals([version(), tables(db)], [3, ["one", "two"]]);
  assertEquals({ ...db.prepare("SELECT * FROM two").get() }, { a: 1, b: 2 });
});

Deno.test("migrations: a failed migration leaves the file unchanged", () => {
  using db = new DatabaseSync(":memory:");
  const version = () => schemaVersion(db) - UNRELEASED_VERSION;
  const broken = [...STEPS.slice(0, 1), "CREATE TABLE two (a); CREATE TABLE one (a)"];
  for (let n = 0; n < 2; n++) {
    assertThrows(() => migrate(db, broken));
    assertEquals([version(), tables(db), db.isTransaction], [1, ["one"], false]);
  }
  migrate(db, STEPS);
  assertEquals(version(), 3);
});

Deno.test("migrations: a new file gets the current schema", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db);
  assertEquals(schemaVersion(db), SCHEMA_VERSION);
  const id = db.prepare("PRAGMA application_id").get()?.application_id;
  assertEquals(id, sqlite.APPLICATION_ID);
  assertEquals(db.prepare("PRAGMA foreign_key_check").all(), []);
});
