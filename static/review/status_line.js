/**
 * The line at the bottom: the last scan, and a button for the next.
 *
 * @module review/status_line
 */

/** @import {Desk} from './desk.js' */
/** @import {Loading} from './loading.js' */
/** @import {ReviewApi} from './review_api.js' */
/** @import {LastScan, ReviewConfig} from './types.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';
import { fill, h } from '../editor/dom.js';
import { ago, figure } from '../editor/format.js';

const SOON_MS = 1000;
const RARELY_MS = 10_000;
const GOING_ON = ['waiting', 'running'];

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {{review: ReviewApi, loading: Loading, config: ReviewConfig}} bench
 * @returns {{scan: () => void}}
 */
export function createStatusLine(place, desk, { review, loading, config }) {
  const last = h('span', {});
  const running = h('span', { role: 'status' });
  const button = h('button', { type: 'button', class: 'status-button', click: () => void scan() }, 'Scan now');
  const keys = h('span', { class: 'status-keys' }, 'J K next, previous · F fix · A accept · S to me · ? all keys');
  place.append(last, config.review.can_scan ? button : '', running, h('span', { class: 'grow' }), keys, (config.needs_approval ?? []).includes('correction') ? h('span', {}, 'Fixes wait for a second person: on') : '');
  const render = () => {
    const { summary } = desk.state;
    last.textContent = summary ? scanText(summary.last_scan) : '';
  };
  desk.subscribe((state, before) => {
    if (state.summary !== before.summary) render();
  });
  let isBusy = false;
  const scan = async () => {
    if (isBusy) return;
    isBusy = true;
    button.setAttribute('aria-disabled', 'true');
    fill(running, 'A scan is asked for…');
    try {
      const { job, url } = await review.scan();
      const show = (/** @type {string} */ state) => fill(running, `Scan ${state}, `, h('a', { href: url }, `job ${job}`));
      const end = await follow(review, job, show);
      await loading.anew({ isQuiet: true });
      if (end === 'done') fill(running, 'Scanned');
      else show(end);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      fill(running, `The scan could not be asked for: ${error.message}`);
    } finally {
      isBusy = false;
      button.removeAttribute('aria-disabled');
    }
  };
  return { scan: () => void scan() };
}

/**
 * @param {ReviewApi} review
 * @param {number} job
 * @param {(state: string) => void} show
 * @returns {Promise<string>} how it has ended
 */
async function follow(review, job, show) {
  for (let pause = SOON_MS; ; pause = Math.min(1.5 * pause, RARELY_MS)) {
    const { state } = await review.job(job);
    if (!GOING_ON.includes(state)) return state;
    show(state);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * @param {LastScan | null} scan
 * @returns {string} "Last scan 20 minutes ago: 4 241 parcels, 9 s"
 */
export function scanText(scan) {
  if (!scan) return 'Never scanned';
  const { seconds } = scan;
  return `Last scan ${ago(scan.ended_at)}: ${figure(scan.parcels, 0)} parcels, ${figure(seconds, seconds < 10 ? 1 : 0)} s`;
}
