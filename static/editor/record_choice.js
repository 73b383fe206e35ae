/**
 * The record (LADM LA_Source) that edits rest on: how it is called, which may be chosen, and which one a person works on.
 * Pure but for the storage that is given.
 *
 * @module record_choice
 */

/** @import {Problem, RecordSummary} from './types.js' */

const TYPES = ['plat', 'deed', 'survey', 'court', 'correction', 'import'];

/**
 * @param {RecordSummary} record
 * @returns {string} as people cite it: "Plat 2024/17"
 */
export function recordName({ id, type, number }) {
  const kind = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  return number ? `${kind} ${number}` : `${kind} (record ${id})`;
}

/**
 * @param {RecordSummary} record
 * @returns {string} the name, and what it is about
 */
export function recordText(record) {
  return [recordName(record), record.title].filter(Boolean).join(' · ');
}

/**
 * The server's rule (services/records/require_record.py): what was returned is no ground for anything until it is taken up again.
 * @param {RecordSummary} record
 * @returns {boolean}
 */
export function mayCarryEdits({ state }) {
  return state !== 'returned';
}

/**
 * @param {readonly RecordSummary[]} records as found
 * @returns {RecordSummary[]} those that may be chosen first; the others are shown to say why they are not
 */
export function arranged(records) {
  return [...records.filter(mayCarryEdits), ...records.filter((record) => !mayCarryEdits(record))];
}

/**
 * What to ask the server for. Records are cited as "plat 2024/17", and the server looks for words in number and title
 * only: a type before something with a figure is asked for as the type.
 * @param {string} words as typed
 * @returns {{q?: string, type?: string}}
 */
export function recordQuestion(words) {
  const [, first = '', rest = ''] = /^(\S+)\s+(.*\d.*)$/.exec(words) ?? [];
  if (TYPES.includes(first.toLowerCase())) return { type: first.toLowerCase(), q: rest };
  return words ? { q: words } : {};
}

/**
 * @param {Problem | null | undefined} problem of a refused save
 * @param {RecordSummary | null} record that was sent
 * @returns {string | null} what to do about the record; null where the refusal is about something else
 */
export function recordRefusal(problem, record) {
  const name = record ? recordName(record) : `Record ${problem?.record_id ?? ''}`.trim();
  switch (problem?.type.split(/[/:#]/).at(-1)) {
    case 'record_required':
      return 'Every edit here rests on a record: choose one first.';
    case 'unknown_record':
      return `${name} does not exist. Choose another.`;
    case 'record_returned':
      return `${name} was returned. Choose another, or have it taken into work again.`;
    default:
      return null;
  }
}

/**
 * A technician works through one document at a time: what was chosen stays for the next edit, on this page and the next,
 * until it is changed or cleared. For each account its own: two people may share a browser.
 * @param {Pick<Storage, 'getItem'>} storage
 * @param {string} account
 * @returns {RecordSummary | null}
 */
export function rememberedRecord(storage, account) {
  const text = storage.getItem(keyOf(account));
  return text ? JSON.parse(text) : null;
}

/**
 * @param {Pick<Storage, 'setItem' | 'removeItem'>} storage
 * @param {string} account
 * @param {RecordSummary | null} record null forgets
 */
export function rememberRecord(storage, account, record) {
  if (record) storage.setItem(keyOf(account), JSON.stringify(record));
  else storage.removeItem(keyOf(account));
}

/**
 * @param {string} account
 * @returns {string}
 */
function keyOf(account) {
  return `spatial-admin record ${account}`;
}
