"""Statements about records, drafts, jobs and keys of edits."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.models import Edit, JobRun, Record
from spatial_admin.services.database.named_queries import NamedQuery
from spatial_admin.services.records import list_records, show_record


def _page_of_records(condition: str) -> NamedQuery:
    text = list_records.PAGE.format(conditions=f" AND {list_records.CONDITIONS[condition]}")
    return NamedQuery(f"list_records.PAGE (by {condition})", "Records, newest first.", lambda _session, _sample: text)


def _all_records(_session: Session, _sample: Json) -> str:
    return list_records.PAGE.format(conditions="")


def _locked_record(_session: Session, sample: Json) -> Executable:
    return select(Record).where(Record.id == sample["record"]).with_for_update()


def _edit_of_key(_session: Session, sample: Json) -> Executable:
    return select(Edit).where(Edit.key == sample["key"])


def _job_of_key(_session: Session, sample: Json) -> Executable:
    return select(JobRun).where(JobRun.edit_key == sample["key"], JobRun.state.in_(("waiting", "running", "done")))


def _job(_session: Session, sample: Json) -> Executable:
    return select(JobRun).where(JobRun.id == sample["job"])


def _exports_unended(_session: Session, sample: Json) -> Executable:
    unended = (JobRun.kind == "export_parcels", JobRun.asked_by == sample["author_id"], JobRun.ended_at.is_(None))
    return select(JobRun).where(*unended)


def _own_export(_session: Session, sample: Json) -> Executable:
    return select(JobRun.result).where(JobRun.id == sample["job"], JobRun.asked_by == sample["author_id"])


def _own_jobs(_session: Session, sample: Json) -> Executable:
    return select(JobRun).where(JobRun.asked_by == sample["author_id"]).order_by(JobRun.id.desc()).limit(51)


def _all_jobs(_session: Session, _sample: Json) -> Executable:
    return select(JobRun).where(JobRun.state == "failed").order_by(JobRun.id.desc()).limit(51)


def _own(sample: Json) -> Json:
    return {
        "owner": sample["author_id"], "parcels": [sample["name"]], "footprint": None, "nature": "correction",
        "reverts": None, "state": None, "after": 0, "may_judge": True, "days": 30,
        "accept": "[]", "admits_import": None, "admits_row": None, "findings": None, "accepts": None,
    }  # fmt: skip


def _kept(sample: Json) -> Json:
    return {**_own(sample), "states": ["open", "returned"]}


def _step(sample: Json) -> Json:
    return {
        "state": "returned", "days": 30, "what": "returned", "account": sample["author_id"], "approver": 0,
        "version": 1, "comment": "", "problem": None, "edit": 1,
        "accepts": None, "findings": [sample["finding"]],
    }  # fmt: skip


def _findings(sample: Json) -> Json:
    return {"ids": [sample["finding"]]}


def _own_in_a_box(_sample: Json) -> Json:
    return {"owner": 0, "west": 0.0, "south": 0.0, "east": 0.001, "north": 0.001}


def _places(sample: Json) -> Json:
    return {"parcels": [sample["name"]], "xs": [0.0], "ys": [0.0], "lons": [0.0], "lats": [0.0]}


QUERIES: Final = (
    NamedQuery("list_records.PAGE", "Records, newest first.", _all_records),
    *(_page_of_records(condition) for condition in list_records.CONDITIONS),
    NamedQuery("list_records.TO_NAME", "The newest records that an edit may rest on."),
    NamedQuery("show_record.RECORD", "A record.", lambda _session, _sample: show_record.RECORD),
    NamedQuery("show_record.EDITS", "Edits that rest on a record."),
    NamedQuery("change_record.locked_record", "A record that is changed.", _locked_record),
    NamedQuery("list_drafts.PAGE", "One's own drafts, newest first.", values=_own),
    NamedQuery("list_drafts.APPROVED", "Those that were approved.", values=_own),
    NamedQuery("list_drafts.WAITING", "Drafts of others that wait for approval.", values=_own),
    NamedQuery("list_drafts.COUNT", "How many wait.", values=_own),
    NamedQuery("show_draft.BOX", "Where a draft lies.", values=_own),
    NamedQuery("show_draft.EVENTS", "What happened to a draft.", values=_own),
    NamedQuery("rehearse_draft.OUTLINES", "The land of findings that a draft is about.", values=_findings),
    NamedQuery("request_of_draft.CONTENT", "A draft as the edit that it is to become.", values=_own),
    NamedQuery("create_draft.OF_EDIT", "The parcels of an edit that is to be undone.", values=_step),
    NamedQuery("create_draft.OF_FINDINGS", "The parcels of findings that are to be accepted.", values=_step),
    NamedQuery("step_draft.HELD", "A draft that is judged.", values=_step),
    NamedQuery("step_draft.LOCKED", "It, held.", values=_step),
    NamedQuery("step_draft.STEP", "It is in another state.", values=_step),
    NamedQuery("step_draft.EVENT", "What happened is noted.", values=_step),
    NamedQuery("step_draft.ANYBODYS", "A draft, to whoever judges it.", values=_step),
    NamedQuery("approve_draft.MADE", "The edit that an approval made.", values=_step),
    NamedQuery("approve_draft.BECOME", "A draft becomes its edit.", values=_step, is_edit=True),
    NamedQuery("show_draft.SUMMARY", "A draft of one's own.", values=_own),
    NamedQuery("show_draft.DRAFT", "It, with its steps.", values=_own),
    NamedQuery("keep_reference.DRAFT", "A draft that a reference layer is to belong to.", values=_kept),
    NamedQuery("list_drafts_of_others.WITHIN", "Drafts of colleagues in a box.", values=_own_in_a_box),
    NamedQuery("locate_draft.FOOTPRINT", "Where a draft lies.", values=_places),
    NamedQuery("create_draft.COUNT", "How many drafts somebody has.", values=_own),
    NamedQuery("create_draft.INSERT", "A new draft.", values=_own),
    NamedQuery("create_draft.OF_KEY", "The draft that holds a key already.", values=_own),
    NamedQuery("change_draft.LOCKED", "A draft that is changed.", values=_own),
    NamedQuery("change_draft.UPDATE", "It is changed.", values=_own),
    NamedQuery("change_draft.RENAME", "It is called otherwise.", values=_own),
    NamedQuery("discard_draft.HELD", "A draft that is to go.", values=_own),
    NamedQuery("discard_draft.DELETE", "A draft goes.", values=_own),
    NamedQuery("discard_draft.DELETE_OF_KEY", "A draft goes whose edit a form saved.", values=_own),
    NamedQuery("queue_edit._known", "The edit of a key that is queued.", _edit_of_key),
    NamedQuery("queue_edit._known (job)", "The job of a key.", _job_of_key),
    NamedQuery("queue_undo._known", "The edit of a key that undoes an import.", _edit_of_key),
    NamedQuery("queue_undo.run_undo_job", "The job that a worker runs.", _job),
    NamedQuery("queue_export.queue_export", "Exports of an account that have not ended.", _exports_unended),
    NamedQuery("queue_export.kept_export", "What a job of one's own exported.", _own_export),
    NamedQuery("run_edit_job._asked", "The job that a worker runs.", _job),
    NamedQuery("show_job.visible_job", "A job.", _job),
    NamedQuery("show_job.show_job", "A job with what came of it.", _job),
    NamedQuery("show_import.show_import", "The job of an import.", _job),
    NamedQuery("queue_import._asked", "The job that a worker runs.", _job),
    NamedQuery("queue_import.queue_rest", "The job of an import.", _job),
    NamedQuery("list_jobs.list_jobs", "One's own jobs, newest first.", _own_jobs),
    NamedQuery("list_jobs.list_jobs (everybody's)", "Jobs in a state, newest first.", _all_jobs),
    NamedQuery("report_progress.BEGIN", "A job is begun."),
    NamedQuery("report_progress.REPORT", "How far a job is."),
    NamedQuery("report_progress.FINISH", "A job is done."),
    NamedQuery("report_progress.FAIL", "A job has failed."),
    NamedQuery("report_progress.STOP", "A job was cancelled."),
    NamedQuery("report_progress.HAND_BACK", "A job goes back into the queue."),
    NamedQuery("rescue_jobs.COUNT_DEATH", "A worker died over a job."),
    NamedQuery("rescue_jobs.GIVE_UP", "A job is given up."),
    NamedQuery("rescue_jobs.END_CANCELLED", "A cancelled job ends."),
    NamedQuery("rescue_jobs.LOST", "Jobs that the queue has forgotten."),
    NamedQuery("check_database.REFERENCES", "References that have no foreign key.",
               lambda _session, _sample: "SELECT 1", whole="a command that verifies every row"),
)  # fmt: skip
