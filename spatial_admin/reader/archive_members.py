"""Zipped Shapefiles: members are judged before one byte is unpacked, and unpacked under names of our own."""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from spatial_admin.reader.refusal import SourceUnreadableError

SIDE_FILES: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
ARCHIVES: Final = (".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".kmz", ".jar", ".zst")
LOCAL_HEADER: Final = b"PK\x03\x04"
CHUNK: Final = 1 << 20
PATH_TRICK: Final = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f]")
SHP_HEADER: Final = 100


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold."""

    members: int
    unpacked_bytes: int


def unpack_shapefile(archive: Path, into: Path, layer: str | None, limits: ArchiveLimits) -> tuple[Path, list[str]]:
    """Unpack one Shapefile as `into`/layer.*; returns its .shp and the names of all layers of the archive.

    Raises SourceUnreadableError, which names what is wrong and, where several layers are inside, all of them.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _judged(opened, limits)
            layers = _layers(members)
            chosen = _chosen(list(layers), layer)
            _extract(opened, layers[chosen], into, limits)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        struct.error,
    ) as error:
        raise SourceUnreadableError(f"The archive cannot be unpacked: {error}.") from error
    shape = into / "layer.shp"
    if not (into / "layer.shx").exists():
        write_shx(shape)
    return shape, list(layers)


def _judged(opened: zipfile.ZipFile, limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    members = [member for member in opened.infolist() if not member.is_dir()]
    if len(opened.infolist()) > limits.members:
        raise SourceUnreadableError(
            f"The archive has {len(opened.infolist())} members; at most {limits.members} are taken."
        )
    for member in members:
        if PATH_TRICK.search(member.filename):
            raise SourceUnreadableError(
                f"The archive's member {member.filename[:80]!r} has a path that leads elsewhere."
            )
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise SourceUnreadableError(f"The archive's member {member.filename[:80]!r} is a symbolic link.")
        if member.flag_bits & 0x1:
            raise SourceUnreadableError("The archive is encrypted; upload it without a password.")
        if member.filename.lower().endswith(ARCHIVES):
            raise SourceUnreadableError(
                f"The archive holds another archive, {member.filename[:80]!r}; unpack that first."
            )
    total = sum(member.file_size for member in members)
    if total > limits.unpacked_bytes:
        raise SourceUnreadableError(_too_big(limits))
    return members


def _layers(members: list[zipfile.ZipInfo]) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Layer name -> suffix -> member, for every .shp, whatever the case of its side files' names."""
    by_stem: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.name.startswith("._") or "__MACOSX" in path.parts:
            continue
        by_stem.setdefault(str(path.with_suffix("")).lower(), {})[path.suffix.lower()] = member
    shapes = {stem: files for stem, files in by_stem.items() if ".shp" in files}
    if not shapes:
        raise SourceUnreadableError(
            "The archive holds no Shapefile (.shp). A zip is taken for a Shapefile only; "
            "upload GeoJSON or GeoPackage as it is."
        )
    names = {stem: PurePosixPath(files[".shp"].filename).stem for stem, files in shapes.items()}
    is_unique = len(set(names.values())) == len(names)
    return {(names[stem] if is_unique else stem): files for stem, files in shapes.items()}


def _chosen(layers: list[str], layer: str | None) -> str:
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer in layers:
        return str(layer)
    raise SourceUnreadableError(several_layers(layers, layer), layers)


def several_layers(layers: list[str], layer: str | None) -> str:
    """The message where the layer must be named, or is named wrongly."""
    problem = f"has no layer {layer!r}" if layer is not None else "holds several layers"
    return f"The file {problem}: {', '.join(layers[:50])}. Choose one with --layer."


def _extract(opened: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], into: Path, limits: ArchiveLimits) -> None:
    written = 0
    for suffix in SIDE_FILES:
        if suffix not in files:
            continue
        with opened.open(files[suffix]) as source, (into / f"layer{suffix}").open("xb") as target:
            head = source.read(len(LOCAL_HEADER))
            if head == LOCAL_HEADER:
                raise SourceUnreadableError(
                    f"The archive's member {files[suffix].filename[:80]!r} is itself an archive."
                )
            target.write(head)
            written += len(head)
            while data := source.read(CHUNK):
                written += len(data)
                # The sizes of the directory may lie; what counts is what comes out.
                if written > limits.unpacked_bytes:
                    raise SourceUnreadableError(_too_big(limits))
                target.write(data)


def _too_big(limits: ArchiveLimits) -> str:
    return f"The archive unpacks to more than {limits.unpacked_bytes // (1024 * 1024):,} MiB."


def write_shx(shape: Path) -> None:
    """Write the missing index of a .shp: the offset and length of each record, in 16-bit words (ESRI, 1998)."""
    with shape.open("rb") as source, shape.with_suffix(".shx").open("xb") as index:
        header = source.read(SHP_HEADER)
        if len(header) < SHP_HEADER or header[:4] != b"\x00\x00\x27\x0a":
            raise SourceUnreadableError("The .shp in the archive has no valid header; it is damaged.")
        size = shape.stat().st_size
        entries = bytearray()
        at = SHP_HEADER
        while at + 8 <= size:
            source.seek(at)
            length = struct.unpack(">i", source.read(8)[4:])[0]
            if length < 2 or at + 8 + 2 * length > size:
                break
            entries += struct.pack(">ii", at // 2, length)
            at += 8 + 2 * length
        index.write(header[:24] + struct.pack(">i", (SHP_HEADER + len(entries)) // 2) + header[28:] + entries)
