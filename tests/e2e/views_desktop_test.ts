/** Every view on a desktop, checked with axe. */
import { testViews } from "./support/accessible_views.ts";

testViews("desktop");
