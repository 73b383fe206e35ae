"""GET /api/parcels/{id}/lineage: what a parcel came out of and what came out of it."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.coverage import LINEAGE_KINDS
from spatial_admin.services.parcels.trace_lineage import MOST_KIN, MOST_STEPS, MOST_SUCCESSORS, WALKS
from spatial_admin.settings import Limits
from spatial_admin.web.api_parcels import DEEPEST, DEPTH
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.parcels import PARCEL_ID
from spatial_admin.web.openapi.schema import list_of, members, moment, one_of, or_null, ref, text, truth, whole

KIND: Final = one_of(LINEAGE_KINDS, "how the child came out of the parent")
NUMBER: Final = or_null(text("what people print; may repeat"))
NODE: Final = members(
    {
        "parcel_id": text(),
        "number": NUMBER,
        "version": whole("its newest", 1),
        "is_current": truth("is it not retired?"),
        "retired_at": or_null(moment("when it was retired")),
    }
)
STEP: Final = members(
    {
        "parent": text("parcel_id"),
        "parent_version": whole("the version that the step leads from", 1),
        "child": text("parcel_id"),
        "child_version": whole("the version that the step leads to", 1),
        "kind": KIND,
        "edit_id": whole("the edit that made it", 0),
        "at": moment("when"),
        "comment": or_null(text("why")),
    }
)
TRACED: Final = members(
    {
        "parcel_id": text(),
        "direction": one_of(tuple(WALKS)),
        "depth": whole("how many generations were looked at", 1, DEEPEST),
        "nodes": list_of(NODE, "the parcels as they are now"),
        "steps": list_of(STEP, "oldest first"),
        "truncated": truth("is there more?"),
    },
    "Where a parcel came from and what became of it.",
)
RELATIVE: Final = members(
    {
        "parcel_id": text(),
        "number": NUMBER,
        "version": whole("the version of the step", 1),
        "kind": KIND,
        "edit_id": whole("the edit that made the step", 0),
        "at": moment("when"),
        "is_current": truth("is it not retired?"),
    },
    "A parcel one step away.",
)
KIN: Final = members(
    {"parents": list_of(ref("Relative")), "children": list_of(ref("Relative"))},
    f"One step either way, oldest first; at most {MOST_KIN} each.",
)
SUCCESSOR: Final = members(
    {"parcel_id": text(), "number": NUMBER},
    f"A current parcel among all that came out of a retired one; at most {MOST_SUCCESSORS} are named.",
)
SCHEMAS: Final[dict[str, Json]] = {"Lineage": TRACED, "Kin": KIN, "Relative": RELATIVE, "Successor": SUCCESSOR}
ROUTE: Final = Route(
    "get", "/api/parcels/<path:parcel_id>/lineage", "Lineage of a parcel",
    "Steps lead from a version of a parent to a version of a child: what was part of a parcel only later is not among "
    f"the ancestors of what came out of it before. At most {MOST_STEPS:,} steps.",
    [Answer(200, "The steps, and the parcels that they join.", ref("Lineage"))],
    [
        PARCEL_ID,
        Parameter("direction", {**one_of(tuple(WALKS)), "default": "both"}, "to parents, to children, or both"),
        Parameter("depth", {**whole("", 1, DEEPEST), "default": DEPTH}, "how many generations"),
    ],
    problems=["bad_request", "not_found"],
    examples=[
        Example("lineage", "After a split", "/api/parcels/A/lineage?direction=forward", 200, after="split"),
        Example("lineage_of_nothing", "Of a parcel that there is not", "/api/parcels/Z/lineage", 404),
    ],
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """The walk, and what a parcel says of it."""
    return Section("Lineage", "What parcels came out of and what came out of them.", [ROUTE], SCHEMAS)
