/**
 * What a snap is called.
 *
 * @module snapping/snap_word
 */

/** @import {Aim} from './snapper.js' */

/** @type {Readonly<Record<import('./snap.js').Snap['kind'], string>>} */
const WORDS = Object.freeze({ point: 'point', crossing: 'crossing', midpoint: 'middle', perpendicular: 'perpendicular', extension: 'extension', edge: 'boundary' });

/**
 * @param {Pick<Aim, 'snap' | 'lock'>} aim
 * @returns {string} empty where nothing was caught
 */
export function snapWord({ snap, lock }) {
  if (!snap) return '';
  if (snap.kind === 'point' && snap.point.isExtra) return snap.point.label ?? WORDS.point;
  return lock && snap.kind === 'edge' ? WORDS.crossing : WORDS[snap.kind];
}
