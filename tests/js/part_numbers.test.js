/** Numbers of the parts that a parcel is divided into: proposed, counted on, taken; asked once, and stored by the split itself. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';
import { askNumbers } from '../../static/editor/tools/ask_numbers.js';
import { familyOf, following, questionOf } from '../../static/editor/tools/number_family.js';
import { partNumbers, TOO_MANY } from '../../static/editor/tools/part_numbers.js';
import { splitPlan, splitTool } from '../../static/editor/tools/split.js';
import { coverage } from './fabric.js';

const RINGS = { a: [[[0, 0], [30, 0], [30, 10], [0, 10]]], b: [[[30, 0], [40, 0], [40, 10], [30, 10]]] };
const holder = (number, also = {}) => ({ parcel_id: `far ${number}`, number, level: 'cadastre', isRetired: false, ...also });

function opened(numbers = { a: '12', b: '40' }) {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  const given = coverage(RINGS);
  for (const parcel of given.parcels) parcel.number = numbers[parcel.parcel_id] ?? null;
  session.load(given, null);
  session.select('a');
  session.set({ tool: 'split' });
  return session;
}

const told = (session, change) => session.set({ plan: { ...splitPlan(session), ...change } });
const values = (session, plan, ids = ['a', 'p', 'q']) => partNumbers(session.graph, { parcel: 'a', numbers: [], taken: {}, ...plan }, ids).map(({ value }) => value);
const inParts = (session, parts, change = {}) => {
  told(session, { way: 'parts', parts, directionDeg: 0, taken: { '12/': [] }, ...change });
  return splitTool.propose({ session });
};

test('a number counts on in its own way', () => {
  assert.deepEqual(['12', '12/9', '12A', '12-09', '12a', '9', 'Mill', '12Z', ''].map(following), ['13', '12/10', '12B', '12-10', '12b', '10', '', '', '']);
  assert.deepEqual(['12', '12/4', 'A-7/2', '12-1', '12.1', '12A', '12-A', '12--1', 'Mill', 'A'].map((number) => familyOf(number).beginning),
    ['12/', '12/', 'A-7/', '12-', '12.', '12', '12-', '12--1/', 'Mill/', 'A/']);
  assert.deepEqual(['12', '12/4', '12-1', '12A', '12/', 'A 7'].map(questionOf), ['12', '12/', '12-', '12a', '12/', 'a ']);
});

test('parts get the next numbers of the family, above what any parcel of the level has or had', () => {
  const session = opened();
  assert.deepEqual(values(session, { taken: { '12/': [] } }), ['12', '12/1', '12/2']);
  const taken = { '12/': [holder('12/1'), holder('12/6', { isRetired: true }), holder('12/9', { level: 'units' }), holder('12/x')] };
  assert.deepEqual(values(session, { taken }), ['12', '12/7', '12/8']);
  assert.deepEqual(values(opened({ a: '12/3', b: '12/5' }), { taken: { '12/': [] } }), ['12/3', '12/6', '12/7']);
});

test('parts of a number that has a share already go on in its way', () => {
  const inWay = (own, taken, also = []) => values(opened({ a: own, b: also[0] ?? '40' }), { taken });
  assert.deepEqual(inWay('12-1', { '12-': [holder('12-4'), holder('12-x'), holder('120-9')] }), ['12-1', '12-5', '12-6']);
  assert.deepEqual(inWay('12.1', { '12.': [] }, ['12.2']), ['12.1', '12.3', '12.4']);
  assert.deepEqual(inWay('14-2-0009', { '14-2-': [] }), ['14-2-0009', '14-2-0010', '14-2-0011']);
  assert.deepEqual(inWay('12-B', { '12-': [holder('12-C'), holder('12-7')] }), ['12-B', '12-D', '12-E']);
  assert.deepEqual(inWay('12a', { '12b': [], '12c': [] }), ['12a', '12b', '12c']);
  assert.deepEqual(inWay('12A', { '12b': [holder('12B', { isRetired: true })], '12c': [] }, ['12D']), ['12A', '', ''], 'neither 12E nor 12F was asked for');
  assert.deepEqual(inWay('12Y', { '12z': [] }), ['12Y', '12Z', ''], 'behind Z nobody knows how it goes on');
});

test('where a thousand begin so it is a block, and the number itself is divided', () => {
  const session = opened({ a: '4-1200', b: '40' });
  assert.deepEqual(values(session, { taken: { '4-': TOO_MANY } }), ['4-1200', '', '']);
  assert.deepEqual(values(session, { taken: { '4-': TOO_MANY, '4-1200/': [holder('4-1200/2')] } }), ['4-1200', '4-1200/3', '4-1200/4']);
});

test('nothing is proposed before the server has answered, nor to the parts of a parcel without a number', () => {
  assert.deepEqual(values(opened(), {}), ['12', '', '']);
  assert.deepEqual(values(opened(), { taken: { '12/': null } }), ['12', '12/1', '12/2']);
  assert.deepEqual(values(opened({}), {}), ['', '', '']);
});

test('behind a number that was typed the next parts count on, and what is cleared stays empty', () => {
  const session = opened();
  const taken = { '12/': [] };
  assert.deepEqual(values(session, { taken, numbers: [null, '12A'] }), ['12', '12A', '12B']);
  assert.deepEqual(values(session, { taken, numbers: [null, '39'] }), ['12', '39', '41']);
  assert.deepEqual(values(session, { taken, numbers: [null, ''] }), ['12', '', '12/1']);
  assert.deepEqual(values(session, { taken, numbers: ['13', null] }), ['13', '12/1', '12/2']);
});

test('a number that another parcel or part has is said, of what is loaded as the steps left it', () => {
  const session = opened();
  const problems = (numbers, taken = {}) => partNumbers(session.graph, { parcel: 'a', numbers, taken: { '12/': [], ...taken } }, ['a', 'p', 'q']).map(({ problem }) => problem);
  assert.deepEqual(problems([null, '40', '77'], { 77: [holder('77')] }), [null, 'Taken: parcel b has this number.', 'Taken: parcel far 77 has this number.']);
  assert.deepEqual(problems([null, '12', null]), ['Part 2 has this number, too.', 'Part 1 has this number, too.', null]);
  assert.deepEqual(problems([null, 'x', '78'], { x: [holder('X', { level: 'units' })], 78: [holder('78', { isRetired: true })] }), [null, null, null]);
  session.performAll([{ op: 'update', parcel_id: 'b', properties: { number: '41' } }]);
  assert.deepEqual(problems([null, '40', '41'], { 40: [holder('40', { parcel_id: 'b' })] }), [null, null, 'Taken: parcel b has this number.']);
});

test('numbers are part of the split: stored by one step, undone and done again with it', () => {
  const session = opened();
  const { operation, more, pieces, numbers } = inParts(session, 3, { numbers: [null, null, '12/40'] });
  assert.deepEqual(numbers.map(({ value, isProposed }) => [value, isProposed]), [['12', false], ['12/1', true], ['12/40', false]]);
  assert.deepEqual(operation.attributes, { pieces: [null, { number: '12/1' }] });
  assert.deepEqual(more[0].attributes, { pieces: [null, { number: '12/40' }] });
  assert.ok(session.performAll([operation, ...more]));
  const stored = () => pieces.map((id) => session.graph.parcel(id)?.properties.number);
  assert.deepEqual(stored(), ['12', '12/1', '12/40']);
  session.undo();
  assert.deepEqual(stored(), ['12', undefined, undefined]);
  session.redo();
  assert.deepEqual(stored(), ['12', '12/1', '12/40']);
});

test('the part that continues may get another number, wherever it lies', () => {
  for (const continuing of [0, 1, 2]) {
    const session = opened();
    const numbers = [null, null, null].map((_, index) => (index === continuing ? '13' : null));
    const { graph, pieces } = inParts(session, 3, { continuing, numbers });
    const others = ['12/1', '12/2'];
    assert.deepEqual(pieces.map((id) => graph.parcel(id).properties.number), [0, 1, 2].map((index) => (index === continuing ? '13' : others.shift())));
    assert.equal(pieces[continuing], 'a');
  }
});

test('a split that gives no number says nothing of numbers', () => {
  const { operation, graph, pieces } = inParts(opened({}), 2);
  assert.equal(operation.attributes, undefined);
  assert.deepEqual(pieces.map((id) => graph.parcel(id).properties.number), [null, null]);
});

function asking(t, answer, numbers = undefined) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.window = globalThis;
  t.after(() => delete globalThis.window);
  const asked = [];
  const session = opened(numbers);
  askNumbers(session, { urls: { parcels: '/api/parcels' }, read: async (url) => {
    const query = new URL(url, 'http://x').searchParams;
    asked.push(query.get('q') + (query.has('cursor') ? ' on' : ''));
    return answer(query);
  } }, () => splitTool.propose({ session }));
  return { session, asked };
}
const settled = () => new Promise((done) => setImmediate(done));
const feature = (number) => ({ id: `far ${number}`, properties: { parcel_id: `far ${number}`, number, level: 'cadastre' } });

test('the family is asked once, to its end, and what is typed when the typing pauses', async (t) => {
  const answers = { '12/': [['12/1'], 'more'], '12/ on': [['12/30', '712/2'], 'more'], 7: [['7']], 77: [['77', '770']] };
  const { session, asked } = asking(t, (query) => {
    const [numbers, next = null] = answers[query.get('q') + (query.has('cursor') ? ' on' : '')] ?? [[]];
    return { features: numbers.map(feature), next_cursor: next };
  });
  told(session, { way: 'parts', parts: 2, directionDeg: 0 });
  await settled();
  assert.deepEqual(asked, ['12/', '12/ on']);
  assert.equal(splitTool.propose({ session }).numbers[1].value, '12/31');
  for (const text of ['7', '77']) told(session, { numbers: [null, text] });
  t.mock.timers.tick(299);
  assert.equal(asked.length, 2);
  t.mock.timers.tick(1);
  await settled();
  assert.deepEqual(asked.slice(2), ['77']);
  assert.match(splitTool.propose({ session }).numbers[1].problem, /far 77/);
  told(session, { numbers: [null, '12/31'] });
  t.mock.timers.tick(300);
  assert.equal(asked.length, 3);
});

test('letters are asked for one by one, as many as there are parts, and farther where they are taken', async (t) => {
  const { session, asked } = asking(t, (query) => ({ features: query.get('q') === '12c' ? [feature('12C'), feature('12C1')] : [], next_cursor: null }), { a: '12A' });
  told(session, { way: 'parts', parts: 3, directionDeg: 0 });
  for (let turn = 0; turn < 4; turn += 1) await settled();
  assert.deepEqual(asked, ['12b', '12c', '12d', '12e']);
  assert.deepEqual(splitTool.propose({ session }).numbers.map(({ value }) => value), ['12A', '12D', '12E']);
});

test('of a block no more is read than tells that it is one', async (t) => {
  const { session, asked } = asking(t, (query) => (query.get('q') === '4-' ? { features: [feature('4-1')], next_cursor: 'more' } : { features: [], next_cursor: null }), { a: '4-1200' });
  told(session, { way: 'parts', parts: 2, directionDeg: 0 });
  for (let turn = 0; turn < 8; turn += 1) await settled();
  assert.deepEqual(asked, ['4-', '4- on', '4- on', '4- on', '4- on', '4-1200/']);
  assert.equal(splitTool.propose({ session }).numbers[1].value, '4-1200/1');
});

test('without an answer what is loaded must do', async (t) => {
  for (const failure of [new NoAnswer('gone'), new ApiProblem(503, {})]) {
    const { session, asked } = asking(t, () => { throw failure; });
    told(session, { way: 'parts', parts: 2, directionDeg: 0 });
    await settled();
    assert.deepEqual(asked, ['12/']);
    assert.equal(splitTool.propose({ session }).numbers[1].value, '12/1');
    t.mock.timers.reset();
  }
});
