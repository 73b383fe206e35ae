/**
 * The ground of a sheet: a plane in storage coordinates around its middle. Where storage is projected it is the grid itself,
 * up is grid north, and what the grid makes of lengths and of north is told. Where degrees are stored it is a plane that
 * touches the ellipsoid in the middle: lengths across the largest sheet (4 km) are off by 0.04 % along its upper and lower edge
 * at 48° of latitude, and everywhere else by less. Pure.
 *
 * @module print/sheet_ground
 */

/** @import {Box, LonLat, StoragePair} from '../types.js' */
/** @import {Sheet} from './paper.js' */

import { boxOf, metresPerDegree, widen } from '../storage/geodesy.js';

/** What a deployment stores. @typedef {{isGeographic: boolean, metresPerUnit: number}} System */

/**
 * @typedef {object} SheetGround
 * @property {LonLat} centre
 * @property {StoragePair} origin the same place, exact
 * @property {{x: number, y: number}} unit metres of a storage unit, east and north
 * @property {number} factor metres on the grid of a metre on the WGS 84 ellipsoid; 1 where degrees are stored
 * @property {number} trueNorth direction of true north on the sheet, radians clockwise from up
 */

/** So far from the middle its north is looked for, degrees: a hundred metres. */
const REACH = 0.001;
/** Sides of a sheet are bent in degrees. */
const BENT = 0.02;

/**
 * @param {LonLat} centre
 * @returns {LonLat[]} whose storage coordinates tell the ground there
 */
export function groundPlaces({ lon, lat }) {
  return [{ lon, lat }, { lon, lat: lat - REACH }, { lon, lat: lat + REACH }];
}

/**
 * @param {LonLat} centre
 * @param {readonly StoragePair[]} pairs of groundPlaces
 * @param {System} system
 * @returns {SheetGround}
 */
export function groundOf(centre, pairs, { isGeographic, metresPerUnit }) {
  const [origin = [NaN, NaN], south = origin, north = origin] = pairs;
  if (isGeographic) {
    const { lon, lat } = metresPerDegree(origin[1]);
    return { centre, origin, unit: { x: lon, y: lat }, factor: 1, trueNorth: 0 };
  }
  const [east, up] = [(north[0] - south[0]) * metresPerUnit, (north[1] - south[1]) * metresPerUnit];
  const metres = 2 * REACH * metresPerDegree(centre.lat).lat;
  return { centre, origin, unit: { x: metresPerUnit, y: metresPerUnit }, factor: Math.hypot(east, up) / metres, trueNorth: Math.atan2(east, up) };
}

/**
 * @param {SheetGround} ground
 * @param {Sheet} sheet
 * @param {number} scale N
 * @returns {(pair: StoragePair) => [number, number]} millimetres from the sheet's upper left corner
 */
export function toSheet({ origin, unit }, { map }, scale) {
  const [mx, my] = [(unit.x * 1000) / scale, (unit.y * 1000) / scale];
  const [cx, cy] = [map.x + map.width / 2, map.y + map.height / 2];
  return ([x, y]) => [cx + (x - origin[0]) * mx, cy - (y - origin[1]) * my];
}

/**
 * @param {SheetGround} ground
 * @param {[number, number]} metres of the grid, right and up from the middle
 * @returns {LonLat} near enough to draw a frame on a screen
 */
export function placeBeside({ centre, factor, trueNorth }, [right, up]) {
  const scale = metresPerDegree(centre.lat);
  const east = (right * Math.cos(trueNorth) - up * Math.sin(trueNorth)) / factor;
  const north = (right * Math.sin(trueNorth) + up * Math.cos(trueNorth)) / factor;
  return { lon: centre.lon + east / scale.lon, lat: centre.lat + north / scale.lat };
}

/**
 * @param {SheetGround} ground
 * @param {Sheet} sheet
 * @param {number} scale N
 * @returns {LonLat[]} of the map's window, from the upper left corner clockwise
 */
export function frameCorners(ground, { map }, scale) {
  const [w, h] = [(map.width * scale) / 2000, (map.height * scale) / 2000];
  return [[-w, h], [w, h], [w, -h], [-w, -h]].map(([right = 0, up = 0]) => placeBeside(ground, [right, up]));
}

/**
 * @param {LonLat[]} corners
 * @returns {Box} that holds all of the sheet
 */
export function boxAround(corners) {
  return widen(/** @type {Box} */ (boxOf(corners)), BENT);
}
