/** Where the browser does not know areas, a plan is asked of the server; everywhere else it is not. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { rehearsePlans } from '../../static/editor/saving/rehearsal.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';
import { linesHere } from '../../static/editor/tools/found_here.js';
import { splitPlan, splitTool } from '../../static/editor/tools/split.js';
import { coverage } from './fabric.js';

const LOT = { a: [[[0, 0], [10, 0], [10, 10], [0, 10]]] };
const HALVES = { a: [[[5, 0], [10, 0], [10, 10], [5, 10]]], b: [[[0, 0], [5, 0], [5, 10], [0, 10]]] };

function planned(t, given) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.window = globalThis;
  t.after(() => delete globalThis.window);
  const asked = [];
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  rehearsePlans(session, { rehearse: async (body) => {
    asked.push(body);
    const born = body.operations[0].into.find((id) => id !== null);
    return { coverage: coverage({ a: HALVES.a, [born]: HALVES.b }) };
  } });
  session.load(given, null);
  session.select('a');
  session.set({ tool: 'split' });
  session.set({ plan: { ...splitPlan(session), way: 'area', areaM2: 50, directionDeg: 0 } });
  t.mock.timers.tick(300);
  return { session, asked };
}

test('on another datum than WGS 84 the server finds the line, and it is divided along that', async (t) => {
  const { session, asked } = planned(t, { ...coverage(LOT), is_geographic: true, srid: 4267 });
  assert.equal(linesHere(session.graph, splitPlan(session)), null);
  assert.equal(splitTool.propose({ session }).operation, null);
  await new Promise((done) => setImmediate(done));
  assert.equal(asked.length, 1);
  assert.equal(asked[0].operations[0].area_m2, 50);
  assert.deepEqual(splitPlan(session).found.lines, [[[5, 0], [5, 10]]]);
});

test('in metres the browser finds it, and nothing is asked', (t) => {
  const { session, asked } = planned(t, coverage(LOT));
  assert.deepEqual(splitTool.propose({ session }).operation.line, [[5, 0], [5, 10]]);
  assert.deepEqual(asked, []);
});
