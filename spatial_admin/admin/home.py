"""The site's first page: what is wrong and where, what waits for whoever looks, what was done last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g
from flask_admin import AdminIndexView, expose
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select

from spatial_admin.admin.analysis_drawing import draw
from spatial_admin.admin.base_view import PageData, may
from spatial_admin.admin.presentation import page_url
from spatial_admin.admin.site_menu import count_for_menu
from spatial_admin.admin.trend_drawing import draw_trend
from spatial_admin.errors import Json
from spatial_admin.models import Draft, Edit, ImportBatch, Record, db
from spatial_admin.services.approval.load_four_eyes import asks_for_any
from spatial_admin.services.findings.list_findings import Narrowing, Question, list_findings
from spatial_admin.services.findings.summarize_findings import summarize_findings
from spatial_admin.services.parcels.analyse_coverage import LEAST, WITHIN_M, analyse_coverage
from spatial_admin.services.records.change_record_state import awaiting_judgement, awaiting_work
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, has_role
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.transaction import snapshot

LATEST = 8
MINE = 6  # findings of whoever looks, the worst
MOST_COUNTED = 100  # of what waits: more is said as that many


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for whoever looks: how many (`100+` where nobody counted on), of what, and where."""

    count: str
    what: str
    url: str


class HomeView(AdminIndexView):  # type: ignore[misc]  # Flask-Admin ships no types
    """Findings in numbers, by rule, severity, age, area and day; what waits; the last edits, the last imports."""

    def is_accessible(self) -> bool:
        """Everybody who is signed in."""
        return bool(current_user.is_authenticated)

    @expose("/")  # type: ignore[untyped-decorator]  # as above
    def index(self) -> Any:
        """Render the page."""
        drafts = count_for_menu(current_account(), is_fresh=True)  # before the page holds a connection
        edits = list(db.session.scalars(select(Edit).order_by(Edit.id.desc()).limit(LATEST)))
        imports = list(db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(LATEST)))
        g.page_data = PageData(emails=emails_of(db.session(), [edit.author_id for edit in edits]))
        waiting = _waiting(drafts)
        db.session.close()  # the page holds one connection at a time
        said, mine = _findings()
        analysis = analyse_coverage()
        return self.render(
            "admin/index.html",
            said=said,
            mine=mine,
            trend=draw_trend(said["trend"]),
            waiting=waiting,
            edits=edits,
            imports=imports,
            analysis=analysis,
            drawing=draw(analysis, deployment_ground()) if analysis else None,
            within_m=WITHIN_M,
            least=LEAST,
            page_data=g.page_data,
            may=may,
        )


def _findings() -> tuple[Json, list[Json]]:
    """The numbers, and the worst of those that whoever looks has."""
    with snapshot(may_lag=True) as session:
        said = summarize_findings(session, Narrowing(), current_user.id)
        if not said["yours"]:
            return said, []
        question = Question(Narrowing("open", assignee=current_user.email), sort="worst", limit=MINE)
        return said, list_findings(session, question)["findings"]


def _waiting(drafts: int) -> list[Waiting]:
    """Records and drafts, of others' drafts so many; of what there is none nothing is said."""
    asked: list[tuple[int, str, str, str]] = []
    if has_role(current_user, EDITOR):
        records = awaiting_work(current_user.id)
        own = [Draft.owner_id == current_user.id, Draft.state == "open", Draft.findings.is_(None)]
        asked += [
            (_count(Record, records), "record", "that you work on", page_url("record.index_view", waiting="work")),
            (_count(Draft, own), "draft", "not saved yet", page_url("pages.show_map")),
        ]
    if has_role(current_user, REVIEWER):
        judged = awaiting_judgement(current_user.id, are_imports_judged=asks_for_any())
        asked.append(
            (_count(Record, judged), "record", "submitted for approval", page_url("record.index_view", waiting="me"))
        )
    asked.append((drafts, "draft", "for you to approve or return", page_url("waiting.index")))
    return [
        Waiting(f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count), f"{one}{'s' * (count > 1)} {what}", url)
        for count, one, what, url in asked
        if count
    ]


def _count(model: Any, conditions: list[ColumnElement[bool]]) -> int:
    few = select(model.id).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return int(db.session.scalar(select(func.count()).select_from(few)) or 0)
