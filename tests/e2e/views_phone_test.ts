/** Every view on a phone, checked with axe. */
import { testViews } from "./support/accessible_views.ts";

testViews("phone");
