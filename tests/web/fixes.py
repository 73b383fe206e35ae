"""Lots with one defect and its finding, as a scan would have left them, for tests of fixes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from tests.web.api import INSERT, at, wkt

FINDING = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity) "
    "SELECT :rule, :rule || ':' || array_to_string(ids, ':') || :point, ids, ST_GeomFromText(:place, 4326), :measure, 'error' "
    "FROM (SELECT array_agg(id ORDER BY id) AS ids FROM parcel WHERE parcel_id = ANY (:names)) AS them RETURNING id"
)
# Two lots under a road that is theirs to the bit; what is wrong is between the two.
ROAD = wkt(at(0, -1), at(2, -1), at(2, 0), at(1, 0), at(0, 0))
A = wkt(at(0, 0), at(1, 0), at(1, 1), at(0, 1))
OVERLAP = {  # 0.07 m deep, 111 m long
    "lots": {"A": A, "B": wkt(at(1, 0), at(2, 0), at(2, 1), at(1, 1), at(0.999, 0.8), at(0.999, 0.2))},
    "place": wkt(at(1, 0), at(1, 1), at(0.999, 0.8), at(0.999, 0.2)),
    "measure": 6.6,
}
SLIVER = {  # half a millimetre
    "lots": {"A": A, "B": wkt(at(1, 0), at(2, 0), at(2, 1), at(1, 1), at(0.999994, 0.5))},
    "place": wkt(at(1, 0), at(1, 1), at(0.999994, 0.5)),
    "measure": 0.02,
}
GAP = {  # 0.07 m wide
    "lots": {"A": A, "B": wkt(at(1, 0), at(2, 0), at(2, 1), at(1, 1), at(1.001, 0.5))},
    "place": wkt(at(1, 0), at(1.001, 0.5), at(1, 1)),
    "measure": 4.1,
    "names": ["A", "B", "road"],  # it ends in a point of the road
}
MISSING_POINT = {  # the corner of B and C lies on the side of A
    "lots": {
        "A": A,
        "B": wkt(at(1, 0), at(2, 0), at(2, 0.5), at(1, 0.5)),
        "C": wkt(at(1, 0.5), at(2, 0.5), at(2, 1), at(1, 1)),
    },
    "point": at(1, 0.5),
    "measure": 0.0,
    "names": ["A", "B", "C"],
}
REPEATED_POINT = {  # 0.4 mm from each other, at the street
    "lots": {"A": wkt(at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0.500004), at(0, 0.5))},
    "point": at(0, 0.5),
    "measure": 0.0004,
    "names": ["A"],
}
SPIKE = {  # 7 m long, its feet 11 mm apart, at the street
    "lots": {"A": wkt(at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0.5001), at(-0.1, 0.5), at(0, 0.5))},
    "point": at(-0.1, 0.5),
    "measure": 7.4,
    "names": ["A"],
}
DEFECTS: dict[str, dict[str, Any]] = {
    "overlap": OVERLAP, "sliver": SLIVER, "gap": GAP, "missing_point": MISSING_POINT,
    "repeated_point": REPEATED_POINT, "spike": SPIKE,
}  # fmt: skip
# A rule of points names its findings by the point too.
SMALL = ("sliver", "missing_point", "repeated_point")


def store_defect(engine: Engine, rule: str) -> int:
    """Write the lots of a defect and its finding, in one transaction; the finding's number."""
    defect = DEFECTS[rule]
    with engine.begin() as connection:
        for number, (name, shape) in enumerate({**defect["lots"], "road": ROAD}.items(), start=101):
            connection.execute(INSERT, {"name": name, "number": str(number), "wkt": shape, "address": None})
        x, y = defect.get("point", (0.0, 0.0))
        at_point = {"point": f"@{x!r},{y!r}", "place": f"POINT({x!r} {y!r})"} if "point" in defect else {"point": ""}
        values = {"rule": rule, "measure": defect["measure"], "place": defect.get("place"), **at_point}
        values |= {"names": defect.get("names", ["A", "B"])}
        return int(connection.execute(FINDING, values).scalar_one())
