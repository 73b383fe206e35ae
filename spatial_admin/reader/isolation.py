"""What the reader gives up before it looks at an upload: environment, memory, time, writing, network, drivers."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
from dataclasses import dataclass
from typing import Final

# GeoJSON is read by our own code, so GDAL keeps only the formats that it must open.
DRIVERS: Final = frozenset({"ESRI Shapefile", "GPKG", "FlatGeobuf"})
# Every other vector driver of GDAL 3.12 as its wheel is built, and those of other builds; verify_drivers looks again.
SKIPPED: Final = (
    "MEM", "Memory", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "LVBAG", "S57",
    "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON",
    "OGR_GMT", "GMT", "SQLite", "WAsP", "OpenFileGDB", "DXF", "GeoRSS", "VFK", "PGDUMP", "OSM", "GPSBabel",
    "OGR_PDS", "WFS", "OAPIF", "EDIGEO", "Idrisi", "ODS", "XLSX", "XLS", "Elasticsearch", "Carto", "AmigoCloud",
    "SXF", "Selafin", "JML", "PLSCENES", "CSW", "VDV", "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG",
    "MiraMonVector", "ADBC", "AVCBin", "AVCE00", "AIVector", "HTTP", "PostgreSQL", "MySQL", "ODBC", "PGeo",
    "MSSQLSpatial", "OCI", "GMLAS", "NAS", "Interlis", "JPEG2000", "netCDF", "HDF5", "Parquet", "Arrow", "CAD",
    "DWG", "DGNv8", "SOSI", "REST", "ILI", "GRASS", "FileGDB", "Tiger", "VRT", "VirtualOGR", "Ingres", "HANA",
    "MongoDBv3", "MapInfo File", "UK .NTF", "Interlis 1", "Interlis 2", "Geoconcept", "OpenAIR", "SEGY",
    "ARCGEN",
)  # fmt: skip

CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000
PR_SET_PDEATHSIG: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much the reader may use: seconds of CPU, bytes of address space, bytes that an archive may unpack to."""

    cpu_s: int
    memory_bytes: int
    unpacked_bytes: int


def confine(bounds: Bounds) -> bool:
    """Give up all but what reading needs; true when the kernel also took the network away.

    Called before numpy, shapely or GDAL is imported: GDAL reads OGR_SKIP when it registers its drivers.
    """
    os.environ.clear()
    os.environ.update(
        OGR_SKIP=",".join(SKIPPED),
        GDAL_DRIVER_PATH="disable",
        CPL_VSIL_CURL_ALLOWED_EXTENSIONS=".none",
        GDAL_HTTP_TIMEOUT="1",
        GDAL_NUM_THREADS="1",
        OGR_GPKG_NUM_THREADS="1",
        OGR_SQLITE_LOAD_EXTENSIONS="",
        OPENBLAS_NUM_THREADS="1",
        LC_ALL="C.UTF-8",
    )
    _limit(resource.RLIMIT_CPU, bounds.cpu_s)
    _limit(resource.RLIMIT_AS, bounds.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, bounds.unpacked_bytes)
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_CORE, 0)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    return _leave_network()


def seal() -> None:
    """From here on no byte is written to any file, and no process or thread is started (root may still)."""
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")


def _leave_network() -> bool:
    """Enter an empty network namespace, inside a user namespace if need be. False where the kernel forbids both."""
    libc = ctypes.CDLL(None, use_errno=True)
    for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return True
        if ctypes.get_errno() not in (errno.EPERM, errno.EINVAL, errno.ENOSPC, errno.ENOSYS, errno.EACCES):
            raise OSError(ctypes.get_errno(), "unshare")
    return False
