/** Run in the peer's page by edit_mode.py: the parcels on a map, and `edit()`, which makes some of them editable. */
({ rings, centre, zoom, editable }) => {
  const { L } = window;
  const map = L.map('map', { zoomAnimation: false, inertia: false }).setView(centre, zoom);
  const layers = rings.map((ring) => L.polygon(ring, { weight: 1 }).addTo(map));
  // Those in the middle, which are in view as ours is.
  const first = Math.floor((layers.length - editable) / 2);
  window.edit = () => layers.slice(first, first + editable).forEach((layer) => layer.pm.enable({ snappable: true }));
};
