"""The web server of script/server; HOST, PORT, WEB_WORKERS and WEB_THREADS come from the environment."""

import os

from spatial_admin.local.environment import read_place, whole_number

_place = read_place(os.environ)

bind = [f"[{_place.host}]:{_place.port}" if ":" in _place.host else f"{_place.host}:{_place.port}"]
workers = whole_number(os.environ, "WEB_WORKERS", 2, most=1000)
threads = whole_number(os.environ, "WEB_THREADS", 4, most=1000)
worker_class = "gthread"

# A request is bounded by its statement timeout (5 s) and the retry's 5 s; a silent worker is a hung one.
timeout = 60
graceful_timeout = 12
keepalive = 5

# By default gunicorn opens a control socket in the home directory of whoever starts it; nothing of ours needs it.
control_socket_disable = True
# Heartbeats are file times; a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (gunicorn makes its own file there)
loglevel = "warning"
