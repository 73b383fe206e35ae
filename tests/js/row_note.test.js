/** A drawn step remembers which refused row it is of. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { annotate } from '../../static/editor/describe.js';
import { rowNote, rowOf } from '../../static/editor/quarantine/row_note.js';

test('the row that a draft draws is found by the note of its step, and by nothing else', () => {
  const drawn = /** @type {any} */ ({ op: 'draw', rings: [] });
  const moved = /** @type {any} */ ({ op: 'move_point', at: [0, 0], to: [1, 1] });
  assert.equal(rowOf([moved, drawn]), null);
  annotate(moved, rowNote({ import: 1, row: 2 }));
  annotate(drawn, 'from a traverse, misclosure 0.020 m (1 : 2001) adjusted by the compass rule');
  assert.equal(rowOf([moved, drawn]), null);
  annotate(drawn, rowNote({ import: 12, row: 345 }));
  assert.deepEqual(rowOf([moved, drawn]), { import: 12, row: 345 });
});
