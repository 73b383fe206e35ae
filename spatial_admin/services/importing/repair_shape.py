"""Repairing a polygon, on request, in a confined process: GEOS may need minutes and gigabytes for a small one."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Final

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.shapes import shape_of_wkb, wkb_of_shape
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.shared.package_root import PACKAGE_ROOT
from spatial_admin.services.shared.read_source import MIB

CPU_S: Final = 5
WALL_S: Final = 15.0
MEMORY_BYTES: Final = 512 * MIB
BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from spatial_admin.reader.repair import main; "
    "raise SystemExit(main(int(sys.argv[2]), int(sys.argv[3])))"
)


def repair_shape(shape: Shape, cpu_s: int = CPU_S, memory_bytes: int = MEMORY_BYTES) -> Shape:
    """A valid shape as near to it as GEOS's structure method makes one; raises SourceRefused where it makes none."""
    command = [sys.executable, "-I", "-c", BOOT, str(PACKAGE_ROOT), str(cpu_s), str(memory_bytes)]
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and module)
            command, input=wkb_of_shape(shape), capture_output=True, env={}, cwd="/", timeout=WALL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceRefused(f"Repairing it took more than {WALL_S:g} s and was stopped. Draw it anew.") from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise SourceRefused(f"Repairing it took more than {cpu_s} s of processor time and was stopped. Draw it anew.")
    if done.returncode != 0:
        memory = f"{memory_bytes // MIB} MiB"
        raise SourceRefused(f"Repairing it needs more than {memory} of memory, or no ring can be read. Draw it anew.")
    if not done.stdout:
        raise SourceRefused("Nothing with an area is left of it. Draw it anew, or reject it.")
    return shape_of_wkb(done.stdout)
