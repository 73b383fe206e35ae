/**
 * What an edit that is refused for an overlap is offered instead.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage } from '../../static/editor/base.js';
import { Draft } from '../../static/editor/draft.js';
import { farthest } from '../../static/editor/findings/fix_texts.js';
import { onTheBoundary } from '../../static/editor/findings/refusal_fix.js';
import { alteredFor } from '../../static/editor/findings/refusal_offer.js';
import { coverage } from './fabric.js';

/** Two lots with a street of two metres between them. */
const apart = () => Draft.on(baseFromCoverage(coverage({ a: [[[0, 0], [10, 0], [10, 10], [0, 10]]], b: [[[12, -5], [22, -5], [22, 15], [12, 15]]] })));
const OVERLAP = { rule: 'overlap', parcels: ['a', 'b'], message: '', measure: 1, place: null };
const into = (to) => ({ op: 'move_point', at: [10, 10], to });

test('the point goes onto the neighbour\'s side', () => {
  const draft = apart().perform(into([12.5, 9]));
  const instead = onTheBoundary(draft, OVERLAP);
  assert.deepEqual(instead, { index: 0, operation: into([12, 9]), text: 'Put the point of step 1 onto the boundary of B, 0.50 m from where it is.' });
});

test('a corner that is about as near goes before a side', () => {
  const instead = onTheBoundary(apart().perform(into([12.4, 14.6])), OVERLAP);
  assert.deepEqual(instead?.operation, into([12, 15]));
  assert.match(instead?.text ?? '', /nearest point of B/);
});

test('a point that was inserted is put onto it as well', () => {
  const draft = apart().perform({ op: 'insert_point', between: [[10, 0], [10, 10]], at: [13, 4] });
  assert.deepEqual(onTheBoundary(draft, OVERLAP)?.operation, { op: 'insert_point', between: [[10, 0], [10, 10]], at: [12, 4] });
});

test('nothing is offered where no point of a step lies within the neighbour, or for another rule', () => {
  assert.equal(onTheBoundary(apart().perform(into([11, 9])), OVERLAP), null);
  assert.equal(onTheBoundary(apart().perform(into([12.5, 9])), { ...OVERLAP, rule: 'invalid_geometry' }), null);
});

test('the step is altered where it stands, later ones are done again, and undoing takes it back', () => {
  const later = { op: 'move_point', at: [0, 0], to: [0.5, 0.5] };
  const draft = apart().perform(into([12.5, 9])).perform(later);
  const altered = alteredFor(draft, [OVERLAP]);
  assert.deepEqual(altered?.draft.operations, [into([12, 9]), later]);
  assert.deepEqual(altered?.draft.undo().operations, draft.operations);
  assert.equal(alteredFor(apart().perform(later), [OVERLAP]), null);
});

test('how far a fix moves is said beside how accurate points are', () => {
  assert.equal(farthest({ farthest_m: 0, is_below_accuracy: true }, 0.02), 'Nothing moves.');
  assert.equal(farthest({ farthest_m: 0.0041, is_below_accuracy: true }, 0.02), 'Nothing moves farther than 0.0041 m, below the 0.02 m to which points are accurate.');
  assert.equal(farthest({ farthest_m: 1.25, is_below_accuracy: false }, 0.02), 'The farthest point moves by 1.25 m: more than the 0.02 m to which points are accurate.');
});
