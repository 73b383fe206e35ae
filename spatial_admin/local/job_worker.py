"""`flask worker` beside the web server: started when that is ready, started anew when it dies, stopped with it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping

from spatial_admin.local.console import say
from spatial_admin.local.environment import CHECKOUT, PREPARE_AT_START
from spatial_admin.local.processes import start_bound_to_us, stop_gently
from spatial_admin.local.python_packages import PYTHON

SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class JobWorker:
    """A worker that is looked after; pages are served without one too, only jobs wait."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {name: text for name, text in env.items() if name != PREPARE_AT_START}
        self._child: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0
        self._began_at = 0.0
        self._pause_s = SHORTEST_PAUSE_S

    def look_after(self) -> None:
        """Start it where there is none; say when it has ended, and start another after a pause that grows."""
        now = time.monotonic()
        if self._child is None and now >= self._start_at:
            self._began_at = now
            self._child = start_bound_to_us([PYTHON, "-m", "flask", "worker"], env=self._env, cwd=CHECKOUT)
        elif self._child is not None and (code := self._child.poll()) is not None:
            lived_long = now - self._began_at > LONGEST_PAUSE_S
            self._pause_s = SHORTEST_PAUSE_S if lived_long else min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._start_at = now + self._pause_s
            self._child = None
            say(f"The worker that runs jobs ended (with {code}); another is started in {self._pause_s:.0f} s.")

    def ask_to_stop(self) -> None:
        """Begin the end, while the web server ends too: no new job, and those that run may end."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def stop(self, patience_s: float) -> None:
        """Wait for its end; a job that is cut short then is begun anew at the next start."""
        if self._child is not None:
            stop_gently(self._child, patience_s, "A job is still running; it is begun anew at the next start.")
