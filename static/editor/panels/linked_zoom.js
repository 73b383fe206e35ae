/**
 * Pictures of one box that are moved and zoomed together: by wheel, by dragging, by keys on any of them.
 *
 * @module panels/linked_zoom
 */

/** @import {Box} from '../types.js' */

const STEP = 1.5;
const WHEEL_STEP = 1.2;
/** Share of the picture that an arrow key moves it by. */
const KEY_SHARE = 0.15;

/**
 * @param {HTMLElement[]} pictures
 * @param {Box} start
 * @param {(box: Box) => void} draw
 * @returns {{show: (box: Box) => void, zoom: (nearer: boolean) => void, home: () => void}} `home`: what was shown last by `show`
 */
export function linkZoom(pictures, start, draw) {
  let box = start;
  let home = start;
  /** @param {Box} next */
  const to = (next) => {
    box = next;
    draw(box);
  };
  const zoom = (/** @type {boolean} */ nearer) => to(zoomed(box, nearer ? 1 / STEP : STEP, 0.5, 0.5));
  for (const picture of pictures) {
    picture.addEventListener('wheel', (event) => {
      event.preventDefault();
      const { left, top, width, height } = picture.getBoundingClientRect();
      to(zoomed(box, event.deltaY < 0 ? 1 / WHEEL_STEP : WHEEL_STEP, (event.clientX - left) / width, (event.clientY - top) / height));
    }, { passive: false });
    picture.addEventListener('pointerdown', (event) => picture.setPointerCapture(event.pointerId));
    picture.addEventListener('pointermove', (event) => {
      if (picture.hasPointerCapture(event.pointerId)) to(panned(box, picture, event.movementX, event.movementY));
    });
    picture.addEventListener('keydown', (event) => {
      const { clientWidth: width, clientHeight: height } = picture;
      const move = { ArrowLeft: [width, 0], ArrowRight: [-width, 0], ArrowUp: [0, height], ArrowDown: [0, -height] }[event.key];
      if (move) to(panned(box, picture, Number(move[0]) * KEY_SHARE, Number(move[1]) * KEY_SHARE));
      else if (event.key === '+' || event.key === '=') zoom(true);
      else if (event.key === '-') zoom(false);
      else if (event.key === '0') to(home);
      else return;
      event.preventDefault();
    });
  }
  return {
    show: (next) => {
      home = next;
      to(next);
    },
    zoom,
    home: () => to(home),
  };
}

/**
 * @param {Box} box
 * @param {number} factor below 1 goes nearer
 * @param {number} across share of the width that stays where it is
 * @param {number} down share of the height, from the top
 * @returns {Box}
 */
export function zoomed([west, south, east, north], factor, across, down) {
  const [width, height] = [east - west, north - south];
  const [lon, lat] = [west + width * across, north - height * down];
  return [lon - width * factor * across, lat - height * factor * (1 - down), lon + width * factor * (1 - across), lat + height * factor * down];
}

/**
 * @param {Box} box
 * @param {HTMLElement} picture
 * @param {number} dx pixels by which what is shown moves right
 * @param {number} dy down
 * @returns {Box}
 */
function panned([west, south, east, north], { clientWidth: width, clientHeight: height }, dx, dy) {
  // The box is fitted into the picture: the side that is filled says how much a pixel is.
  const share = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const perPixel = Math.max((east - west) / width, (north - south) / share / height);
  const [lon, lat] = [dx * perPixel, dy * perPixel * share];
  return [west - lon, south + lat, east - lon, north + lat];
}
