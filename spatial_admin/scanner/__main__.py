"""A scanner's process: reads cells from standard input, one JSON line each, and answers each with a line of defects.

Started by services/findings/run_scanners.py, never by hand. The first line says how to reach the database (never on the
command line, which others may read), which snapshot to look at, and by which rules.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

import psycopg2
import shapely

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.rules import RuleBook, Setting
from spatial_admin.cadastre.scanning.cell import Cell
from spatial_admin.cadastre.scanning.parcels import Defect
from spatial_admin.scanner.read_cell import Reader


def main(asked: TextIO, answers: TextIO) -> int:
    """Answer every cell until the input ends; returns the exit status."""
    told = json.loads(asked.readline())
    ground = Ground(**{**told["ground"], "extent": tuple(told["ground"]["extent"])})
    book = RuleBook({name: Setting(**setting) for name, setting in told["rules"].items()})
    known = shapely.from_wkb(told["known_gaps"]).tolist()
    connection = psycopg2.connect(**told["connection"])
    try:
        reader = Reader(connection, told["snapshot"], ground.srid)
        for line in asked:
            number, *box = json.loads(line)
            west, south, east, north = box
            cell = Cell((west, south, east, north), ground, book, frozenset(told["levels"]), reader.load, known)
            found = cell.judge()
            answer = {"cell": number, "parcels": len(cell.own()), "defects": [_as_json(one) for one in found]}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    finally:
        connection.close()
    return 0


def _as_json(defect: Defect) -> list[Any]:
    place = shapely.to_wkb(defect.place, hex=True)
    return [defect.rule, defect.fingerprint, defect.ids, defect.versions, place, defect.measure]


if __name__ == "__main__":
    sys.exit(main(sys.stdin, sys.stdout))
