"""What the scripts say, and how they end. Everything goes to stderr: stdout belongs to the command that is run."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from spatial_admin.errors import SettingRefused

EXIT_FAILED = 1
EXIT_TYPE_THIS_LINE = 3


class CannotGoOn(Exception):
    """Set-up cannot continue; the message says why and what to do, `exit_code` tells a calling script."""

    def __init__(self, message: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Terminated(SystemExit):
    """SIGTERM or a closed terminal as an exception, so that every `finally` between here and the top gets its turn."""


def say(text: str) -> None:
    """Print one line for the person at the terminal."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce work that takes a while, and how long it took."""
    sys.stderr.write(f"  {text} … ")
    sys.stderr.flush()
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("not done")
        raise
    say(f"{time.monotonic() - began:.1f} s")


def run_script(main: Callable[[Sequence[str]], int]) -> int:
    """Run the body of one of script/*; errors become one clear message and an exit code, never a traceback."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to stay
        signal.signal(signal.SIGHUP, _terminate)
    try:
        return main(sys.argv[1:])
    except CannotGoOn as error:
        say(str(error))
        return error.exit_code
    except SettingRefused as error:
        say(f"A setting cannot be used. {error}")
        return EXIT_FAILED
    except PermissionError as error:
        say(
            f"{error.filename} is not yours to write ({error.strerror}). Run as its owner, or name another folder in "
            "SPATIAL_ADMIN_HOME."
        )
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("Interrupted.")
        return 128 + signal.SIGINT


def _terminate(signum: int, _frame: FrameType | None) -> None:
    raise Terminated(128 + signum)
