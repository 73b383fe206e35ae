/**
 * Entry of /admin/review/: queue, map and detail put together.
 *
 * @module review/main
 */

/** @import {Box} from '../editor/types.js' */
/** @import {Filters} from './filters.js' */
/** @import {Finding, ReviewConfig} from './types.js' */

import { Api } from '../editor/api.js';
import { readConfig } from '../editor/config.js';
import { fill, h, slot } from '../editor/dom.js';
import { figure } from '../editor/format.js';
import { memoryOf } from '../editor/layers.js';
import { createPlaceMark } from '../editor/panels/place_mark.js';
import { createSearch } from '../editor/panels/search.js';
import { followAddress } from './address.js';
import { createBulkBar } from './bulk.js';
import { createChips } from './chips.js';
import { Deeds } from './deeds.js';
import { Desk } from './desk.js';
import { Detail } from './detail.js';
import { emptyQueue } from './empty.js';
import { createFigures } from './figures.js';
import { questionOf, readAddress, USUAL } from './filters.js';
import { Fixing } from './fixing.js';
import { listenToKeys } from './keys.js';
import { Loading } from './loading.js';
import { createQueue } from './queue.js';
import { ReviewApi } from './review_api.js';
import { findingAt, ReviewMap } from './review_map.js';
import { createStatusLine } from './status_line.js';
import { parcelsTitle, ruleName } from './words.js';

const MOVED_MS = 350;
const CLOSE_ZOOM = 19;

/** @param {ReviewConfig} config */
function start(config) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (slot(document, name));
  const first = readAddress(location.search);
  const desk = new Desk(first.filters);
  const api = new Api(config);
  const review = new ReviewApi(api);
  const loading = new Loading(desk, review);
  const say = (/** @type {string} */ text) => { part('said').textContent = text; };
  const follow = debounced((/** @type {Box} */ box) => {
    if (desk.state.filters.box) change({ box });
  });
  // A move from before the filter was on is none of its.
  const onMoved = (/** @type {Box} */ box) => {
    if (desk.state.filters.box) follow(box);
  };
  const map = new ReviewMap(/** @type {HTMLElement} */ (document.getElementById('review-map')), api, config, {
    onMoved, onCondition: (text) => sayOnMap(text),
  });
  /** @param {string} text */
  const sayOnMap = (text) => {
    const notice = part('map-notice');
    notice.hidden = text === '';
    notice.dataset['kind'] = 'warn';
    fill(notice, h('span', {}, text));
  };
  /** @param {Partial<Filters>} changed */
  const change = (changed) => {
    desk.set({ filters: { ...desk.state.filters, ...changed } });
    void loading.anew({ isQuiet: true }).then(() => say(`${figure(desk.state.findings.length, 0)}${desk.state.cursor ? ' and more' : ''} findings listed.`));
  };
  const inView = (/** @type {boolean} */ isOn) => change({ box: isOn ? map.view.box : null });

  const queue = createQueue(part('queue'), desk, config, {
    more: () => void loading.more(),
    empty: () => emptyQueue(desk.state, { retry: () => void loading.anew(), clear: () => change({ ...USUAL, sort: desk.state.filters.sort }), scan: config.review.can_scan ? () => status.scan() : null }),
  });
  const status = createStatusLine(part('status'), desk, { review, loading, config });
  const fixing = new Fixing(api, review, config, {
    preview: (fix) => map.showFix(fix),
    applied: (finding, edit, closed) => afterFix(finding, edit, closed),
    proposed: (finding, draft) => {
      const isLast = desk.state.findings.at(-1)?.id === finding.id;
      if (!isLast) desk.step(1);
      say(`Proposed as draft ${draft}; the finding stays open until another person approves it.`);
      if (isLast) desk.set({ notice: { kind: 'good', text: `Proposed as draft ${draft}: another person approves it.`, again: null } });
      queue.focus();
    },
    refused: (refusals) => map.showRefusals(refusals),
    notice: (notice) => {
      desk.set({ notice });
      sayOnMap(notice && notice.kind !== 'good' ? notice.text : '');
    },
    stale: () => {
      if (desk.state.selected === null) return;
      void detail.ask(desk.state.selected);
      fixing.show(desk.state.finding);
      map.show(desk.state.finding, { isAnew: true });
    },
  });
  const deeds = new Deeds({ desk, api, review, loading, config, say, focus: queue.focus, refresh: (id) => void detail.ask(id) });
  const detail = new Detail(part('detail'), desk, review, config, fixing, {
    accept: () => void deeds.accept(), assign: () => void deeds.assign(), reopen: () => void deeds.reopen(), dispute: () => void deeds.dispute(), declare: () => void deeds.declare(), editor: editorAt,
  });
  /** @param {Finding} finding @param {number} edit @param {number[]} closed */
  const afterFix = (finding, edit, closed) => {
    map.wrote();
    const gone = new Set([finding.id, ...closed]);
    if (desk.state.filters.status === 'open' || desk.state.filters.status === 'accepted') desk.remove(gone);
    else void loading.anew({ isQuiet: true });
    const { finding: next } = desk.state;
    say(`Fixed by edit ${edit}; ${gone.size === 1 ? 'the finding is' : `${gone.size} findings are`} closed. ${next ? `Next: ${ruleName(next.rule)} of ${parcelsTitle(next)}.` : 'No finding is left here.'}`);
    void loading.summary();
    queue.focus();
  };
  createFigures(part('figures'), part('bars'), desk, (rule) => change({ rule }));
  createChips(part('filters'), desk, config, { change, inView });
  createBulkBar(part('bulk'), desk, deeds, queue.focus);
  offerSearch(api, config, map, inView);

  desk.subscribe((state, before) => {
    if (state.finding !== before.finding) map.show(state.finding);
    if (state.selected !== before.selected) sayOnMap('');
    if (state.filters !== before.filters) tableLink(part('table-link'), state.filters);
    if (state.summary !== before.summary && state.summary) countInHeader(state.summary.yours || state.summary.open);
  });
  map.view.onClick(({ place }) => {
    const found = findingAt(desk.state.findings, place, map.view.metresPerPixel);
    if (found) desk.select(found.id);
  });

  const step = (/** @type {number} */ by, /** @type {boolean} */ isChoosing) => (/** @type {KeyboardEvent} */ event) => {
    // Arrows are the map's while it has the keyboard, and those of ways to fix theirs.
    if (/^(Arrow|Home|End)/.test(event.key) && document.activeElement?.matches('.map, input, .leaflet-control *, .detail')) return false;
    const from = desk.state.selected;
    desk.step(by);
    if (isChoosing && desk.state.selected !== null) desk.extend(from, desk.state.selected);
    if (!document.activeElement?.matches('.map')) queue.focus();
    return true;
  };
  const keys = listenToKeys({
    j: step(1, false), k: step(-1, false), ArrowDown: step(1, false), ArrowUp: step(-1, false),
    Home: step(-Infinity, false), End: step(Infinity, false),
    'Shift+j': step(1, true), 'Shift+k': step(-1, true), 'Shift+ArrowDown': step(1, true), 'Shift+ArrowUp': step(-1, true),
    Enter: (event) => {
      if (/** @type {HTMLElement} */ (event.target).closest('button, a, select, input, summary')) return false;
      say(map.toggleClose() ? 'The place close by.' : 'The place and what is around it.');
      return true;
    },
    f: () => {
      if (!fixing.focus()) say('There is no way to fix it here.');
    },
    a: () => void deeds.accept(), s: () => void deeds.assignToMe(), x: () => { if (desk.state.selected !== null) desk.toggle(desk.state.selected); },
    e: () => { if (desk.state.finding?.parcels.length) location.assign(editorAt(desk.state.finding)); },
    Escape: () => {
      const isInList = part('queue').contains(document.activeElement);
      if (isInList) desk.check([]);
      queue.focus();
    },
    '?': () => keys.explain(),
  }, memoryOf(() => window.localStorage), () => { if (document.activeElement === document.body) queue.focus(); });
  part('shortcuts').addEventListener('click', () => keys.explain());

  followAddress(desk, loading);
  if (first.filters.box) map.goToBox(first.filters.box);
  if (first.finding !== null) desk.select(first.finding);
  void loading.anew({ keep: first.finding }).then(() => {
    map.start();
    if (document.activeElement === document.body) queue.focus();
  });
}

