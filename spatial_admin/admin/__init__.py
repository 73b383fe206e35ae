"""The Flask-Admin site at /admin/: everything to look through, and the forms that change parcels and accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from spatial_admin.admin.accounts import AccountView
from spatial_admin.admin.base_view import SiteView
from spatial_admin.admin.database import DatabaseView
from spatial_admin.admin.disputes import DisputeView
from spatial_admin.admin.four_eyes import FourEyesView
from spatial_admin.admin.history import VersionView
from spatial_admin.admin.home import HomeView
from spatial_admin.admin.imports import ImportBatchView, StagedParcelView
from spatial_admin.admin.jobs import JobView
from spatial_admin.admin.list_queries import list_queries
from spatial_admin.admin.parcels import ParcelView
from spatial_admin.admin.records import RecordView
from spatial_admin.admin.reports import ReportsView
from spatial_admin.admin.review import FindingView
from spatial_admin.admin.review_page import ReviewView
from spatial_admin.admin.rules import RulesView
from spatial_admin.admin.site_menu import counting_first, site_menu
from spatial_admin.admin.undo_edit import UndoableEditView
from spatial_admin.admin.waiting import WaitingView
from spatial_admin.admin.zoning import LevelView, ZoningDistrictView
from spatial_admin.models import (
    Account,
    DisputedBoundary,
    Edit,
    Finding,
    ImportBatch,
    JobRun,
    Level,
    Parcel,
    ParcelVersion,
    Record,
    StagedParcel,
    ZoningDistrict,
    db,
)
from spatial_admin.services.database.named_queries import VIEWS


def init_app(app: Flask, problem_of: Callable[[Exception], Any]) -> None:
    """Add the site; `problem_of` tells what HTTP says of an error (web and admin do not know each other)."""
    site = Admin(
        name="Spatial Admin",
        index_view=HomeView(name="Overview", url="/admin"),
        theme=Bootstrap4Theme(base_template="admin/site.html"),
        csp_nonce_generator=lambda: g.get("csp_nonce", ""),
    )
    site.add_view(ParcelView(Parcel, db, problem_of=problem_of, name="Parcels", endpoint="parcel", category="Parcels"))
    site.add_view(VersionView(ParcelVersion, db, name="Versions", endpoint="version", category="Parcels"))
    site.add_view(ZoningDistrictView(ZoningDistrict, db, name="Zoning", endpoint="zoning_district", category="Parcels"))
    site.add_view(LevelView(Level, db, name="Levels", endpoint="level", category="Parcels"))
    site.add_view(
        WaitingView(problem_of=problem_of, name="Waiting", endpoint="waiting", url="/admin/waiting", category="Work")
    )
    site.add_view(UndoableEditView(Edit, db, problem_of=problem_of, name="Edits", endpoint="edit", category="Work"))
    site.add_view(RecordView(Record, db, problem_of=problem_of, name="Records", endpoint="record", category="Work"))
    site.add_view(ReviewView(name="Review", endpoint="review", url="/admin/review", category="Work"))
    site.add_view(FindingView(Finding, db, name="Findings", endpoint="finding", category="Work"))
    site.add_view(DisputeView(DisputedBoundary, db, name="Disputes", endpoint="dispute", category="Work"))
    site.add_view(RulesView(name="Rules", endpoint="rules", url="/admin/rules", category="Work"))
    site.add_view(ReportsView(name="Reports", endpoint="reports", url="/admin/reports", category="Work"))
    site.add_view(ImportBatchView(ImportBatch, db, name="Imports", endpoint="import_batch", category="Work"))
    site.add_view(StagedParcelView(StagedParcel, db, name="Quarantine", endpoint="staged_parcel", category="Work"))
    site.add_view(JobView(JobRun, db, name="Jobs", endpoint="job", category="Work"))
    site.add_view(AccountView(Account, db, name="Accounts", endpoint="account", category="People"))
    site.add_view(FourEyesView(name="Four eyes", endpoint="four_eyes", url="/admin/four-eyes", category="People"))
    site.add_view(DatabaseView(name="Database", endpoint="database", url="/admin/database", category="Server"))
    site.init_app(app)
    app.jinja_env.globals["site_menu"] = site_menu
    app.before_request(counting_first(frozenset(view.endpoint for view in site._views)))  # noqa: SLF001
    views = [view for view in site._views if isinstance(view, SiteView) and not isinstance(view, ParcelView)]  # noqa: SLF001
    app.extensions[VIEWS] = lambda: list_queries(views)
