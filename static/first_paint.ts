/**
 * Runs before the first paint, which shows the skeleton of the page while its script loads: in the
 * theme of this device, and in the shape of the chat or of the sign-in page.
 *
 * @module
 */
import { wasSignedIn } from "./util/signed_in.ts";
import { chosenTheme, showTheme } from "./util/theme.ts";

showTheme(chosenTheme());
document.documentElement.classList.toggle("signed-in", wasSignedIn());
