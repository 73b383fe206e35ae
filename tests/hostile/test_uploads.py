"""Canaries: whatever an upload says, nothing but the upload is read, nothing is written, and no request leaves."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import struct
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyogrio
import pytest
import shapely

from spatial_admin.errors import LimitExceeded
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.shared.read_source import ReaderBounds, open_source
from spatial_admin.settings import Limits

SECRET = "canary-7f3a"


class Listener:
    """A server on the loopback that answers nothing and remembers who came."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/canary.geojson"

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                self._socket.accept()[0].close()
            except TimeoutError:
                continue
            self.visits += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A server file that GDAL could read well: a GeoJSON polygon whose property must never turn up."""
    path = tmp_path / "server" / "secret.geojson"
    path.parent.mkdir()
    geometry = json.loads(shapely.to_geojson(shapely.box(0, 0, 1, 1)))
    feature = {"type": "Feature", "properties": {"secret": SECRET}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def everything_read(path: Path) -> str:
    """All that comes out of an upload, as text; a refusal's words."""
    try:
        with open_source(path) as source:
            rows = [row for batch in source.batches for row in batch.rows]
    except SourceRefused as error:
        return str(error)
    return " ".join(str((row.properties, row.wkb, row.raw, row.refusal)) for row in rows)


VRT = """<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{target}</SrcDataSource></OGRVRTLayer>
</OGRVRTDataSource>"""
GML = """<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://x {url}"><a>{url}</a>
</wfs:FeatureCollection>"""
WFS = "<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>"


@pytest.mark.parametrize("name", ["upload.geojson", "upload.shp", "upload.gpkg", "upload.vrt"])
@pytest.mark.parametrize(
    "content",
    [
        VRT,
        GML,
        WFS,
        '{{"type": "gdal_streamed_alg", "command_line": "gdal vector read {url}"}}',
        '{{"type": "FeatureCollection", "features": [], "crs": {{"type": "link", "properties": {{"href": "{url}"}}}}}}',
        "GeoJSON:{url}",
        "/vsicurl/{url}",
        "{url}",
        "WFS:{url}",
        "PG:host=127.0.0.1",
        "{target}",
        "/vsizip/{target}",
    ],
)
def test_text_that_names_other_sources_is_never_followed(
    content: str, name: str, tmp_path: Path, listener: Listener, secret: Path
) -> None:
    upload = tmp_path / name
    upload.write_text(content.format(url=listener.url, target=secret))
    assert SECRET not in everything_read(upload)
    assert listener.visits == 0


@pytest.mark.parametrize("target", ["file", "url"])
def test_member_of_a_zip_that_is_no_shapefile_is_never_opened(
    target: str, tmp_path: Path, listener: Listener, secret: Path
) -> None:
    upload = tmp_path / "a.zip"
    with zipfile.ZipFile(upload, "w") as archive:
        archive.writestr("a.shp", VRT.format(target=secret if target == "file" else listener.url))
        archive.writestr("a.vrt", VRT.format(target=secret))
        archive.writestr("a.prj", "EPSG:4326")
    assert SECRET not in everything_read(upload)
    assert listener.visits == 0


def geopackage(path: Path) -> Path:
    pyogrio.raw.write(
        path, shapely.to_wkb([shapely.box(0, 0, 1, 1)]), [], [], geometry_type="Polygon", crs="EPSG:4326", driver="GPKG"
    )
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW trick AS SELECT fid, geom FROM {layer} WHERE load_extension('{target}')",
        "CREATE VIEW trick AS SELECT fid, geom, readfile('{target}') AS content FROM {layer}",
        "CREATE VIEW trick AS SELECT fid, geom, ogr_layer_Extent('{target}') AS content FROM {layer}",
    ],
)
def test_view_of_a_geopackage_reads_no_server_file(
    statement: str, tmp_path: Path, listener: Listener, secret: Path
) -> None:
    upload = geopackage(tmp_path / "a.gpkg")
    with sqlite3.connect(upload) as database:
        (layer,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        database.execute(statement.format(layer=layer, target=secret))
        database.execute("UPDATE gpkg_contents SET table_name = 'trick'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'trick'")
    database.close()
    assert SECRET not in everything_read(upload)
    assert listener.visits == 0


@pytest.mark.parametrize("target", ["file", "url"])
def test_virtual_table_of_a_geopackage_opens_no_other_source(
    target: str, tmp_path: Path, listener: Listener, secret: Path
) -> None:
    upload = geopackage(tmp_path / "a.gpkg")
    source = str(secret) if target == "file" else listener.url
    with sqlite3.connect(upload) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'trick', 'trick', 0, ?)",
            (f"CREATE VIRTUAL TABLE trick USING VirtualOGR('{source}')",),
        )
        database.execute("UPDATE gpkg_contents SET table_name = 'trick'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'trick'")
    database.close()
    assert SECRET not in everything_read(upload)
    assert listener.visits == 0


