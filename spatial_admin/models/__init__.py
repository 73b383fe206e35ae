"""Tables; importing this package registers every one of them."""

from spatial_admin.models.account import ROLES, Account, ApiToken, Role, account_role
from spatial_admin.models.base import STORAGE_SRID, Base, db
from spatial_admin.models.draft import DRAFT_STATES, Draft, DraftEvent, FourEyes
from spatial_admin.models.edit import NATURES, Edit
from spatial_admin.models.finding import Finding, FindingEvent
from spatial_admin.models.guard import ConflictCell, Deployment
from spatial_admin.models.import_batch import ImportBatch, RowDecision, StagedParcel
from spatial_admin.models.index_size import IndexSize
from spatial_admin.models.job_run import JOB_STATES, JobRun
from spatial_admin.models.lineage import Lineage
from spatial_admin.models.parcel import CHANGES, PARCEL_KINDS, Level, Parcel, ParcelVersion
from spatial_admin.models.record import (
    RECORD_EVENTS,
    RECORD_STATES,
    RECORD_TYPES,
    Record,
    RecordEvent,
    RecordFile,
)
from spatial_admin.models.reference_layer import ReferenceLayer
from spatial_admin.models.tile import ParcelCell, TileBody, TileChange, TileSweep, ZoningOutline, parcel_cell_delta
from spatial_admin.models.validity import DisputedBoundary, KnownGap, Scan, ScanCell, ScanDefect, ScanSeen, ValidityRule
from spatial_admin.models.zoning import ParcelZoning, ZoningDistrict

__all__ = [
    "CHANGES",
    "DRAFT_STATES",
    "JOB_STATES",
    "NATURES",
    "PARCEL_KINDS",
    "RECORD_EVENTS",
    "RECORD_STATES",
    "RECORD_TYPES",
    "ROLES",
    "STORAGE_SRID",
    "Account",
    "ApiToken",
    "Base",
    "ConflictCell",
    "Deployment",
    "DisputedBoundary",
    "Draft",
    "DraftEvent",
    "Edit",
    "Finding",
    "FindingEvent",
    "FourEyes",
    "ImportBatch",
    "IndexSize",
    "JobRun",
    "KnownGap",
    "Level",
    "Lineage",
    "Parcel",
    "ParcelCell",
    "ParcelVersion",
    "ParcelZoning",
    "Record",
    "RecordEvent",
    "RecordFile",
    "ReferenceLayer",
    "Role",
    "RowDecision",
    "Scan",
    "ScanCell",
    "ScanDefect",
    "ScanSeen",
    "StagedParcel",
    "TileBody",
    "TileChange",
    "TileSweep",
    "ValidityRule",
    "ZoningDistrict",
    "ZoningOutline",
    "account_role",
    "db",
    "parcel_cell_delta",
]
