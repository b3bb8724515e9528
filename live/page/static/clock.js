// The session's clock, followed smoothly from messages that come when they come.

const JUMP = 0.5; // seconds: further off than this, the session is another one
const FORGET = 0.002; // seconds a second: how fast a reading that came early is forgotten
const GLIDE = 0.4; // seconds it takes to correct what is shown

/** All times are seconds. A message says what the session's clock was when it was sent; the one
 * that took least time on its way is nearest to the truth. */
export class SessionClock {
  #best = null; // session's clock less ours, of the quickest message
  #shown = null; // the same, as it is shown
  #heard = 0;
  #asked = 0;

  hear(session, here) {
    const sample = session - here;
    const known = this.#best !== null && Math.abs(sample - this.#best) < JUMP;
    if (!known) this.#shown = null;
    const before = known ? this.#best - FORGET * (here - this.#heard) : sample;
    this.#best = Math.max(sample, before);
    this.#heard = here;
  }

  /** The session's clock now; null before the first message. */
  now(here) {
    if (this.#best === null) return null;
    const share = this.#shown === null ? 1 : Math.min(1, Math.max(0, here - this.#asked) / GLIDE);
    this.#shown = (this.#shown ?? this.#best) + share * (this.#best - (this.#shown ?? this.#best));
    this.#asked = here;
    return here + this.#shown;
  }
}