def test_environment_and_credentials_of_the_server_are_not_the_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@db/cadastre")
    upload = tmp_path / "a.geojson"
    upload.write_text('{"type": "FeatureCollection", "features": [' + "1," * 300_000 + "1]}")
    with open_source(upload) as source:
        next(source.batches)
        (child,) = children_of(os.getpid())
        environment = Path(f"/proc/{child}/environ").read_bytes()
        limits = Path(f"/proc/{child}/limits").read_text()
        directory = Path(f"/proc/{child}/cwd").readlink()
        files = [p.name for p in directory.iterdir()]
        mode = directory.stat().st_mode & 0o777
        if source.has_no_network:
            assert Path(f"/proc/{child}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    assert b"secret" not in environment
    assert files == ["upload"]
    assert mode == 0o700
    assert "Max file size             0 " in limits
    assert not directory.exists()


def children_of(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in found if b"reader" in Path(f"/proc/{child}/cmdline").read_bytes()]


def shapefile_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../../evil.shp": b"x"}, "leads elsewhere"),
        ({"/etc/evil.shp": b"x"}, "leads elsewhere"),
        ({"C:\\evil.shp": b"x"}, "leads elsewhere"),
        ({"a/..\\evil.shp": b"x"}, "leads elsewhere"),
        ({"inner.zip": b"PK\x03\x04"}, "another archive"),
        ({"a.shp": b"PK\x03\x04" + bytes(100)}, "itself an archive"),
        ({f"{n}.txt": b"" for n in range(51)}, "51 members"),
        ({"a.txt": b"hello"}, "no Shapefile"),
        ({"a.shp": b"\x00\x00\x27\x0a"}, "damaged|cannot be opened"),
        ({"a.shp": bytes(200)}, "damaged|cannot be opened"),
    ],
)
def test_archive_with_a_trick_is_refused_by_name(members: dict[str, bytes], words: str, tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=words), open_source(shapefile_zip(tmp_path / "a.zip", members)) as source:
        list(source.batches)


def test_bomb_is_stopped_by_what_comes_out_and_not_by_what_it_declares(tmp_path: Path) -> None:
    upload = shapefile_zip(tmp_path / "a.zip", {"a.shp": bytes(64 * 1024 * 1024)})
    data = bytearray(upload.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.find(signature) + offset, 1_000)  # the declared size lies
    upload.write_bytes(data)
    limits = replace(Limits(), unpacked_bytes=8 * 1024 * 1024)
    with pytest.raises(SourceRefused, match=r"8 MiB|cannot be unpacked"), open_source(upload, limits=limits) as source:
        list(source.batches)


def test_upload_over_the_limit_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    upload = tmp_path / "a.geojson"
    upload.write_text("{}" * 1_000)
    limits = replace(Limits(), upload_bytes=1_000)
    with pytest.raises(LimitExceeded, match="LIMIT_UPLOAD_BYTES"), open_source(upload, limits=limits):
        pass


def test_reader_that_needs_too_much_memory_is_stopped_with_a_clear_error(tmp_path: Path) -> None:
    upload = tmp_path / "a.geojson"
    ring = "[0,0]," * 4_000_000
    upload.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
                      '{"type":"Polygon","coordinates":[[' + ring + "[0,0]]]}}]}")  # fmt: skip
    bounds = ReaderBounds(memory_bytes=400 * 1024 * 1024)
    with (
        pytest.raises(SourceRefused, match="more than 400 MiB of memory"),
        open_source(upload, bounds=bounds) as source,
    ):
        list(source.batches)


def test_reader_that_takes_too_long_is_stopped_with_a_clear_error(tmp_path: Path) -> None:
    upload = tmp_path / "a.geojson"
    upload.write_text('{"type":"FeatureCollection","features":[' + "1," * 3_000_000 + "1]}")
    with (
        pytest.raises(SourceRefused, match=r"took more than 0.5 s"),
        open_source(upload, bounds=ReaderBounds(wall_s=0.5)) as source,
    ):
        list(source.batches)
    with (
        pytest.raises(SourceRefused, match="more than 1 s of processor time"),
        open_source(upload, bounds=ReaderBounds(cpu_s=1)) as source,
    ):
        list(source.batches)


def test_private_directory_is_gone_when_the_parent_gives_up(tmp_path: Path) -> None:
    upload = tmp_path / "a.geojson"
    upload.write_text('{"type":"FeatureCollection","features":[' + "1," * 100_000 + "1]}")
    private = tmp_path / "private"
    private.mkdir()
    with open_source(upload, private_parent=private) as source:
        next(source.batches)
        assert len(list(private.iterdir())) == 1
    assert not list(private.iterdir())
    assert upload.exists()


def test_canary_sings_where_nothing_is_confined(tmp_path: Path, secret: Path) -> None:
    """Control: GDAL as it comes does follow such a file, so the silence above means something."""
    upload = tmp_path / "upload.geojson"
    upload.write_text(VRT.format(target=secret).replace('name="x"', 'name="secret"'))
    fields = pyogrio.raw.read(upload)[3]
    assert SECRET in [str(value) for field in fields for value in field]
