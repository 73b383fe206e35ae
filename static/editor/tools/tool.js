/**
 * What a tool is. Tools hold no state of their own: a drag in progress belongs to the map.
 *
 * @module tools/tool
 */

/** @import {Handle} from './handles.js' */
/** @import {MapView, Pointed} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Snapper} from '../snapping/snapper.js' */
/** @import {LonLat, Operation} from '../types.js' */
/** @import {Proposal} from './plan.js' */
/** @import {Target} from '../numbers/typing.js' */
/** @import {PointDrag} from './point_drag.js' */

/**
 * @typedef {object} Bench what a tool works with
 * @property {Session} session
 * @property {MapView} view
 * @property {Snapper} snapper
 * @property {(place: LonLat) => string | null} pick the parcel at a place
 */

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} key
 * @property {string} label
 * @property {string} icon name in the sprite
 * @property {boolean} edits viewers do not have it
 * @property {boolean} hasPoints whether the selected parcel shows its points
 * @property {boolean} hasMiddles whether it shows the places between them
 * @property {(bench: Bench) => string} hint what can be done now
 * @property {(bench: Bench, pointed: Pointed) => void} click on the map, beside any handle
 * @property {(bench: Bench, handle: Handle, isAdding: boolean) => void} activate click, Enter or Space on a handle; `isAdding` with Shift
 * @property {(bench: Bench, handle: Handle) => PointDrag | null} drag null where this tool does not drag it
 * @property {(bench: Bench) => Proposal} [propose] of a tool that plans before it acts: what its plan comes to
 * @property {(bench: Bench, pointed: Pointed) => void} [follow] the pointer, without a button
 * @property {(session: Session) => boolean} [turn] take what can go two ways round the other way; false where nothing can
 * @property {boolean} [traces] whether its line can follow boundaries
 * @property {(bench: Bench) => Target | null} [typing] what a typed number is about; null where nothing is in hand
 * @property {(session: Session) => boolean} [stepBack] take back the last thing that was told to the plan; false where
 *   there is none
 * @property {(session: Session, operation: Operation) => void} [done] after its plan was carried out
 * @property {(session: Session) => string | null} [whyNot] why it cannot be used now, said at its button
 */

/**
 * @typedef {object} Command what is done at once to what is selected
 * @property {string} name
 * @property {string} key
 * @property {string} label
 * @property {string} icon
 * @property {(session: Session) => string | null} whyNot why it cannot be done now
 * @property {(session: Session) => void} run
 */

export {};
