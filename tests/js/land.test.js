/** Parcels that end, come together and are divided, beside what the shared cases say: reasons, words, drafts, selection. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { divided } from '../../static/editor/actions/apportionment.js';
import { whyNotMergeable } from '../../static/editor/actions/merge.js';
import { baseFromCoverage } from '../../static/editor/base.js';
import { collidingSteps } from '../../static/editor/saving/conflict.js';
import { differences } from '../../static/editor/difference.js';
import { Draft, renamed } from '../../static/editor/draft.js';
import { boxOf } from '../../static/editor/storage/geodesy.js';
import { Graph } from '../../static/editor/graph.js';
import { lineAcross, linesBetween, sourceOf } from '../../static/editor/land/piece_lines.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';
import { split, splitOperation } from '../../static/editor/actions/split.js';
import { followersOf, followingText } from '../../static/editor/tools/following.js';
import { coverage, holeAndParts, junction, lonLat, threeLots } from './fabric.js';

const MERGE = { op: 'merge', parcels: ['a', 'b'], into: 'a' };
const boxAround = (...corners) => boxOf(corners.map(lonLat));
const started = (given = threeLots()) => Draft.on(baseFromCoverage(given));
const members = (graph, ids) => ids.map((id) => graph.parcel(id));

test('why parcels are not merged is told before anyone tries', () => {
  const graph = Graph.fromCoverage(coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    corner: [[[10, 10], [20, 10], [20, 20], [10, 20]]],
    far: [[[50, 0], [60, 0], [60, 10], [50, 10]]],
    flat: { parts: [[[[0, 0], [10, 0], [10, 10], [0, 10]]]], level: 'units' },
  }));
  assert.match(whyNotMergeable(graph, members(graph, ['a'])), /two or more/);
  assert.match(whyNotMergeable(graph, members(graph, ['a', 'far'])), /FAR does not touch A/);
  assert.match(whyNotMergeable(graph, members(graph, ['a', 'corner'])), /CORNER does not touch A/);
  assert.match(whyNotMergeable(graph, members(graph, ['a', 'flat'])), /different levels/);
});

test('a T-junction touches, and so does what is joined by a third', () => {
  const graph = Graph.fromCoverage(junction());
  assert.equal(whyNotMergeable(graph, members(graph, ['a', 'c'])), null);
  const ring = Graph.fromCoverage(holeAndParts());
  assert.equal(whyNotMergeable(ring, members(ring, ['core', 'ring', 'twin'])), null);
  assert.match(whyNotMergeable(ring, members(ring, ['core', 'twin'])), /TWIN does not touch CORE/);
});

test('what overlaps or gapes is not merged', () => {
  const draft = started(coverage({ a: [[[0, 0], [12, 0], [12, 10], [0, 10]]], b: [[[10, 0], [20, 0], [20, 10], [10, 10]]] }));
  assert.throws(() => draft.perform(MERGE), /A and B overlap by 20/);
});

test('a step says who is merged into whom, the table who ends and what comes to be', () => {
  const draft = started().perform(MERGE);
  assert.equal(draft.steps[0].text, 'Merge A, B into A');
  assert.deepEqual(draft.seen(), { a: 1, b: 1 });
  const rows = differences(draft.graph, Object.keys(draft.seen()));
  assert.deepEqual(rows.map((row) => [row.id, row.change, row.beforeM2?.toFixed(1), row.afterM2?.toFixed(1)]), [
    ['a', 'geometry', '100.0', '200.0'], ['b', 'retired', '100.0', undefined],
  ]);
  const born = started().perform({ ...MERGE, into: 'n' });
  assert.equal(born.steps[0].text, 'Merge A, B into a new parcel, n');
  assert.deepEqual(born.seen(), { a: 1, b: 1 });
  assert.deepEqual(differences(born.graph, []).map((row) => [row.id, row.change]), [['a', 'retired'], ['b', 'retired'], ['n', 'created']]);
});

test('an id that is taken is no new one', () => {
  assert.throws(() => started().perform({ ...MERGE, into: 'c' }), /id c is taken/);
  assert.throws(() => started().perform(MERGE).perform({ op: 'merge', parcels: ['a', 'c'], into: 'b' }), /id b is taken/);
});

test('what ended stays ended when parcels are loaded again, and comes back by undo', () => {
  const draft = started().perform({ op: 'retire', parcel_id: 'b' });
  const again = draft.withBase(baseFromCoverage(threeLots()));
  assert.equal(again.graph.parcel('b'), undefined);
  assert.deepEqual([...again.held()], ['b']);
  assert.deepEqual([...again.graph.parcels()].map((parcel) => parcel.id), ['a', 'c']);
  assert.equal(again.undo().graph.parcel('b')?.version, 1);
});

test('a later step on a parcel that ended falls when it is done again', () => {
  const draft = started().perform({ op: 'update', parcel_id: 'b', properties: { number: '7' } }).perform(MERGE);
  const { draft: rest, fallen } = draft.without(0);
  assert.deepEqual(fallen, []);
  assert.equal(rest.steps.length, 1);
  const other = started().perform({ op: 'retire', parcel_id: 'b' });
  assert.throws(() => other.perform(MERGE), /no current parcel b/);
});

test('several parcels are selected, and what a step ends is selected no more', () => {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  session.load(threeLots(), [2, 48, 3, 49]);
  session.select('a');
  session.toggle('b');
  session.toggle('c');
  session.toggle('a');
  assert.deepEqual(session.chosen.map((parcel) => parcel.id), ['b', 'c']);
  session.perform({ op: 'retire', parcel_id: 'b' });
  assert.deepEqual(session.chosen.map((parcel) => parcel.id), ['c']);
  session.undo();
  session.select('b');
  assert.deepEqual(session.state.also, []);
});

test('a split names its pieces, which later steps can name, and neighbours only get points', () => {
  const line = [[5, 0], lonLat([5, 10])];
  const draft = started().perform({ op: 'split', parcel_id: 'a', line, into: ['p', null] }).perform({ op: 'update', parcel_id: 'p', properties: { number: '1/2' } });
  assert.equal(draft.steps[0].text, 'Split A into A and p');
  assert.deepEqual(draft.seen(), { a: 1 });
  assert.deepEqual(differences(draft.graph, ['a', 'p']).map((row) => [row.label, row.change]), [['1/2', 'created'], ['A', 'geometry'], ['C', 'noded']]);
  const moved = draft.perform({ op: 'move_point', at: lonLat([5, 10]), to: lonLat([6, 10]) });
  assert.deepEqual(moved.steps[2].touched, ['a', 'c', 'p']);
  assert.deepEqual(moved.seen(), { a: 1, c: 1 });
});

test('a line that was found stays what it was when the parcel is seen anew, and its names follow theirs', () => {
  const operation = { op: 'split', parcel_id: 'a', line: [[5, 0], [10, 10]], into: ['p', null] };
  assert.deepEqual(renamed([operation], new Map([['10,10', [10.5, 10.5]]]))[0].line, [[5, 0], [10.5, 10.5]]);
});

test('the lines between the pieces of an answer are told with the earlier pieces on their right', () => {
  const answer = coverage({
    right: [[[6, 0], [10, 0], [10, 10], [6, 10]]],
    middle: [[[6, 10], [3, 10], [3, 5], [3, 0], [6, 0]]],
    left: [[[0, 0], [3, 0], [3, 5], [3, 10], [0, 10]]],
  });
  assert.deepEqual(linesBetween(sourceOf(baseFromCoverage(answer)), ['right', 'middle', 'left']), [[[6, 0], [6, 10]], [[3, 0], [3, 5], [3, 10]]]);
  assert.equal(linesBetween(sourceOf(baseFromCoverage(answer)), ['right', 'left', 'middle']), null);
});

test('a stated area is divided to its last digit', () => {
  assert.deepEqual(divided(100, [1, 1, 1]), [34, 33, 33]);
  assert.deepEqual(divided(0.3, [1, 1]), [0.2, 0.1]);
  assert.deepEqual(divided(1, [1, 1]), [0.5, 0.5]);
});

test('a step that divides or ends a parcel collides with whatever theirs did to it', () => {
  const theirs = coverage({ a: { version: 2, parts: [[[[0, 0], [10, 0], [10, 10], [0, 10.5]]]] } });
  const conflicts = [{ parcel_id: 'a', seen: 1, current_version: 2, base: threeLots(), current: theirs }];
  const draft = started().perform({ op: 'retire', parcel_id: 'b' }).perform({ op: 'split', parcel_id: 'a', line: [[5, 0], [5, 10]], into: ['p', null] });
  assert.deepEqual(collidingSteps(draft.steps, conflicts), [1]);
});

test('a drawn parcel takes the points it is drawn over, and is named by its number', () => {
  const rings = [[[20, 0], lonLat([30, 0]), lonLat([30, 10]), [20, 10]]];
  const draft = started().perform({ op: 'draw', parcel_id: 'n', kind: 'lot', number: '9', rings });
  assert.equal(draft.steps[0].text, 'Draw lot 9');
  assert.deepEqual(draft.seen(), {});
  assert.deepEqual(draft.graph.parcelsWith('20,10').map((parcel) => parcel.id), ['b', 'c', 'n']);
  const moved = draft.perform({ op: 'move_point', at: [20, 0], to: lonLat([21, 0]) });
  assert.deepEqual(moved.steps[1].touched, ['b', 'n']);
  assert.deepEqual(renamed(moved.operations, new Map([['20,0', [20.5, 0]]]))[0].rings[0][0], [20.5, 0]);
});

test('line points and near points that would follow a move are counted', () => {
  const graph = Graph.fromCoverage(coverage({
    a: [[[0, 0], [5, 0], [10, 0], [10, 10], [0, 10]]],
    b: [[[10.004, 0], [20, 0], [20, 10], [10, 10]]],
  }));
  const followers = followersOf(graph, '10,0', boxAround([-50, -50], [50, 50]));
  assert.deepEqual([followers.linePoints, followers.nearPoints], [1, 1]);
  const said = (isCarrying) => followingText({ state: { isCarrying, isJoining: true } }, followers);
  assert.match(said(true), /1 line point follows \(K leaves it\) · 1 near point joins/);
  assert.match(said(false), /1 line point stays \(K takes it along\)/);
});

test('line points stay where a straight boundary leads out of what is loaded: others may carry it on', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [5, 0], [10, 0], [10, 10], [0, 10]]] }));
  const state = { isCarrying: true, isJoining: true };
  for (const loaded of [boxAround([3, -5], [50, 50]), null]) {
    const followers = followersOf(graph, '10,0', loaded);
    assert.deepEqual([followers.linePoints, followers.lines, followers.isBeyond], [0, [], true]);
    assert.match(followingText({ state }, followers), /line points stay: a boundary leads out of what is loaded/);
  }
  assert.equal(followersOf(graph, '10,0', boxAround([-5, -5], [50, 50])).linePoints, 1);
});

test('where a line meets a parcel several times, one line over all of them divides it into all that lies on either side', () => {
  // A bay from above: to the right of x = 4, going north, lie one piece; to its left at y = 6, going east, two prongs.
  const bay = () => coverage({ bay: [[[0, 0], [10, 0], [10, 10], [7, 10], [7, 4], [3, 4], [3, 10], [0, 10]]] });
  const answer = coverage({
    below: [[[0, 0], [10, 0], [10, 6], [7, 6], [7, 4], [3, 4], [3, 6], [0, 6]]],
    above: { parts: [[[[0, 6], [3, 6], [3, 10], [0, 10]]], [[[7, 6], [10, 6], [10, 10], [7, 10]]]] },
  });
  assert.equal(linesBetween(sourceOf(baseFromCoverage(answer)), ['below', 'above']), null);
  const line = lineAcross(sourceOf(baseFromCoverage(answer)), ['below', 'above']);
  assert.deepEqual(line, [[0, 6], [3, 6], [7, 6], [10, 6]]);
  const graph = Graph.fromCoverage(bay());
  const { pieces, graph: after } = split(graph, splitOperation('bay', line, ['p', null, 'q']));
  assert.equal(pieces?.length, 3);
  assert.deepEqual(pieces?.map((id) => Math.round(after.areaM2(after.parcel(id)))).sort(), [12, 12, 52]);
  assert.equal(lineAcross(sourceOf(baseFromCoverage(answer)), ['below', 'nobody']), null);
});
