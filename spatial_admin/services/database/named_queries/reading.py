"""Statements that read parcels, their history and lineage for the map, the API and the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.models import Parcel, Record
from spatial_admin.services.database.named_queries import Build, NamedQuery
from spatial_admin.services.exporting import plan_export
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.services.parcels import describe_coverage, draw_thumbnails, find_parcels, recall_parcels
from spatial_admin.services.parcels.recall_parcels import NOW, AsOf, Source, source_of

STORED: Final = AsOf(at=datetime(2026, 1, 15, tzinfo=UTC))
IN_FORCE: Final = AsOf(legal_at=date(2026, 1, 15))


def _coverage(statement: str, as_of: AsOf | None = None) -> Build:
    def build(session: Session, _sample: Json) -> str:
        source = _source(session, as_of)
        lonlat = ", " + describe_coverage.LONLAT.format(geom="geom")
        return statement.format(lonlat=lonlat, table=source.table, condition=source.condition)

    return build


def _recalled(statement: str, in_box: str = "", as_of: AsOf = STORED) -> Build:
    def build(session: Session, _sample: Json) -> str:
        return statement.format(condition=_source(session, as_of).condition, in_box=in_box)

    return build


def _source(session: Session, as_of: AsOf | None) -> Source:
    return source_of(session, as_of) if as_of else NOW


def _exported(as_of: AsOf | None = None, level: str | None = None) -> Build:
    def build(session: Session, sample: Json) -> str:
        box = tuple(sample[side] for side in ("west", "south", "east", "north"))
        export = plan_export.Export(FORMATS["csv"], describe_coverage.WGS84, box, level, as_of)
        return plan_export.select_parcels(session, export).select(["v.parcel_id"])

    return build


def _has_parcels(_session: Session, _sample: Json) -> Executable:
    return select(Parcel.id).order_by(Parcel.id).limit(1)


def _parcels_of(_session: Session, sample: Json) -> Executable:
    return select(Parcel.id, Parcel.parcel_id, Parcel.number).where(Parcel.id.in_(sample["ids"]))


def _records_of(_session: Session, sample: Json) -> Executable:
    return select(Record.id, Record.type, Record.number).where(Record.id.in_([sample["record"]]))


def _drawings(table: draw_thumbnails.Table) -> Build:
    return lambda _session, _sample: draw_thumbnails.drawings_of(table)


MANY: Final = {"rows": 4_000}
PAST: Final = {"at": STORED.at, "legal_at": None}
LAW: Final = {"at": None, "legal_at": IN_FORCE.legal_at}
QUERIES: Final = (
    NamedQuery("describe_coverage.IN_BOX", "Parcels that meet a box, whole.", _coverage(describe_coverage.IN_BOX)),
    NamedQuery("describe_coverage.IN_BOX (as stored at a time)", "The same of the past.",
               _coverage(describe_coverage.IN_BOX, STORED), PAST),
    NamedQuery("describe_coverage.IN_BOX (as in force on a day)", "The same by law.",
               _coverage(describe_coverage.IN_BOX, IN_FORCE), LAW),
    NamedQuery("describe_coverage.BY_ID", "Named parcels, whole.", _coverage(describe_coverage.BY_ID)),
    NamedQuery("describe_coverage.BY_ID (as stored at a time)", "The same of the past.",
               _coverage(describe_coverage.BY_ID, STORED), PAST),
    NamedQuery("describe_coverage.AT_VERSION", "A parcel at a version.", _coverage(describe_coverage.AT_VERSION)),
    NamedQuery("name_parcels.NUMBERS", "The numbers of parcels."),
    NamedQuery("find_parcels.FEATURES", "Parcels of a page with their zoning."),
    NamedQuery("find_parcels.RECALLED", "A page of the parcels of a time.", _recalled(find_parcels.RECALLED), PAST),
    NamedQuery("find_parcels.RECALLED (in a box)", "The same in a box.",
               _recalled(find_parcels.RECALLED, find_parcels.IN_BOX), PAST),
    NamedQuery("recall_parcels.RECALLED", "A parcel as it was.", _recalled(recall_parcels.RECALLED),
               {"at": STORED.at, "legal_at": IN_FORCE.legal_at}),
    NamedQuery("recall_parcels.RECALLED (by law)", "A parcel as in force.",
               _recalled(recall_parcels.RECALLED, as_of=IN_FORCE), LAW),
    NamedQuery("plan_export.ROWS", "Parcels in a box, for a file.", _exported()),
    NamedQuery("plan_export.ROWS (as stored at a time)", "The same of the past.", _exported(STORED), PAST),
    NamedQuery("nearest_parcels.BY_DEGREES", "The parcels nearest to a place, by degrees."),
    NamedQuery("nearest_parcels.BY_PLANE", "The parcels nearest to a place, in a plane."),
    NamedQuery("nearest_parcels.BY_SPHERE", "The parcels nearest to a place, on a sphere."),
    NamedQuery("nearest_parcels.WITHIN", "The parcels within a radius in metres."),
    NamedQuery("show_parcel.FEATURE", "A parcel with its zoning."),
    NamedQuery("read_parcel.STORED", "A parcel for its form."),
    NamedQuery("show_parcel.VERSIONS", "Versions of a parcel, newest first."),
    NamedQuery("show_parcel.VERSION", "A parcel at a version, for drawing."),
    NamedQuery("show_edit.EDIT", "An edit."),
    NamedQuery("show_edit.VERSIONS", "The versions that an edit made."),
    NamedQuery("trace_lineage.BACK", "Steps by which a parcel came to be.", values=MANY),
    NamedQuery("trace_lineage.FORWARD", "Steps that came out of a parcel.", values=MANY),
    NamedQuery("trace_lineage.STEPS", "Steps of lineage by their ids."),
    NamedQuery("trace_lineage.NODES", "Parcels of a lineage."),
    NamedQuery("trace_lineage.KIN", "One step of lineage either way."),
    NamedQuery("trace_lineage.SUCCESSORS", "What retired parcels became.", values=MANY),
    NamedQuery("draw_thumbnails.DRAWINGS", "Drawings of parcels.", _drawings("parcel")),
    NamedQuery("draw_thumbnails.DRAWINGS (versions)", "Drawings of versions.", _drawings("parcel_version")),
    NamedQuery("describe_editor.HOME", "Where a new map begins."),
    NamedQuery("prepare_database.prepare_database", "The same, when the application starts.", _has_parcels),
    NamedQuery("name_references.parcels_of", "Names of parcels by internal id.", _parcels_of),
    NamedQuery("name_references.records_of", "Names of records by internal id.", _records_of),
    NamedQuery("list_parcels.ROWS", "Parcels of a page of the list, their drawings and envelopes."),
    NamedQuery("count_work.COUNTS", "Open findings by rule, for monitoring.", values={},
               whole="counts open findings by their index, for monitoring"),
)  # fmt: skip
