"""Asking a server over HTTP for many answers: how many a second over several connections, and how long each takes over one."""

from __future__ import annotations

import gzip
import http.client
import random
import re
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from benchmarks._editors import Server

CONNECTIONS, SECONDS = 8, 5.0
LENGTH = re.compile(rb"^content-length: *([0-9]+)", re.IGNORECASE | re.MULTILINE)


def per_second(server: Server, paths: Sequence[str], headers: dict[str, str] | None = None, status: int = 200) -> float:
    """Answers a second over CONNECTIONS connections that stay open.

    By plain sockets: Python's HTTP client takes as long as the server under it, of the same two cores. What one of the
    connections is refused ends the measurement: a thread that ended alone would only make the count smaller.
    """
    deadline = time.monotonic() + SECONDS
    lines = "".join(f"{key}: {value}\r\n" for key, value in {**server.headers, **(headers or {})}.items())
    requests = {path: f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode() for path in paths}

    def ask(number: int) -> int:
        order, count = random.Random(number).sample(paths, len(paths)), 0
        with closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
            while time.monotonic() < deadline:
                for path in order:
                    connection.sendall(requests[path])
                    receive(connection, path, status)
                    count += 1
                    if time.monotonic() > deadline:
                        break
        return count

    begin = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        counts = list(threads.map(ask, range(CONNECTIONS)))
    return sum(counts) / (time.monotonic() - begin)


def receive(connection: socket.socket, path: str, status: int) -> None:
    """Take one answer from a connection; SystemExit for another status, or a body without its length."""

    def more(most: int) -> bytes:
        found = connection.recv(most)
        if not found:
            raise SystemExit(f"{path}: the server closed the connection")
        return found

    answer = more(65536)
    while b"\r\n\r\n" not in answer:
        answer += more(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    if int(head[9:12]) != status:
        raise SystemExit(f"{path} answered {answer[:500]!r}")
    length = LENGTH.search(head)
    if length is None and status != http.HTTPStatus.NOT_MODIFIED:
        raise SystemExit(f"{path} answered without a length: {head!r}")
    missing = int(length[1]) - len(body) if length and status != http.HTTPStatus.NOT_MODIFIED else 0
    while missing > 0:
        missing -= len(more(min(missing, 1 << 20)))


def fetch(connection: http.client.HTTPConnection, path: str, headers: dict[str, str], status: int = 200) -> bytes:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    return body


def one_by_one(server: Server, paths: Sequence[str]) -> tuple[list[float], list[int]]:
    """Seconds of each request of one connection, and the compressed sizes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    times, sizes = [], []
    for path in paths:
        begin = time.perf_counter()
        body = fetch(connection, path, server.headers)
        times.append(time.perf_counter() - begin)
        sizes.append(len(gzip.compress(body, 6)))
    connection.close()
    return times, sizes
