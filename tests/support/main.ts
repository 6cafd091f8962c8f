/** `main.ts` with the page that the tests share: bundling it takes seconds. */
import { run } from "../../main.ts";
import { bundledPage } from "./bundled_page.ts";

await run(bundledPage);
