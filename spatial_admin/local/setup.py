"""Everything that must be there before a copy can start, in one order; quick when it already is."""

from __future__ import annotations

from spatial_admin.local import browser_packages, python_packages, system_packages
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.processes import locked


def ensure_runtime(*, postgis: bool, pages: bool = True) -> None:
    """What serving needs; `pages` says whether a browser will load them. Two copies of one checkout take turns."""
    system_packages.ensure(postgis=postgis, browser=False)
    with locked(CHECKOUT):
        python_packages.ensure(python_packages.RUNTIME)
        if pages:
            browser_packages.ensure(development=False)


def ensure_development(*, browser: bool = True) -> None:
    """What tests and benchmarks need besides."""
    system_packages.ensure(postgis=True, browser=browser)
    system_packages.ensure_pooler()
    with locked(CHECKOUT):
        python_packages.ensure(python_packages.RUNTIME, python_packages.DEVELOPMENT)
        browser_packages.ensure(development=True)
