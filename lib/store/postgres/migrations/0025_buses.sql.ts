/** How instances reach each other. @module */

/** The migration. */
export const BUSES = `
-- Missing: by NOTIFY, as every instance of the versions before.
ALTER TABLE instances ADD COLUMN bus text;
`;
