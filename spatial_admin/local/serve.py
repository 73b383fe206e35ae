"""script/server: set up what is missing, start PostgreSQL, prepare the database, serve until told to stop."""

from __future__ import annotations

import argparse
import errno
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from spatial_admin.local import setup
from spatial_admin.local.console import CannotGoOn, Terminated, say
from spatial_admin.local.environment import (
    CHECKOUT,
    PREPARE_AT_START,
    Place,
    for_application,
    make_home,
    read_place,
    whole_number,
)
from spatial_admin.local.job_worker import JobWorker
from spatial_admin.local.processes import start_bound_to_us, stop_gently
from spatial_admin.local.python_packages import PYTHON
from spatial_admin.local_postgis import private_cluster
from spatial_admin.settings import value_of

READY_PATIENCE_S = 60
STOP_PATIENCE_S = 15  # a little more than gunicorn's graceful_timeout, and than a worker's
LOOK_S = 0.5


def main(arguments: Sequence[str]) -> int:
    """Serve until Ctrl-C or SIGTERM (exit 0); other ends are failures."""
    options = _options(arguments)
    place = read_place(os.environ)
    if options.with_replica and (place.database_is_given or value_of(os.environ, "DATABASE_REPLICA_URL")):
        raise CannotGoOn(
            "--with-replica makes a replica of the private cluster. With DATABASE_URL or DATABASE_REPLICA_URL given, "
            "the servers are yours: leave it out."
        )
    for name, most in (("WEB_WORKERS", 1000), ("WEB_THREADS", 1000), ("WORKER_CONCURRENCY", 64)):
        whole_number(os.environ, name, 1, most=most)
    refuse_a_taken_port(place)
    setup.ensure_runtime(postgis=not place.database_is_given)
    make_home(place.home)
    try:
        with ExitStack() as cleanup:
            env = application_environment(place, cleanup, options)
            return _serve(place, {**env, PREPARE_AT_START: "1"})
    except (KeyboardInterrupt, Terminated):
        say("Stopped.")
        return 0


def application_environment(
    place: Place, cleanup: ExitStack, options: argparse.Namespace | None = None
) -> dict[str, str]:
    """Start the private cluster unless DATABASE_URL is given, and say in which files its URLs are."""
    if place.database_is_given:
        return for_application(os.environ, place, {})
    private = private_cluster(place.home)
    if options is not None:  # a server, which takes edits; commands such as `database backup` read what there is
        private.replica().refuse_where_promoted()
    cluster = cleanup.enter_context(private.running())
    files = {name: cluster.url_files()[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    if options is not None and options.with_replica:
        standby = cluster.replica(synchronous=options.synchronous_replica)
        files["DATABASE_REPLICA_URL"] = cleanup.enter_context(standby.running()).url_file()
    return for_application(os.environ, place, files)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server",
        description="Set up what is missing, start PostgreSQL, prepare the database and serve until Ctrl-C.",
        epilog="All other settings are environment variables: docs/running.md. Replicas: docs/replicas.md.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--with-replica",
        action="store_true",
        help="also run a streaming replica of the private database, which answers reads",
    )
    parser.add_argument(
        "--synchronous-replica",
        action="store_true",
        help="as --with-replica, and an edit is acknowledged only when the replica has it",
    )
    options = parser.parse_args(arguments)
    options.with_replica |= options.synchronous_replica
    return options


def refuse_a_taken_port(place: Place) -> None:
    """Find out before a minute of set-up, not after; raises CannotGoOn."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise CannotGoOn(f"HOST {place.host} is no address of this machine ({error.strerror}).") from error
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotGoOn(
                    f"Port {place.port} is in use. Stop what uses it, or choose another, such as PORT={place.port + 1}."
                ) from error
            raise CannotGoOn(f"Nothing can listen on {place.host}:{place.port} ({error.strerror}).") from error


def _serve(place: Place, env: Mapping[str, str]) -> int:
    server = start_bound_to_us(
        [PYTHON, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"], env=env, cwd=CHECKOUT
    )
    worker = JobWorker(env)
    try:
        _wait_until_ready(place, server)
        say(f"Spatial Admin is ready: {place.url}   (Ctrl-C stops it)")
        while (code := _exit_code(server, LOOK_S)) is None:
            worker.look_after()
        raise CannotGoOn(f"The web server ended by itself (with {code}).")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # already stopping
        worker.ask_to_stop()
        stop_gently(server, STOP_PATIENCE_S)
        worker.stop(STOP_PATIENCE_S)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # PostgreSQL's stop is short and must not be cut


def _exit_code(child: subprocess.Popen[bytes], within_s: float) -> int | None:
    try:
        return child.wait(within_s)
    except subprocess.TimeoutExpired:
        return None


def _wait_until_ready(place: Place, server: subprocess.Popen[bytes]) -> None:
    """Wait for a 200 of /readyz. The port opens when the database is prepared (a first start takes its time, and says
    what it does); from then on patience is short.
    """
    deadline = None
    while deadline is None or time.monotonic() < deadline:
        if server.poll() is not None:
            raise CannotGoOn("The web server did not start; the reason stands above.")
        answer = _ask(place)
        if answer == "200":
            return
        if answer is not None and deadline is None:
            deadline = time.monotonic() + READY_PATIENCE_S
        time.sleep(0.05)
    raise CannotGoOn(f"The web server did not become ready in {READY_PATIENCE_S} s; {place.url}readyz says: {answer}")


def _ask(place: Place) -> str | None:
    """The status of /readyz, or what went wrong; None while nothing listens yet."""
    connection = http.client.HTTPConnection(place.reached_by, place.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return str(connection.getresponse().status)
    except ConnectionRefusedError:
        return None
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
