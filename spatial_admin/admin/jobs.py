"""Jobs: long work, how far it is and what came of it; whoever sees a job may stop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from flask import flash, redirect
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, Section, SiteView
from spatial_admin.errors import NotFound
from spatial_admin.models import JOB_STATES, JobRun, db
from spatial_admin.services.database.maintain_database import KIND as MAINTENANCE
from spatial_admin.services.database.queue_backup import KIND as BACKUP
from spatial_admin.services.editing.queue_edit import KIND as EDIT
from spatial_admin.services.exporting.queue_export import KIND as EXPORT
from spatial_admin.services.exporting.queue_export import is_kept
from spatial_admin.services.findings.queue_scan import KIND as SCAN
from spatial_admin.services.importing.queue_import import KIND as IMPORT
from spatial_admin.services.importing.queue_undo import KIND as UNDO_IMPORT
from spatial_admin.services.jobs.cancel_job import cancel_job, may_cancel
from spatial_admin.services.jobs.show_job import rate_of, seconds_left_of, visible_to
from spatial_admin.services.shared.authorize import ADMINISTRATOR, current_account, has_role
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.services.shared.words_of_measure import about, bytes_of, duration

# What people call each kind; the API and the terminal say the kind itself.
KIND_WORDS: Final = {
    EDIT: "Edit", UNDO_IMPORT: "Undoing of an import", IMPORT: "Import", MAINTENANCE: "Maintenance", BACKUP: "Backup",
    EXPORT: "Export", SCAN: "Scan of the coverage",
}  # fmt: skip


def _progress(_view: Any, _context: Any, row: JobRun, _name: str) -> Any:
    of = "" if row.total is None else f" of {show.grouped(row.total)}"
    return show.figure(f"{show.grouped(row.done)}{of} {row.unit or ''}".strip())


def _left(_view: Any, _context: Any, row: JobRun, _name: str) -> Any:
    seconds = seconds_left_of(row)
    return show.NONE if seconds is None else show.figure(about(seconds))


def _rate(_view: Any, _context: Any, row: JobRun, _name: str) -> Any:
    rate = rate_of(row)
    return show.NONE if rate is None else show.figure(f"{rate:,.1f} a second".replace(",", "\u202f"))


def _result(_view: Any, _context: Any, row: JobRun, _name: str) -> Any:
    """What came of an edit is the edit; its receipt may be a megabyte long."""
    number = (row.result or {}).get("edit_id")
    return show.edit_link_of(number) if number else show.NONE


def _of_backup(result: dict[str, Any]) -> Section:
    rows = [
        ("File", result["file"]),
        ("Size", bytes_of(result["bytes"])),
        ("SHA-256", result["sha256"]),
        ("Everything is as it was at", result["made_at"]),
        ("Older ones that went", ", ".join(result.get("removed", [])) or show.NONE),
    ]
    return Section("What was made", ("", "Value"), rows, "")


NOTHING = "Nothing of it is kept."
KEPT_OF_IMPORT = "What is admitted stays, and it can go on from there; a file that is still being read is not kept."


def _of_export(job: JobRun, *, is_own: bool) -> Section:
    result = job.result or {}
    if not is_own:
        file = Markup("{} <small>(only who asked for it can fetch it)</small>").format(result["file"])
    elif is_kept(job):
        file = Markup('<a href="{}" download>Download {}</a>').format(result["href"], result["file"])
    else:
        file = Markup("{} <small>(not kept any more; export again)</small>").format(result["file"])
    until = show.moment_of(datetime.fromisoformat(result["kept_until"]))
    rows = [
        ("File", file),
        ("Size", bytes_of(result["bytes"])),
        ("Parcels", show.grouped(result["parcels"])),
        ("Kept until (UTC)", until),
    ]
    return Section("What was made", ("", "Value"), rows, "")


class JobView(SiteView):
    """Jobs, newest first: one's own, and to administrators everybody's."""

    intro = "Work that takes longer than a page may. It is run by a worker, beside the web server."
    empty_hint = "Large edits, exports, undone imports, maintenance and backups are listed here, also afterwards."
    column_list = ("id", "kind", "asked_at", "asked_by", "state", "progress", "message")
    column_details_list = (
        "kind", "state", "progress", "rate", "left", "message", "asked_by", "asked_at", "started_at", "ended_at",
        "cancel_asked_at", "attempts", "deaths", "edit_key", "result", "problem",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Job", "asked_at": "Asked (UTC)", "asked_by": "By", "started_at": "Begun (UTC)",
        "ended_at": "Ended (UTC)", "cancel_asked_at": "Asked to stop (UTC)", "deaths": "Workers that died over it",
        "edit_key": "Key of the edit", "result": "Edit", "left": "Time left", "message": "Step",
    }  # fmt: skip
    column_default_sort = ("id", True)
    orders: ClassVar[dict[str, Any]] = {"id": JobRun.id}
    column_formatters: ClassVar[dict[str, Any]] = {
        "id": lambda _v, _c, row, _n: show.row_link("job.details_view", row.id),
        "kind": show.ByValue(lambda kind: KIND_WORDS.get(kind, kind)),
        "asked_at": show.moment,
        "asked_by": show.email,
        "state": show.chip,
        "progress": _progress,
        "message": show.text_or_none,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "started_at": show.moment,
        "ended_at": show.moment,
        "cancel_asked_at": show.moment,
        "rate": _rate,
        "left": _left,
        "attempts": show.whole,
        "deaths": show.whole,
        "edit_key": show.text_or_none,
        "result": _result,
        "problem": show.as_json,
    }
    facets = (
        Facet(
            "state",
            "State",
            lambda: [("", "any"), *((name, name) for name in JOB_STATES)],
            lambda value: JobRun.state == value if value else None,
        ),
    )
    details_template = "admin/job.html"

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Only what the person at the page may see."""
        account = current_account()
        seen = [] if has_role(account, ADMINISTRATOR) else [visible_to(account)]
        return [*seen, *super().conditions(search)]

    def get_one(self, id: Any) -> Any:  # noqa: A002 (Flask-Admin's signature)
        """As its parent; a job of somebody else is not found."""
        job = super().get_one(id)
        is_seen = visible_to(current_account())
        if db.session.scalar(select(JobRun.id).where(JobRun.id == job.id, is_seen)) is None:
            raise NotFound("job", str(id)[:100])
        return job

    def enrich(self, page: PageData, rows: Sequence[JobRun]) -> None:
        """Emails of those who asked."""
        page.emails = emails_of(page.reading, [row.asked_by for row in rows])

    def sections(self, model: JobRun) -> list[Section]:
        """Of maintenance: what each step did; of a backup: where it is; of an export: the file."""
        if model.kind == EXPORT and model.result:
            return [_of_export(model, is_own=model.asked_by == current_account().id)]
        if model.kind == BACKUP and model.result:
            return [_of_backup(model.result)]
        if model.kind != MAINTENANCE or not model.result:
            return []
        rows = [
            (
                chore["name"].replace("_", " "),
                step["about"],
                f"not done: {chore['left_out']}" if chore["left_out"] else step["outcome"],
                show.figure(duration(step["seconds"])),
            )
            for chore in model.result["chores"]
            for step in chore["steps"]
        ]
        return [Section("What was done", ("Chore", "Step", "Outcome", "Took"), rows, "There was nothing to do.")]

    def stop_question(self, job: JobRun) -> str:
        """What the button asks first. (For the template.)"""
        kept = (
            "What it did so far stays."
            if job.kind in (MAINTENANCE, SCAN)
            else KEPT_OF_IMPORT
            if job.kind == IMPORT
            else NOTHING
        )
        return f"Stop this job? {kept}"

    def may_cancel(self, job: JobRun) -> bool:
        """Is there a job left to stop? (For the template.)"""
        return may_cancel(job)

    @expose("/cancel/<int(max=9223372036854775807):job_id>", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def cancel(self, job_id: int) -> Any:
        """Stop a job."""
        cancel_job(job_id, current_account())
        flash(Markup("Job {} is asked to stop.").format(job_id), "success")
        return redirect(self.get_url(".details_view", id=job_id), code=303)
