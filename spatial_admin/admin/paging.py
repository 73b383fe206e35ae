"""Pages of a list as URLs and words: where a page begins, its neighbours, how many rows there are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import shapely
from flask import request
from sqlalchemy.orm import Session

from spatial_admin.admin.presentation import grouped
from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.estimate_rows import rows_of_table
from spatial_admin.services.shared.parse_box import parse_box
from spatial_admin.services.shared.parse_polygon import parse_polygon
from spatial_admin.services.shared.read_page import Page, Place

# Changes of a list's URL that leave no place in it.
ANYWHERE: Final = {"page": None, "after": None, "before": None, "end": None}


def asked_place() -> Place:
    """The page that the URL asks for; BadRequest where it asks for several."""
    given = [name for name in ("after", "before", "end") if request.args.get(name)]
    if len(given) > 1:
        raise BadRequest(given[1], f"a page begins at one place, and {given[0]} is there too")
    if "after" in given:
        return Place("after", request.args["after"])
    if "before" in given:
        return Place("before", request.args["before"])
    return Place("last") if given else Place()


def asked_box() -> Box | None:
    """The lon/lat box that narrows the list (`?bbox=`)."""
    text = request.args.get("bbox", "").strip()
    return parse_box(text) if text else None


def asked_polygon() -> shapely.Polygon | None:
    """The lon/lat polygon that narrows the list (`?polygon=`)."""
    text = request.args.get("polygon", "").strip()
    return parse_polygon(text) if text else None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """URLs of the pages around one; None where there is none."""

    first: str | None = None
    previous: str | None = None
    next: str | None = None
    last: str | None = None


def neighbours(list_url: Callable[..., str], page: Page, *, has_last: bool = True) -> Neighbours:
    """The pages around a page, under the same conditions and in the same order."""
    is_first = not ({"after", "before", "end"} & request.args.keys())
    return Neighbours(
        None if is_first else list_url(**ANYWHERE),
        list_url(**{**ANYWHERE, "before": page.previous}) if page.previous else None,
        list_url(**{**ANYWHERE, "after": page.next}) if page.next else None,
        list_url(**{**ANYWHERE, "end": "1"}) if page.next and has_last else None,
    )


def total_in_words(session: Session, table: str, page: Page) -> str | None:
    """How many rows the list has: `about 1,000,000` where it is the planner's estimate; None where nobody knows."""
    if page.is_exact and page.total is not None:
        return grouped(page.total)
    total = rows_of_table(session, table) if page.total is None else page.total
    return None if total is None else f"about {grouped(rounded(total))}"


def rounded(total: int) -> int:
    """An estimate in as many figures as it is worth: two, three above ten thousand."""
    figures = 3 if total >= 10_000 else 2
    step: int = 10 ** max(len(str(total)) - figures, 0)
    return round(total / step) * step
