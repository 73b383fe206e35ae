/**
 * What a merged parcel takes over from its parents: stated areas, texts, further attributes. The same policies as
 * cadastre/operations/inheritance.py, where they are told in full.
 *
 * @module actions/inheritance
 */

/** @import {MergeAttributes, Properties} from '../types.js' */

import { ActionRefused } from './refused.js';

const LEGAL_AREA_RULES = /** @type {const} */ (['add', 'clear', 'keep']);
const TEXT_RULES = /** @type {const} */ (['keep', 'join']);
const SEPARATOR = '; ';
/** @type {Record<string, number>} */
const LONGEST = { land_use: 200, address: 500 };

/**
 * @param {Properties} model of the parcel that continues; for a new id of the largest
 * @param {Properties[]} others
 * @param {MergeAttributes} policy
 * @param {boolean} isNew
 * @returns {Properties} before the policy's own properties are applied
 * @throws {ActionRefused} invalid_operation
 */
export function inherited(model, others, policy, isNew) {
  const { legal_area: legal = 'add', text = 'keep' } = policy;
  refuseUnknown('legal_area', legal, LEGAL_AREA_RULES);
  refuseUnknown('text', text, TEXT_RULES);
  const heir = { ...model, ...legalArea(legal, [model, ...others]) };
  if (isNew) {
    heir['number'] = null;
    delete heir['area_m2'];
  }
  if (text !== 'join') return heir;
  for (const name of ['land_use', 'address']) {
    if (!(name in (policy.properties ?? {}))) heir[name] = joined(name, [model, ...others].map((parent) => parent[name]));
  }
  heir['attributes'] = Object.assign({}, ...[...others].reverse().map((parent) => parent['attributes']), model['attributes']);
  return heir;
}

/**
 * @param {string} name
 * @param {string} given
 * @param {readonly string[]} known
 */
function refuseUnknown(name, given, known) {
  if (!known.includes(given)) throw new ActionRefused('invalid_operation', `attributes.${name} is one of: ${known.join(', ')}.`);
}

/**
 * @param {string} rule
 * @param {Properties[]} parents
 * @returns {Properties}
 */
function legalArea(rule, parents) {
  if (rule === 'keep') return {};
  const areas = parents.map((parent) => parent['legal_area_m2']);
  const isKnown = rule === 'add' && areas.every((area) => typeof area === 'number');
  const total = isKnown ? /** @type {number[]} */ (areas).reduce((sum, area) => sum + area, 0) : null;
  return { legal_area_m2: total, legal_area_text: null };
}

/**
 * @param {string} name
 * @param {unknown[]} texts
 * @returns {string | null}
 */
function joined(name, texts) {
  const text = [...new Set(texts.filter(Boolean))].join(SEPARATOR);
  const longest = LONGEST[name] ?? Infinity;
  if (text.length > longest) throw new ActionRefused('invalid_operation', `${name} of all of them together has ${text.length} characters, more than ${longest}.`);
  return text || null;
}
