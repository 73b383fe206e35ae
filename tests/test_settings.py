"""Settings as the environment gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from spatial_admin.errors import SettingRefused
from spatial_admin.limit_settings import Limits
from spatial_admin.settings import from_environment

DOCS = Path(__file__).parent.parent / "docs"
ENOUGH = {"DATABASE_URL": "postgresql://x/y", "SECRET_KEY": "only-for-tests-0123456789"}


@pytest.mark.parametrize(("given", "is_required"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_a_record_is_required_where_the_environment_says_so(given: str | None, is_required: bool) -> None:
    environ = ENOUGH if given is None else {**ENOUGH, "SPATIAL_ADMIN_RECORD_REQUIRED": given}
    assert from_environment(environ).record_required is is_required


def test_fixes_take_the_accuracy_of_points_and_halve_only_where_it_is_allowed() -> None:
    usual = from_environment(ENOUGH)
    assert (usual.point_accuracy_m, usual.halfway_fixes) == (0.02, False)
    given = {**ENOUGH, "SPATIAL_ADMIN_POINT_ACCURACY_M": "0.1", "SPATIAL_ADMIN_HALFWAY_FIXES": "1"}
    assert (from_environment(given).point_accuracy_m, from_environment(given).halfway_fixes) == (0.1, True)


def test_a_switch_takes_nothing_but_0_and_1() -> None:
    with pytest.raises(SettingRefused, match="SPATIAL_ADMIN_RECORD_REQUIRED"):
        from_environment({**ENOUGH, "SPATIAL_ADMIN_RECORD_REQUIRED": "yes"})


def test_the_size_of_a_records_file_is_a_limit_like_the_others() -> None:
    assert from_environment(ENOUGH).limits.record_file_bytes == 20 * 1024 * 1024
    given = {**ENOUGH, "SPATIAL_ADMIN_LIMIT_RECORD_FILE_BYTES": "1000"}
    assert from_environment(given).limits.record_file_bytes == 1_000


@pytest.mark.parametrize(
    ("given", "cron"),
    [
        (None, "30 3 * * *"),
        ("22:05", "5 22 * * *"),
        ("7:00", "0 7 * * *"),
        ("Sun 03:30", "30 3 * * sun"),
        ("off", None),
    ],
)
def test_maintenance_is_at_a_time_of_day_or_of_a_weekday_or_never(given: str | None, cron: str | None) -> None:
    environ = ENOUGH if given is None else {**ENOUGH, "SPATIAL_ADMIN_MAINTAIN_AT": given}
    assert from_environment(environ).upkeep.at == cron


@pytest.mark.parametrize("given", ["24:00", "3", "noon", "3:5", "30 3 * * *", "sunday 3:30"])
def test_a_time_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingRefused, match="SPATIAL_ADMIN_MAINTAIN_AT"):
        from_environment({**ENOUGH, "SPATIAL_ADMIN_MAINTAIN_AT": given})


def test_backups_are_made_into_an_absolute_folder_and_some_are_kept() -> None:
    usual = from_environment(ENOUGH).upkeep
    assert (usual.backup_folder, usual.backup_at, usual.keep_backups) == (None, "15 2 * * *", 14)
    given = {"BACKUP_FOLDER": "/srv/backups", "BACKUP_AT": "sun 01:00", "KEEP_BACKUPS": "3"}
    upkeep = from_environment({**ENOUGH, **{f"SPATIAL_ADMIN_{name}": value for name, value in given.items()}}).upkeep
    assert (upkeep.backup_folder, upkeep.backup_at, upkeep.keep_backups) == (Path("/srv/backups"), "0 1 * * sun", 3)
    for name, value in {"BACKUP_FOLDER": "backups", "BACKUP_AT": "noon", "KEEP_BACKUPS": "0"}.items():
        with pytest.raises(SettingRefused, match=f"SPATIAL_ADMIN_{name}"):
            from_environment({**ENOUGH, f"SPATIAL_ADMIN_{name}": value})


@pytest.mark.parametrize("given", ["0", "-3", "x", "99999"])
def test_rows_are_kept_for_a_number_of_days(given: str) -> None:
    assert from_environment({**ENOUGH, "SPATIAL_ADMIN_KEEP_JOBS_DAYS": "7"}).upkeep.keep_jobs_days == 7
    with pytest.raises(SettingRefused, match="SPATIAL_ADMIN_KEEP_JOBS_DAYS"):
        from_environment({**ENOUGH, "SPATIAL_ADMIN_KEEP_JOBS_DAYS": given})


class Asked(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name.removesuffix("_FILE"))
        return ENOUGH[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENOUGH)

    def __len__(self) -> int:
        return len(ENOUGH)


def test_every_setting_that_is_read_is_described() -> None:
    asked = Asked()
    from_environment(asked)
    told = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md")))
    told = told.replace("`…_", "`SPATIAL_ADMIN_")  # as a row of a table abbreviates the second of two names
    limits = {name for name in asked.names if name.startswith("SPATIAL_ADMIN_LIMIT_")}
    assert len(limits) == len(fields(Limits))
    assert sorted(name for name in asked.names - limits if f"`{name}" not in told) == []


@pytest.mark.parametrize("field", fields(Limits), ids=lambda field: field.name)
def test_a_limit_stands_in_its_table_with_its_default(field: object) -> None:
    name, default = getattr(field, "name", ""), getattr(field, "default", 0)
    table = (DOCS / "running.md").read_text(encoding="utf-8").split("### Limits")[1].split("###")[0]
    rows = [[cell.strip().split(", ") for cell in line.split("|")[1:3]] for line in table.splitlines() if "|" in line]
    ((names, defaults),) = [row for row in rows if f"`{name.upper()}`" in row[0]]
    assert defaults[names.index(f"`{name.upper()}`")] == f"{default:,}"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        pytest.param("SPATIAL_ADMIN_ENV", "prod", id="not production, by a slip: a weak key would pass"),
        pytest.param("SPATIAL_ADMIN_HTTPS", "true", id="no https, though it was meant"),
        pytest.param("SPATIAL_ADMIN_DEMO", "no", id="the demo town in an office's database"),
    ],
)
def test_a_word_that_is_none_of_a_settings_is_refused(name: str, given: str) -> None:
    with pytest.raises(SettingRefused, match=f"{name}.*it takes "):
        from_environment({**ENOUGH, name: given})
