/** Where the count of unread messages stops. */
export const UNREAD_LIMIT = 100;
