from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from spatial_admin.errors import SettingRefused
from spatial_admin.local.environment import (
    CHECKOUT,
    Place,
    for_application,
    make_home,
    read_place,
    secret_key_file,
    without_our_settings,
    write_private,
)


def test_defaults_are_the_documented_ones() -> None:
    place = read_place({})
    assert place == Place(home=CHECKOUT / "var", host="127.0.0.1", port=8000, database_is_given=False)
    assert place.url == "http://127.0.0.1:8000/"


def test_every_setting_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123\n")
    (tmp_path / "url").write_text("postgresql://somewhere/db\n")
    place = read_place({"PORT_FILE": str(tmp_path / "port"), "DATABASE_URL_FILE": str(tmp_path / "url")})
    assert (place.port, place.database_is_given) == (8123, True)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.0", " 8000x", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingRefused, match="PORT"):
        read_place({"PORT": port})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param("0.0.0.0", "http://127.0.0.1:8000/", id="everywhere is reached by loopback"),  # noqa: S104 (parsed, not bound)
        pytest.param("::", "http://[::1]:8000/", id="everywhere, version 6"),
        pytest.param("::1", "http://[::1]:8000/", id="version 6 needs brackets"),
        pytest.param("gis.office", "http://gis.office:8000/", id="a name stays"),
    ],
)
def test_the_address_to_open_can_be_opened(host: str, url: str) -> None:
    assert read_place({"HOST": host}).url == url


def test_secrets_reach_the_application_as_names_of_private_files_only(tmp_path: Path) -> None:
    place = Place(home=tmp_path, host="127.0.0.1", port=8000, database_is_given=False)
    write_private(tmp_path / "url", "postgresql+psycopg2://app:secret-word@/db")
    env = for_application({"PGPORT": "1", "PATH": "/bin"}, place, {"DATABASE_URL": tmp_path / "url"})
    assert env["DATABASE_URL_FILE"] == str(tmp_path / "url")
    assert "PGPORT" not in env, "it would lead to another server"
    key = Path(env["SECRET_KEY_FILE"]).read_text().strip()
    assert not [name for name, text in env.items() if "secret-word" in text or key in text]


def test_a_secret_key_of_the_users_own_is_kept(tmp_path: Path) -> None:
    place = Place(home=tmp_path, host="127.0.0.1", port=8000, database_is_given=True)
    env = for_application({"SECRET_KEY": "theirs", "PGHOST": "db.office"}, place, {})
    assert env["SECRET_KEY"] == "theirs"
    assert env["PGHOST"] == "db.office", "a database of their own may need it"
    assert not (tmp_path / "secret_key").exists()


def test_a_generated_secret_key_stays_the_same(tmp_path: Path) -> None:
    first = secret_key_file(tmp_path).read_text()
    assert secret_key_file(tmp_path).read_text() == first
    assert len(set(first)) > 16


def test_private_files_are_private_and_whole_even_over_a_leftover(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_text("left by a killed start")
    (tmp_path / "key.new").chmod(0o644)
    write_private(tmp_path / "key", "word")
    assert (tmp_path / "key").read_text() == "word\n"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_new_home_lets_nobody_list_it(tmp_path: Path) -> None:
    make_home(tmp_path / "a" / "home")
    mode = stat.S_IMODE((tmp_path / "a" / "home").stat().st_mode)
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)


def test_nothing_of_a_real_deployment_reaches_a_test_run() -> None:
    real = {
        "DATABASE_URL": "x", "DATABASE_OWNER_URL_FILE": "x", "SECRET_KEY": "x", "SPATIAL_ADMIN_SRID": "2056",
        "PGHOST": "x", "PORT": "1", "PATH": "/bin", "SPATIAL_ADMIN_TEST_STEPS": "9", "SPATIAL_ADMIN_SCREENSHOTS": "1",
    }  # fmt: skip
    kept = {"PATH": "/bin", "SPATIAL_ADMIN_TEST_STEPS": "9", "SPATIAL_ADMIN_SCREENSHOTS": "1"}
    assert without_our_settings(real) == kept
