/**
 * What the review page says of findings. Pure.
 *
 * @module review/words
 */

/** @import {Fix} from '../editor/findings/fixes_api.js' */
/** @import {Problem} from '../editor/types.js' */
/** @import {Finding, FindingEvent} from './types.js' */

import { counted, dateTime, figure } from '../editor/format.js';

/** As services/findings/words_of_finding.py has them; of the others the name says it. @type {Record<string, string>} */
const NAMES = { stack: 'Stacked parcels', duplicate_number: 'Same number', missing_number: 'No number', no_zone: 'No zone', far_parts: 'Parts far apart', self_touch: 'Self-touch' };
const MOST_NAMED = 2;

/**
 * @param {string} rule
 * @returns {string}
 */
export function ruleName(rule) {
  const words = rule.replaceAll('_', ' ');
  return NAMES[rule] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding
 * @returns {string[]} as people call them
 */
export function parcelNames({ parcels, numbers }) {
  return parcels.map((id, index) => numbers[index] ?? id);
}

/**
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding
 * @returns {string} "395 / 396", "1 / 2 +4"
 */
export function parcelsText(finding) {
  const names = parcelNames(finding);
  const more = names.length > MOST_NAMED ? ` +${names.length - MOST_NAMED}` : '';
  return names.slice(0, MOST_NAMED).join(' / ') + more;
}

/**
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding
 * @returns {string} "395 and 396"
 */
export function parcelsTitle(finding) {
  const names = parcelNames(finding);
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : new Intl.ListFormat('en').format(names);
}

/**
 * @param {{parcel_id: string, number: string | null}} parcel
 * @param {{number: string | null}[]} all of the finding
 * @returns {string} its number, with its id where another of them has the same one
 */
export function parcelLabel({ parcel_id: id, number }, all) {
  if (number === null) return id;
  return all.filter((one) => one.number === number).length > 1 && number !== id ? `${number} · ${id}` : number;
}

/**
 * @param {Pick<Finding, 'status' | 'assignee' | 'accepted_until' | 'disputed' | 'waiting'>} finding
 * @param {string} me
 * @returns {string} a few words
 */
export function stateText({ status, assignee, accepted_until: until, disputed, waiting }, me) {
  const dispute = disputed ? ', disputed' : '';
  if (status === 'accepted') return `accepted${until ? ` to ${lastDay(until)}` : ''}${dispute}`;
  if (status === 'fixed') return 'fixed';
  if (waiting) return `proposed${dispute}`;
  if (!assignee) return `open${dispute}`;
  return (assignee === me ? 'assigned to you' : `with ${assignee.split('@')[0]}`) + dispute;
}

/**
 * The last day of what holds until a moment. A day that was given ends at midnight in UTC, which is a moment of the next one.
 * @param {string} iso
 * @returns {string} "1 Mar", with the year where it is another one
 */
function lastDay(iso) {
  const date = new Date(Date.parse(iso) - 1);
  const year = date.getUTCFullYear() === new Date().getUTCFullYear() ? {} : /** @type {const} */ ({ year: 'numeric' });
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC', ...year });
}

/**
 * @param {Pick<Finding, 'age_days' | 'status' | 'accepted_until'>} finding
 * @returns {string} for the chip beside the heading
 */
export function chipText(finding) {
  if (finding.status === 'accepted') return finding.accepted_until ? `accepted to ${lastDay(finding.accepted_until)}` : 'accepted';
  if (finding.status === 'fixed') return 'fixed';
  return finding.age_days === 0 ? 'open since today' : `open ${counted(finding.age_days, 'day')}`;
}

/**
 * @param {Pick<Finding, 'status' | 'waiting'>} finding
 * @param {boolean} canEdit
 * @returns {string} why no ways to fix it are looked for, and what may be done instead; '' where they are
 */
export function whyNoFixes({ status, waiting }, canEdit) {
  if (status === 'fixed') return 'It is fixed.';
  if (canEdit) return '';
  const fixes = 'Fixes are edits: an editor applies them.';
  if (waiting) return `${fixes} What is proposed waits for another person.`;
  if (status === 'accepted') return `${fixes} This one is accepted; open it again where that does not hold any more.`;
  return `${fixes} You can accept the finding as an exception, or assign it.`;
}

/**
 * @param {FindingEvent} event
 * @returns {string} "accepted by anna@office · Deed of 1987 holds · deed 1987/12"
 */
export function eventText({ words, who, what, reason, record }) {
  const by = what === 'assigned' && who ? ` by ${who}` : '';
  const cited = record ? `${record.type} ${record.number ?? record.id}` : '';
  return [words + by, reason && !words.includes(reason.toLowerCase()) ? reason : '', cited].filter(Boolean).join(' · ');
}

/**
 * Areas before and after of the parcels whose outline changes.
 * @param {Pick<Fix, 'parcels' | 'numbers'>} fix
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding of which a parcel that stays as it is, is said
 * @returns {string} "396 244.1 → 241.7 m², 395 unchanged"
 */
export function areasText({ parcels, numbers }, finding) {
  const names = new Map(finding.parcels.map((id, index) => [id, finding.numbers[index] ?? numbers[id] ?? id]));
  const changed = parcels.filter(({ change }) => change !== 'noded');
  const shown = changed.map(({ parcel_id: id, area_m2_before: before, area_m2_after: after }) => {
    const name = numbers[id] ?? id;
    if (before === null || after === null) return name;
    if (Math.abs(after - before) < 0.0005) return `${name} ${figure(after)} m² as before`;
    const digits = Math.abs(after - before) < 0.1 ? 3 : 1;
    return `${name} ${figure(before, digits)} → ${figure(after, digits)} m²`;
  });
  const still = finding.parcels.filter((id) => !changed.some((parcel) => parcel.parcel_id === id));
  return [...shown, ...(still.length > 0 && still.length < 4 ? [`${still.map((id) => names.get(id)).join(', ')} unchanged`] : [])].join(', ');
}

/**
 * @param {Pick<Fix, 'farthest_m' | 'is_below_accuracy'>} fix
 * @returns {string} how far the farthest point moves
 */
export function moveText({ farthest_m: metres, is_below_accuracy: isBelow }) {
  if (metres === 0) return 'nothing moves';
  return `moves up to ${figure(metres, metres < 0.1 ? 4 : 2)} m${isBelow ? ', below accuracy' : ''}`;
}

/**
 * Why an act was refused, and what to do.
 * @param {number} status of HTTP
 * @param {Problem} problem
 * @returns {string}
 */
export function refusalText(status, problem) {
  const said = problem.detail ?? problem.title ?? `The server answered ${status}.`;
  if (status === 403) return `${said} An administrator gives roles under Admin, Accounts.`;
  if (status === 409) return `${said} It is shown as it is now.`;
  return said;
}

/**
 * @param {Problem} problem of a 409
 * @returns {string} who was faster, and where
 */
export function conflictText({ conflicts = [] }) {
  const [first] = conflicts;
  if (!first) return 'Somebody else was faster; nothing was changed.';
  const who = first.changed_by ?? 'somebody';
  const when = first.changed_at ? ` on ${dateTime(first.changed_at)}` : '';
  const more = conflicts.length > 1 ? ` and ${conflicts.length - 1} more` : '';
  return `Nothing was changed: ${who} changed parcel ${first.parcel_id}${more}${when}, after this fix was worked out.`;
}
