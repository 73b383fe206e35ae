"""Reads an uploaded file through the isolated reader (spatial_admin/reader): this process never opens it itself."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from spatial_admin.errors import LimitExceeded
from spatial_admin.file_errors import SourceRefused
from spatial_admin.reader import frames
from spatial_admin.services.shared.package_root import PACKAGE_ROOT
from spatial_admin.settings import Limits

MIB: Final = 1024 * 1024
# -I: the upload's directory is the child's working directory and must not become a place to import from.
BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from spatial_admin.reader.__main__ import main; main(sys.argv[2])"
)
STDERR_KEPT: Final = 8_192


@dataclass(frozen=True, slots=True)
class ReaderBounds:
    """How much time and memory the reader may take."""

    cpu_s: int = 900
    wall_s: float = 1800.0
    memory_bytes: int = 1536 * MIB


@dataclass(slots=True)
class Source:
    """An opened upload. `crs` is an authority code or None; `crs_wkt` its text; `fields` is complete at the end."""

    driver: str
    layer: str | None
    declared: int | None
    crs: str | None
    crs_wkt: str | None
    has_no_network: bool
    batches: Iterator[frames.Batch]
    table: dict[str, Any] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    rows: int | None = None


@contextmanager
def open_source(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    table: dict[str, str | None] | None = None,
    limits: Limits | None = None,
    bounds: ReaderBounds | None = None,
    private_parent: Path | None = None,
) -> Iterator[Source]:
    """Open the file at `path` in a confined child process; its rows come from `batches`, and nothing is kept in memory.

    Raises SourceRefused (what, where, what to do) or LimitExceeded, on entry or while batches are read. The child
    sees a private directory below `private_parent` (default: the system's) that holds only the upload. With `table`
    (what is known of its columns) points, lines and tables of points are read, too: what is only to be looked at.
    """
    limits, bounds = limits or Limits(), bounds or ReaderBounds()
    size = _size(path)
    if size > limits.upload_bytes:
        raise LimitExceeded(
            "bytes in a file", limits.upload_bytes, size, "Split it, or raise SPATIAL_ADMIN_LIMIT_UPLOAD_BYTES."
        )
    with tempfile.TemporaryDirectory(prefix="upload-", dir=private_parent) as private:
        upload = Path(private) / "upload"
        _place(path, upload)
        request = {**_request(upload, layer, encoding, limits, bounds), "table": table}
        child = _Child(request, Path(private), bounds)
        try:
            yield _opened(child)
        finally:
            child.end()


def _size(path: Path) -> int:
    try:
        if not path.is_file():
            raise SourceRefused(f"There is no file {path}.")
        return path.stat().st_size
    except OSError as error:
        raise SourceRefused(f"The file {path} cannot be read: {error.strerror}.") from error


def _place(path: Path, upload: Path) -> None:
    """Link the file into the private directory; copy it from another file system or owner."""
    try:
        with suppress(OSError):
            os.link(path.resolve(), upload)
            return
        shutil.copyfile(path, upload)
    except OSError as error:
        raise SourceRefused(f"The file {path} cannot be read: {error.strerror}.") from error


def _request(
    upload: Path, layer: str | None, encoding: str | None, limits: Limits, bounds: ReaderBounds
) -> dict[str, Any]:
    return {
        "upload": str(upload),
        "layer": layer,
        "encoding": encoding,
        "cpu_s": bounds.cpu_s,
        "memory_bytes": bounds.memory_bytes,
        "unpacked_bytes": limits.unpacked_bytes,
        "members": limits.archive_members,
        "json_depth": limits.json_depth,
        "vertices": limits.import_vertices,
        "rings": limits.rings,
        "parts": limits.parts,
    }


class _Child:
    """The reader's process, with a timer that ends it and a thread that keeps the last of what it says."""

    def __init__(self, request: dict[str, Any], private: Path, bounds: ReaderBounds) -> None:
        self.bounds = bounds
        self.has_timed_out = False
        self._said = b""
        self.process = subprocess.Popen(  # noqa: S603 (our own interpreter and module; the upload is named in JSON)
            [sys.executable, "-I", "-c", BOOT, str(PACKAGE_ROOT), json.dumps(request)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=private,
            env={},
            start_new_session=True,
        )
        self.stream = cast("BinaryIO", self.process.stdout)
        self._timer = threading.Timer(bounds.wall_s, self._time_out)
        self._timer.daemon = True
        self._timer.start()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def end(self) -> None:
        """Stop the process if it still runs, and wait for it."""
        self._timer.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._listener.join()
        self.stream.close()

    def failure(self) -> SourceRefused:
        """Why the stream ended without a trailer."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.poll()
        memory = f"{self.bounds.memory_bytes // MIB:,} MiB"
        if self.has_timed_out:
            return SourceRefused(f"Reading the file took more than {self.bounds.wall_s:g} s and was stopped.")
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return SourceRefused(
                f"Reading the file took more than {self.bounds.cpu_s} s of processor time and was stopped."
            )
        self._listener.join(1)
        said = self._said.decode("utf-8", "replace").strip()
        if "MemoryError" in said or "bad_alloc" in said or code == -signal.SIGABRT:
            return SourceRefused(f"Reading the file needs more than {memory} of memory; split it into smaller files.")
        ended = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        last = said.splitlines()[-1][:300] if said else "it said nothing"
        return SourceRefused(
            f"The reader broke on this file ({ended}: {last}). The file may be damaged; export it again."
        )

    def _time_out(self) -> None:
        self.has_timed_out = True
        self.process.kill()

    def _listen(self) -> None:
        stderr = cast("io.BufferedReader", self.process.stderr)
        while data := stderr.read1(STDERR_KEPT):
            self._said = (self._said + data)[-STDERR_KEPT:]
        stderr.close()


def _opened(child: _Child) -> Source:
    stream = _frames(child)
    kind, header = next(stream)
    if kind != frames.HEADER or not isinstance(header, dict):
        raise child.failure()
    source = Source(
        driver=str(header.get("driver")),
        layer=header.get("layer"),
        declared=header.get("declared"),
        crs=header.get("crs"),
        crs_wkt=header.get("crs_wkt"),
        has_no_network=bool(header.get("has_no_network")),
        batches=iter(()),
        table=header.get("table") or {},
    )
    source.batches = _batches(child, stream, source)
    return source


def _batches(child: _Child, stream: Iterator[tuple[bytes, Any]], source: Source) -> Iterator[frames.Batch]:
    count = 0
    for kind, body in stream:
        if kind == frames.TRAILER:
            source.fields = [str(name) for name in body.get("fields", [])]
            source.rows = int(body["rows"])
            break
        if kind == frames.BATCH:
            count += len(body.rows)
            yield body
    if source.rows != count:
        raise child.failure()


def _frames(child: _Child) -> Iterator[tuple[bytes, Any]]:
    """Frames until the trailer; an error frame, a broken stream and a dead child become SourceRefused."""
    try:
        for kind, body in frames.read_frames(child.stream):
            if kind == frames.ERROR and isinstance(body, dict):
                if body.get("code") == "memory":
                    memory = f"{child.bounds.memory_bytes // MIB:,} MiB"
                    raise SourceRefused(
                        f"Reading the file needs more than {memory} of memory; split it into smaller files."
                    )
                raise SourceRefused(str(body.get("message")), [str(name) for name in body.get("layers", ())])
            yield kind, body
            if kind == frames.TRAILER:
                return
    except frames.BrokenStreamError as error:
        raise child.failure() from error
    raise child.failure()
