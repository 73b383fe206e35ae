/**
 * Where a text in the card of drawing leads: asks the server where coordinates of a named CRS lie, and takes the map to
 * what is typed elsewhere.
 *
 * @module named_drawing
 */

/** @import {Api} from '../api.js' */
/** @import {Memory} from '../layers.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {NamedAnswer, NamedPairs} from './named_system.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { drawPlan, tellText } from '../tools/draw.js';
import { boxHolds, boxOf, widen } from '../storage/geodesy.js';
import { parseNamedLines, questionOf } from './named_system.js';
import { positionsOfNamed, rememberSystem, withoutParameter } from './position_api.js';

const DEBOUNCE_MS = 300;

/**
 * @param {Session} session
 * @param {Pick<Api, 'read' | 'urls'>} api
 * @param {Pick<MapView, 'box' | 'fit'>} view goes there where it is elsewhere: what lies around must be loaded
 * @param {Memory | null} memory
 */
export function answerNamedText(session, api, view, memory) {
  let asked = '';
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;
  session.subscribe(() => {
    const named = namedIn(session);
    const question = named ? questionOf(named) : '';
    if (question === asked) return;
    asked = question;
    running?.abort();
    clearTimeout(timer);
    if (!named || drawPlan(session).typed?.named?.asked === question) return;
    timer = window.setTimeout(() => {
      running = new AbortController();
      void ask(named, running.signal);
    }, DEBOUNCE_MS);
  });

  /**
   * @param {NamedPairs} named
   * @param {AbortSignal} signal
   */
  async function ask(named, signal) {
    const question = questionOf(named);
    try {
      const positions = await positionsOfNamed(api, named, signal);
      rememberSystem(memory, named.system);
      const box = boxOf(positions);
      if (box && !positions.every((position) => boxHolds(view.box, position))) view.fit(widen(box, 0.1, 10), { maxZoom: 19.5 });
      tell({ asked: question, positions, why: null });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      tell({ asked: question, positions: [], why: withoutParameter(error.message) });
    }
  }
  /** @param {NamedAnswer} answer */
  function tell(answer) {
    const now = namedIn(session);
    if (now && questionOf(now) === answer.asked) tellText(session, { named: answer });
  }
}

/**
 * Courses and coordinates that lie beyond the view are shown once there are two places of them: a first number alone, as it
 * is typed, leads anywhere.
 * @param {Session} session
 * @param {Pick<MapView, 'box' | 'fit'>} view
 */
export function followTypedText(session, view) {
  let text = '';
  let timer = 0;
  session.subscribe(() => {
    const typed = session.state.tool === 'draw' ? drawPlan(session).typed : null;
    if ((typed?.text ?? '') === text) return;
    text = typed?.text ?? '';
    clearTimeout(timer);
    if (text) timer = window.setTimeout(show, DEBOUNCE_MS);
  });
  const show = () => {
    const { line, typed } = drawPlan(session);
    const box = line.length > 1 && typed && !typed.named ? boxOf(line) : null;
    if (box && !line.some((place) => boxHolds(view.box, place))) view.fit(widen(box, 0.1, 10), { maxZoom: 19.5 });
  };
}

/**
 * @param {Session} session
 * @returns {NamedPairs | null} what is to be asked
 */
function namedIn(session) {
  if (session.state.tool !== 'draw') return null;
  const { typed } = drawPlan(session);
  const named = typed && parseNamedLines(typed.text, typed.system);
  return named && !('why' in named) && named.pairs.length > 0 ? named : null;
}
