/**
 * How numbers of parts are written: 12/1 and 12/2, 12-1, 12.1, 12A. What has such a share already goes on in its own way; what has
 * none gets one behind a slash.
 *
 * @module tools/number_family
 */

/**
 * `beginning` of all of the family; `isLetters`: A to Z, else figures; `isAskable`: whether the server can be asked for all that
 * begins so, as behind a sign. Behind 12 it would name 120 and 1200, too: there each number is asked for by itself.
 * @typedef {{beginning: string, isLetters: boolean, isAskable: boolean}} Family
 */

/**
 * @param {string} number
 * @param {(beginning: string) => boolean} [isBlock] whether so many have this beginning that it is no family of parts but a block or
 *   a map sheet; then the number itself is what is divided
 * @returns {Family}
 */
export function familyOf(number, isBlock = () => false) {
  const [, figures] = /^(.*[^-/.][-/.])\d{1,15}$/.exec(number) ?? [];
  const [, letters] = /^(.*\d[-/.]?)[A-Za-z]$/.exec(number) ?? [];
  const beginning = figures ?? letters;
  if (beginning === undefined || isBlock(beginning)) return { beginning: `${number}/`, isLetters: false, isAskable: true };
  return { beginning, isLetters: letters !== undefined, isAskable: /[-/.]$/.test(beginning) };
}

/**
 * @param {string} number
 * @returns {string} what is asked to learn who has it: its family, so that one answer does for all in it, or else itself
 */
export function questionOf(number) {
  return (/^.+[-/. ](?=[^-/. ]+$)/.exec(number)?.[0] ?? number).toLowerCase();
}

/**
 * @param {string} number
 * @returns {string} the next in its own way of counting; empty where it has none
 */
export function following(number) {
  const letter = /^(.*\d[-/.]?)([A-Ya-y])$/.exec(number);
  if (letter) return `${letter[1]}${String.fromCharCode((letter[2] ?? '').charCodeAt(0) + 1)}`;
  const digits = /^(.*?)(\d{1,15})$/.exec(number);
  return digits ? `${digits[1]}${String(Number(digits[2]) + 1).padStart(digits[2]?.length ?? 0, '0')}` : '';
}

/**
 * @param {Family} family
 * @param {string} own number of it, whose way of writing is kept: as many figures, small letters
 * @param {string[]} numbers
 * @returns {string} the highest of the family; its nought where there is none
 */
export function highest({ beginning, isLetters }, own, numbers) {
  const shares = [own, ...numbers].filter((number) => number.toLowerCase().startsWith(beginning.toLowerCase())).map((number) => number.slice(beginning.length));
  const share = own.startsWith(beginning) ? own.slice(beginning.length) : '';
  if (!isLetters) return `${beginning}${String(Math.max(0, ...shares.filter((one) => /^\d{1,15}$/.test(one)).map(Number))).padStart(share.length, '0')}`;
  const letter = shares.filter((one) => /^[A-Za-z]$/.test(one)).map((one) => one.toUpperCase()).sort().at(-1) ?? '';
  return `${beginning}${share === share.toLowerCase() ? letter.toLowerCase() : letter}`;
}
