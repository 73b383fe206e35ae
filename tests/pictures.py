"""Pictures of pages for docs/, taken by the browser tests when SPATIAL_ADMIN_SCREENSHOTS is 1 (docs/look.md)."""

from __future__ import annotations

import base64
import os
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
MOST_BYTES = 200 * 1024
# The picture as indices into its 256 commonest colours. Flat colours stay as they are; of the thousands of shades that edges
# of letters have, each becomes the nearest of those. A third of the bytes, and no difference to the eye.
INDEX = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([pixel]) => pixel);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const known = new Map(palette.map((pixel, index) => [pixel, index]));
  const nearest = (pixel) => {
    const [r, g, b] = parts(pixel);
    let best = 0, least = Infinity;
    palette.forEach((other, index) => {
      const [x, y, z] = parts(other);
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [index, far];
    });
    known.set(pixel, best);
    return best;
  };
  let indices = '';
  for (const pixel of pixels) indices += String.fromCharCode(known.get(pixel) ?? nearest(pixel));
  return { width, height, palette: palette.flatMap(parts), indices: btoa(indices) };
}"""


def keep_picture(page: Page, name: str) -> None:
    """Write docs/screenshots/NAME.png, when asked to; otherwise nothing."""
    if os.environ.get("SPATIAL_ADMIN_SCREENSHOTS") != "1":
        return
    page.mouse.move(0, 0)  # no hover in the picture
    page.wait_for_load_state("networkidle")
    picture = page.screenshot(animations="disabled", caret="hide")
    found = page.evaluate(INDEX, base64.b64encode(picture).decode())
    png = palette_png(found["width"], found["height"], bytes(found["palette"]), base64.b64decode(found["indices"]))
    assert len(png) <= MOST_BYTES, f"{name}.png has {len(png)} bytes, more than a picture of the documentation may have"
    (SCREENSHOTS / f"{name}.png").write_bytes(png)


def palette_png(width: int, height: int, palette: bytes, indices: bytes) -> bytes:
    """A PNG of one byte a pixel (PNG specification, colour type 3); `palette` is red, green, blue of each index."""
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    lines = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
