/**
 * The map on the page of a finding: its exact place, its parcels, and the county below them.
 *
 * @module list_map/finding_map
 */

/** @import {Basemap, EditorConfig} from '../editor/types.js' */
/** @import {LonLatBox} from './box.js' */

import * as L from 'leaflet';

import { MapView } from '../editor/map_view.js';
import { groundBelow } from './ground_below.js';

/**
 * @typedef {object} FindingMapConfig
 * @property {GeoJSON.GeoJsonObject} place in degrees
 * @property {LonLatBox} bbox of the place
 * @property {GeoJSON.GeoJsonObject[]} parcels outlines
 * @property {string} rule
 * @property {Basemap[]} basemaps
 * @property {EditorConfig['urls']} urls
 */

const PARCEL = { weight: 1.5, color: 'var(--touched-line)', fillColor: 'var(--touched-line)', fillOpacity: 0.12, interactive: false };
const PLACE = { weight: 2, color: 'var(--hue, var(--accent))', fillColor: 'var(--hue, var(--accent))', fillOpacity: 0.45, interactive: false };
const RING = { radius: 22, weight: 2, dashArray: '4 4', fill: false, color: 'var(--hue, var(--accent))', interactive: false };
const CLOSEST_ZOOM = 21;
// Around the place, of its own extent, at least this much in degrees: some metres, so that its surroundings are seen.
const AROUND = 0.6;
const LEAST = 0.00012;

const container = document.getElementById('finding-map');
const told = document.getElementById('finding-map-config')?.textContent;
if (container && told) start(container, JSON.parse(told));

/**
 * @param {HTMLElement} element
 * @param {FindingMapConfig} config
 */
function start(element, config) {
  element.classList.add(`rule-${config.rule.replaceAll('_', '-')}`);
  const [west, south, east, north] = config.bbox;
  const x = Math.max(LEAST, (east - west) * AROUND);
  const y = Math.max(LEAST, (north - south) * AROUND);
  const view = new MapView(element, [west - x, south - y, east + x, north + y]);
  const { map } = view;
  map.fitBounds([[south - y, west - x], [north + y, east + x]], { animate: false, maxZoom: CLOSEST_ZOOM });
  for (const outline of config.parcels) L.geoJSON(outline, { style: PARCEL }).addTo(map);
  L.geoJSON(config.place, { style: PLACE, pointToLayer: (_feature, at) => L.circleMarker(at, { ...PLACE, radius: 4 }) }).addTo(map);
  // A ring as the map page has it: what is a millimetre wide is found all the same.
  L.circleMarker([(south + north) / 2, (west + east) / 2], RING).addTo(map);
  void groundBelow(view, config).start();
}
