/** A cast of participants, each recognised by its clip and tone. */
import { film, launchChromium, launchFirefox } from './browsers.mjs';
import { tones } from './media.mjs';
import { Participant } from './participant.mjs';

/** @typedef {import('./expectations.mjs').Source} Source */

/** Names in several scripts: labels have to show them all. */
export const cast = {
  ada: { name: 'Ada Lovelace', clip: /** @type {const} */ ('flower'), tone: tones[0] },
  boris: { name: 'Борис Ёлкин', clip: /** @type {const} */ ('foreman'), tone: tones[1] },
  mei: { name: '陳美玲', clip: /** @type {const} */ ('woman'), tone: tones[2] },
  omar: { name: 'عمر الخيام', clip: /** @type {const} */ ('site'), tone: tones[3] },
};

/**
 * Somebody with Chromium.
 * @param {Source & { name: string }} who
 * @param {import('./participant.mjs').Environment & { bursts?: boolean }} [options]
 */
export function withChromium(who, { bursts, ...environment } = {}) {
  return Participant.open(launchChromium({ ...who, bursts }), who.name, environment);
}

/**
 * Somebody with Firefox.
 * @param {Source & { name: string }} who
 * @param {import('./participant.mjs').Environment} [environment]
 */
export function withFirefox(who, environment) {
  return Participant.open(launchFirefox(), who.name, { devices: { ...film(who.clip), frequency: who.tone }, ...environment });
}

/**
 * Everybody but one.
 * @template T
 * @param {T[]} all
 * @param {T} one
 */
export function without(all, one) {
  return all.filter((other) => other !== one);
}