/** @param {Finding} finding @returns {string} */
function editorAt(finding) {
  return `/?finding=${finding.id}`;
}

/**
 * The search of the header goes to a parcel or place, and the queue then shows what is found there.
 * @param {Api} api
 * @param {ReviewConfig} config
 * @param {ReviewMap} map
 * @param {(isOn: boolean) => void} inView
 */
function offerSearch(api, config, map, inView) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById('search'));
  const mark = createPlaceMark(map.view);
  createSearch(input, /** @type {HTMLElement} */ (document.getElementById('search-results')), api, { srid: config.srid, isGeographic: config.is_geographic, home: config.home_bbox }, {
    toParcel: (parcel) => {
      mark.clear();
      void api.parcel(parcel.parcel_id).then(({ box }) => {
        if (box) map.goToBox(box);
        inView(true);
      });
    },
    toPlace: (place, label) => {
      mark.show(place, label);
      map.view.goTo(place, CLOSE_ZOOM);
      inView(true);
    },
  });
}

/** @param {HTMLElement} link @param {Filters} filters */
function tableLink(link, filters) {
  const query = questionOf({ ...filters, assignee: '', batch: '', disputed: false, box: null });
  if (!query.has('status')) query.set('status', 'any');
  /** @type {HTMLAnchorElement} */ (link).search = `?${query}`;
}

/** @param {number} count */
function countInHeader(count) {
  const entry = document.querySelector('.app-nav [aria-current="page"]');
  if (!entry) return;
  entry.querySelector('.count')?.remove();
  if (count > 0) entry.append(h('span', { class: 'count' }, figure(count, 0)));
}

/**
 * @param {(box: Box) => void} act
 * @returns {(box: Box) => void} once it has been quiet
 */
function debounced(act) {
  let timer = 0;
  return (box) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => act(box), MOVED_MS);
  };
}

start(/** @type {ReviewConfig} */ (readConfig()));
