import { Slots } from "../../slots";

/**
 * Handshakes and logins of this process that go on at the same time; the others wait in line. They are work for one thread here and for jump hosts and key agents elsewhere:
 * a thousand at once would all be late, each by the time of all.
 */
export const mostHandshakes = 64;

export const handshakes = new Slots(mostHandshakes);
