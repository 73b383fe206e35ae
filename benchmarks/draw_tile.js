/**
 * Run in the map page by draw_tile.py: a tile of many parcels decoded and drawn, and places picked in it, by the map's own
 * modules and by the shortest program that does the same with the same libraries.
 */
async ({ side, vertices, blocks, rounds, picks }) => {
  const { VectorTile } = await import('@mapbox/vector-tile');
  const { PbfReader, PbfWriter } = await import('pbf');
  const { decodeTile } = await import('/static/editor/tiles/tile_decoding.js');
  const { paintTile } = await import('/static/editor/paint/paint_tile.js');
  const { parcelInTile } = await import('/static/editor/tiles/tile_picking.js');
  const { readTheme } = await import('/static/editor/paint/theme.js');

  const EXTENT = 4096;
  const SIZE = 512;
  const zigzag = (n) => (n << 1) ^ (n >> 31);
  const bytes = fabric();
  const theme = readTheme(document.body);
  const layers = { shown: new Set(['parcels', 'labels', 'findings']), isOverBasemap: false };
  const places = Array.from({ length: picks }, (_, i) => [((i * 37) % 997) / 997 * EXTENT, ((i * 61) % 991) / 991 * EXTENT]);

  /** Lots that share their wavy sides, as many as side x side, each of so many vertices. */
  function fabric() {
    const step = EXTENT / side;
    const perSide = vertices / 4;
    const wave = (i, j) => Math.sin(i * 12.9898 + j * 78.233) * step * 0.12;
    const along = (i, j, di, dj) => {
      const n = Math.max(1, Math.round(perSide + wave(i, j) / step));
      return Array.from({ length: n }, (_, k) => {
        const [u, v] = [i + (di * k) / n, j + (dj * k) / n];
        return [Math.round(u * step + wave(u, v)), Math.round(v * step + wave(v, u))];
      });
    };
    const rings = [];
    for (let j = 0; j < side; j += 1) {
      for (let i = 0; i < side; i += 1) rings.push([...along(i, j, 1, 0), ...along(i + 1, j, 0, 1), ...along(i + 1, j + 1, -1, 0), ...along(i, j + 1, 0, -1)]);
    }
    const keys = ['parcel_id', 'number', 'level', 'kind', 'version'];
    const kinds = ['lot', 'lot', 'lot', 'lot', 'lot', 'lot', 'road', 'common'];
    const tile = new PbfWriter();
    tile.writeMessage(3, (_, layer) => {
      layer.writeVarintField(15, 2);
      layer.writeStringField(1, 'parcels');
      rings.forEach((ring, index) => layer.writeMessage(2, writeFeature, { ring, index }));
      for (const key of keys) layer.writeStringField(3, key);
      for (const value of ['parcels', ...kinds]) layer.writeMessage(4, (v, pbf) => pbf.writeStringField(1, v), value);
      layer.writeMessage(4, (v, pbf) => pbf.writeVarintField(4, v), 1);
      rings.forEach((_, index) => layer.writeMessage(4, (v, pbf) => pbf.writeStringField(1, v), `p${index}`));
      layer.writeVarintField(5, EXTENT);
    }, null);
    function writeFeature({ ring, index }, pbf) {
      const own = 2 + kinds.length + index;
      pbf.writePackedVarint(2, [0, own, 1, own, 2, 0, 3, 1 + (index % kinds.length), 4, 1 + kinds.length]);
      pbf.writeVarintField(3, 3);
      const out = [];
      let [px, py] = [0, 0];
      ring.forEach(([x, y], k) => {
        if (k === 0) out.push(9);
        if (k === 1) out.push(((ring.length - 1) << 3) | 2);
        out.push(zigzag(x - px), zigzag(y - py));
        [px, py] = [x, y];
      });
      out.push(15);
      pbf.writePackedVarint(4, out);
    }
    return tile.finish();
  }

  /** Drawing is done when a pixel can be read. */
  function timed(work) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIZE;
    const context = canvas.getContext('2d');
    context.getImageData(0, 0, 1, 1);
    const start = performance.now();
    const made = work(context);
    context.getImageData(0, 0, 1, 1);
    return { ms: performance.now() - start, made, context };
  }

  function reference(context) {
    const layer = new VectorTile(new PbfReader(bytes)).layers['parcels'];
    const paths = [];
    context.scale(SIZE / EXTENT, SIZE / EXTENT);
    context.lineWidth = EXTENT / SIZE;
    context.strokeStyle = theme.parcelLine;
    for (let i = 0; i < layer.length; i += 1) {
      const feature = layer.feature(i);
      const path = new Path2D();
      for (const ring of feature.loadGeometry()) {
        ring.forEach(({ x, y }, k) => (k === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
        path.closePath();
      }
      context.fillStyle = feature.properties.kind === 'road' ? theme.roadFill : theme.parcelFill;
      context.fill(path, 'evenodd');
      context.stroke(path);
      paths.push(path);
    }
    return paths;
  }

  function ours(context) {
    const tile = decodeTile(bytes);
    paintTile({ context, size: SIZE, ratio: 1, shift: 0, column: 0, row: 0 }, tile, { hidden: new Set(), layers, theme, cellKm: 1 });
    return tile;
  }

  /** A repaint without an edited parcel: what hides it. */
  function again(context, tile) {
    paintTile({ context, size: SIZE, ratio: 1, shift: 0, column: 0, row: 0 }, tile, { hidden: new Set(['p7']), layers, theme, cellKm: 1 });
  }

  function pickTimes(pick) {
    return places.map(([x, y]) => {
      const start = performance.now();
      pick(x, y);
      return performance.now() - start;
    });
  }

  const result = { bytes: bytes.length, reference: [], ours: [], again: [], picks: { reference: [], ours: [] } };
  /** Several in a row, the first left out: what another program left behind is tidied up in it. */
  function several(work) {
    const times = Array.from({ length: rounds + 1 }, () => timed(work));
    return times.slice(1).map(({ ms }) => ms);
  }
  for (let block = 0; block < blocks; block += 1) {
    result.reference.push(...several(reference));
    result.ours.push(...several(ours));
    const { made: tile } = timed(ours);
    result.again.push(...several((context) => again(context, tile)));
    const { made: paths, context } = timed(reference);
    const scale = SIZE / EXTENT;
    result.picks.reference.push(...pickTimes((x, y) => paths.findLast((path) => context.isPointInPath(path, x * scale, y * scale, 'evenodd'))));
    result.picks.ours.push(...pickTimes((x, y) => parcelInTile(tile, x, y)));
  }
  return result;
}
