/**
 * What the review page says of findings. Pure.
 *
 * @module review/words
 */

/** @import {Fix} from '../editor/findings/fixes_api.js' */
/** @import {Problem} from '../editor/types.js' */
/** @import {Finding, FindingEvent} from './types.js' */

import { counted, dateTime, figure } from '../editor/format.js';

/** Names that a column has room for, where the rule's own is no good one. @type {Record<string, string>} */
const NAMES = { duplicate_number: 'Same number', missing_number: 'No number', no_zone: 'No zone', far_parts: 'Parts far apart' };
const MOST_NAMED = 3;
/** @type {Record<string, string>} */
const DONE = { opened: 'opened', changed: 'its measure changed', fixed: 'fixed', reopened: 'opened again', accepted: 'accepted as an exception', assigned: 'assigned', disputed: 'marked as disputed', undisputed: 'no longer disputed' };
const DAY_MS = 86_400_000;

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
  return parcels.map((id, index) => numbers?.[index] ?? id);
}

/**
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding
 * @returns {string} "395 / 396", "1 / 2 / 3 +4"
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
  return names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : new Intl.ListFormat('en').format(names);
}

/**
 * @param {Pick<Finding, 'measure' | 'measure_text'>} finding
 * @param {string} unit
 * @returns {string}
 */
export function measureText({ measure, measure_text: text }, unit) {
  if (text !== undefined) return text ?? '';
  if (measure === null || unit === '') return '';
  const digits = measure !== 0 && measure < 0.1 ? 3 : 2;
  return `${figure(measure, unit.startsWith('m') ? digits : 0)} ${unit}`;
}

/**
 * @param {Pick<Finding, 'status' | 'assignee' | 'accepted_until' | 'disputed'>} finding
 * @param {string} me
 * @returns {string} a few words
 */
export function stateText({ status, assignee, accepted_until: until, disputed }, me) {
  const dispute = disputed ? ', disputed' : '';
  if (status === 'accepted') return `accepted${until ? ` to ${day(until)}` : ''}${dispute}`;
  if (status === 'fixed') return 'fixed';
  if (!assignee) return `open${dispute}`;
  return (assignee === me ? 'assigned to you' : `with ${assignee.split('@')[0]}`) + dispute;
}

/**
 * @param {string} iso
 * @returns {string} "1 Mar", with the year where it is another one
 */
function day(iso) {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : /** @type {const} */ ({ year: 'numeric' });
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year });
}

/**
 * @param {Pick<Finding, 'opened_at' | 'age_days'>} finding
 * @param {number} [now] milliseconds
 * @returns {number} days since it was opened
 */
export function ageDays({ opened_at: at, age_days: told }, now = Date.now()) {
  return told ?? Math.max(0, Math.floor((now - Date.parse(at)) / DAY_MS));
}

/**
 * @param {Pick<Finding, 'opened_at' | 'age_days' | 'status' | 'accepted_until'>} finding
 * @returns {string} for the chip beside the heading
 */
export function chipText(finding) {
  if (finding.status === 'accepted') return finding.accepted_until ? `accepted to ${day(finding.accepted_until)}` : 'accepted';
  if (finding.status === 'fixed') return 'fixed';
  const days = ageDays(finding);
  return days === 0 ? 'open since today' : `open ${counted(days, 'day')}`;
}

/**
 * @param {FindingEvent} event
 * @returns {string} "assigned by anna@office · Deed of 1987 holds"
 */
export function eventText({ what, who, edit_id: edit, reason, record }) {
  const by = who ? ` by ${who}` : '';
  const within = edit === null ? '' : ` by edit ${edit}`;
  const cited = record ? `${record.type} ${record.number ?? record.id}` : '';
  return [`${DONE[what] ?? what}${within || by}${within && by ? by.replace(' by', ' of') : ''}`, reason, cited].filter(Boolean).join(' · ');
}

/**
 * Areas before and after of the parcels whose outline changes.
 * @param {Pick<Fix, 'parcels' | 'numbers'>} fix
 * @param {Pick<Finding, 'parcels' | 'numbers'>} finding of which a parcel that stays as it is, is said
 * @returns {string} "396 244.1 → 241.7 m², 395 unchanged"
 */
export function areasText({ parcels, numbers }, finding) {
  const names = new Map(finding.parcels.map((id, index) => [id, finding.numbers?.[index] ?? numbers[id] ?? id]));
  const changed = parcels.filter(({ change }) => change !== 'noded');
  const shown = changed.map(({ parcel_id: id, area_m2_before: before, area_m2_after: after }) => {
    const name = numbers[id] ?? id;
    if (before === null || after === null) return name;
    const digits = Math.abs(after - before) < 0.1 ? 3 : 1;
    return `${name} ${figure(before, digits)} → ${figure(after, digits)} m²`;
  });
  const still = finding.parcels.filter((id) => !changed.some((parcel) => parcel.parcel_id === id));
  return [...shown, ...(still.length > 0 && still.length < 4 ? [`${still.map((id) => names.get(id)).join(', ')} unchanged`] : [])].join(', ');
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
