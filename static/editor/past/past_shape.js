/**
 * The shape that a parcel had, shown on the map until it is taken away.
 *
 * @module past_shape
 */

/** @import {Api} from '../api.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, Coverage} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { Graph } from '../graph.js';
import { paintPast } from '../paint/paint_past.js';
import { readTheme } from '../paint/theme.js';

/** Shapes kept: a slider goes to and fro. */
const MOST_KEPT = 100;

export class PastShape {
  /**
   * @param {MapView} view
   * @param {Session} session
   * @param {Pick<Api, 'coverageAtVersion'>} api
   */
  constructor(view, session, api) {
    this.view = view;
    this.session = session;
    this.api = api;
    /** @type {Map<string, Promise<Coverage>>} */
    this.known = new Map();
    /** @type {{id: string, graph: Graph} | null} */
    this.shown = null;
    this.asked = '';
    this.surface = view.addSurface('past', (frame) => {
      const { shown } = this;
      const parcel = shown?.graph.parcel(shown.id);
      if (!shown || !parcel) return;
      const now = session.graph.parcel(shown.id);
      paintPast(frame, { graph: shown.graph, parcel }, now ? { graph: session.graph, parcel: now } : null, readTheme(view.container));
    });
    session.subscribe((state, before) => {
      if (this.shown && state.draft !== before.draft) this.surface.repaint();
    });
  }

  /**
   * @param {string} id
   * @param {number} version
   * @returns {Promise<Coverage>} exact; versions never change
   */
  coverage(id, version) {
    const name = `${id}:${version}`;
    const known = this.known.get(name) ?? this.api.coverageAtVersion(id, version);
    this.known.set(name, known);
    known.catch(() => this.known.delete(name));
    for (const [oldest] of this.known) if (this.known.size > MOST_KEPT) this.known.delete(oldest);
    return known;
  }

  /**
   * @param {string} id
   * @param {number} version
   * @returns {Promise<Box | null>} where it lies; null where another was asked for meanwhile, or it could not be had
   */
  async show(id, version) {
    const name = `${id}:${version}`;
    this.asked = name;
    try {
      const graph = Graph.fromCoverage(await this.coverage(id, version));
      const parcel = graph.parcel(id);
      if (this.asked !== name || !parcel) return null;
      this.shown = { id, graph };
      this.surface.repaint();
      return graph.envelope(parcel);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (this.asked === name) this.session.say('warn', `The shape of version ${version} could not be loaded: ${error.message}`);
      return null;
    }
  }

  clear() {
    this.asked = '';
    if (!this.shown) return;
    this.shown = null;
    this.surface.repaint();
  }
}
