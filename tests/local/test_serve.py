from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spatial_admin.local_postgis import private_cluster
from tests.local.serving import (
    Server,
    environment,
    free_port,
    get,
    kill_all,
    left_over,
    processes_with,
    serving,
    wait_for_nobody,
)
from tests.waiting import until


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_cleanly(checkout: Path, prepared_home: Path, signum: int) -> None:
    with serving(checkout, prepared_home) as (server, port):
        assert get(port, "/readyz") == "(1,)"
        assert len(left_over(prepared_home)) > 3
        assert server.end(signum) == 0
    assert left_over(prepared_home) == set()
    assert "Traceback" not in "".join(server.words)


def test_ctrl_c_counts_even_where_a_shell_started_it_in_the_background(checkout: Path, prepared_home: Path) -> None:
    port = free_port()
    script = f"trap '' INT; exec {sys.executable} {checkout / 'script' / 'server'}"
    with subprocess.Popen(
        ["sh", "-c", script], env=environment(prepared_home, port), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("is ready" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.stderr.read()
    assert process.returncode == 0
    assert left_over(prepared_home) == set()


def test_it_says_what_prepare_says_and_where_to_go(checkout: Path, prepared_home: Path) -> None:
    with serving(checkout, prepared_home) as (server, port):
        assert "prepared 1\n" in server.words
        assert f"http://127.0.0.1:{port}/" in server.words[-1]
        assert get(port, "/secret") not in "".join(server.words)


def test_a_second_start_is_ready_within_three_seconds_with_the_same_data_and_secret(
    checkout: Path, prepared_home: Path
) -> None:
    with serving(checkout, prepared_home) as (_, port):
        secret = get(port, "/secret")
    with serving(checkout, prepared_home) as (server, port):
        assert get(port, "/readyz") == "(2,)"
        assert get(port, "/secret") == secret
        assert len(secret) >= 32
    assert (prepared_home / "secret_key").stat().st_mode & 0o777 == 0o600
    assert server.ready_after_s > 0


def test_a_request_in_progress_is_answered_before_the_end(checkout: Path, prepared_home: Path) -> None:
    answers: list[str] = []
    with serving(checkout, prepared_home) as (server, port):
        asking = threading.Thread(target=lambda: answers.append(get(port, "/slow")))
        asking.start()
        until((prepared_home / "slow.begun").exists)
        assert server.end(signal.SIGTERM) == 0
        asking.join()
    assert answers == ["done"]


def test_when_the_launcher_is_killed_the_web_server_ends_and_the_next_start_recovers(
    checkout: Path, prepared_home: Path
) -> None:
    with serving(checkout, prepared_home) as (server, _):
        server.end(signal.SIGKILL)
        until(lambda: not processes_with(f"SPATIAL_ADMIN_HOME={prepared_home}"))
    with serving(checkout, prepared_home) as (_, port):
        assert get(port, "/readyz") == "(2,)"
    wait_for_nobody(prepared_home)


def test_after_kill_9_of_everything_the_next_start_recovers(checkout: Path, prepared_home: Path) -> None:
    with serving(checkout, prepared_home) as (server, _):
        kill_all(left_over(prepared_home))
        server.wait()
        wait_for_nobody(prepared_home)
    with serving(checkout, prepared_home) as (_, port):
        assert get(port, "/readyz") == "(2,)"
    wait_for_nobody(prepared_home)


def test_two_copies_of_one_checkout_run_side_by_side(checkout: Path, prepared_home: Path, template_home: Path) -> None:
    second = prepared_home.with_name("second")
    subprocess.run(["cp", "-a", template_home, second], check=True)
    with serving(checkout, prepared_home) as (_, port), serving(checkout, second) as (_, other):
        assert get(port, "/readyz") == get(other, "/readyz") == "(1,)"
        assert get(port, "/secret") != get(other, "/secret")
    wait_for_nobody(second)


def test_a_failed_preparation_stops_the_start_and_the_database(checkout: Path, prepared_home: Path) -> None:
    server = Server(checkout, environment(prepared_home, free_port(), STANDIN_FAILS="1"))
    assert server.wait() == 1
    assert "No migration could be run.\n" in server.words
    assert left_over(prepared_home) == set()


def test_a_given_database_is_used_and_no_private_one_is_made(checkout: Path, prepared_home: Path, home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        files = {f"{name}_FILE": str(path) for name, path in cluster.url_files().items()}
        other_home = home.with_name("without-database")
        with serving(checkout, other_home, **files) as (_, port):
            assert get(port, "/readyz") == "(1,)"
        assert sorted(path.name for path in other_home.iterdir()) == ["secret_key"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"PORT": "eighty"}, "PORT: it takes a whole number (given: eighty)", id="no number"),
        pytest.param({"PORT": "70000"}, "PORT: it takes a whole number", id="no such port"),
        pytest.param({"WEB_WORKERS": "0"}, "WEB_WORKERS: it takes a whole number", id="nobody would serve"),
        pytest.param(
            {"WORKER_CONCURRENCY": "none"}, "WORKER_CONCURRENCY: it takes a whole number", id="no such worker"
        ),
        pytest.param({"SECRET_KEY": "short"}, "SECRET_KEY: production needs", id="weak secret"),
        pytest.param({"SPATIAL_ADMIN_SRID": "utm"}, "SPATIAL_ADMIN_SRID: it takes a whole", id="of the application"),
        pytest.param({"HOST": "no.such.host.invalid"}, "HOST no.such.host.invalid is no address", id="no such host"),
        pytest.param({"SECRET_KEY_FILE": "/no/such"}, "SECRET_KEY_FILE: the file cannot be read", id="no such file"),
    ],
)
def test_a_bad_setting_is_named_before_anything_starts(
    checkout: Path, home: Path, settings: dict[str, str], said: str
) -> None:
    server = Server(checkout, environment(home, free_port(), **settings))
    assert server.wait() == 1
    assert said in "".join(server.words)
    assert "Traceback" not in "".join(server.words)


def test_a_taken_port_is_named_with_a_way_out(checkout: Path, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Server(checkout, environment(home, port))
        assert server.wait() == 1
    assert f"Port {port} is in use" in "".join(server.words)
    assert not home.exists()


def test_flask_keeps_the_exit_code_the_folder_and_stdout_to_itself(checkout: Path, prepared_home: Path) -> None:
    folder = prepared_home.with_name("elsewhere")
    folder.mkdir()
    (folder / "app.py").write_text("raise SystemExit('a stranger was imported')")
    done = subprocess.run(
        [sys.executable, checkout / "script" / "flask", "leave", "7"], cwd=folder, capture_output=True, text=True,
        env=environment(prepared_home, 1), check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (7, f"cwd {folder}\n", "")
    assert left_over(prepared_home) == set()


def test_flask_beside_a_running_server_leaves_its_database_running(checkout: Path, prepared_home: Path) -> None:
    with serving(checkout, prepared_home) as (_, port):
        command = [sys.executable, str(checkout / "script" / "flask"), "leave", "0"]
        subprocess.run(command, check=True, env=environment(prepared_home, port), capture_output=True)
        assert get(port, "/readyz") == "(1,)"
