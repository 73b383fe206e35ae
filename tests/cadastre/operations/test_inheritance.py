from __future__ import annotations

from typing import Any

import pytest

from spatial_admin.cadastre.operations.inheritance import Inheritance
from tests.cadastre.fabric import PROPERTIES


def parcel(**properties: Any) -> dict[str, Any]:
    return {**PROPERTIES, **properties}


MODEL = parcel(number="1", legal_area_m2=0.1, legal_area_text="a", land_use="garden", attributes={"a": 1})
OTHER = parcel(number="2", legal_area_m2=0.2, legal_area_text="b", address="Mill Lane", attributes={"a": 2, "b": 3})


def test_by_default_areas_are_added_words_go_and_texts_are_the_models() -> None:
    heir = Inheritance().of(MODEL, [OTHER, parcel(legal_area_m2=0.3)], is_new=False)
    assert heir == {**MODEL, "legal_area_m2": 0.6, "legal_area_text": None}  # added without the error of 0.1 + 0.2


def test_a_sum_is_unknown_where_one_states_nothing() -> None:
    assert Inheritance().of(MODEL, [parcel()], is_new=False)["legal_area_m2"] is None


def test_a_new_parcel_begins_without_a_number() -> None:
    assert Inheritance().of(MODEL, [OTHER], is_new=True)["number"] is None


def test_kept_areas_keep_their_words_and_cleared_ones_lose_both() -> None:
    assert Inheritance("keep").of(MODEL, [OTHER], is_new=False) == MODEL
    cleared = Inheritance("clear").of(MODEL, [OTHER], is_new=False)
    assert (cleared["legal_area_m2"], cleared["legal_area_text"]) == (None, None)


def test_joined_texts_are_distinct_the_models_first_and_its_attributes_win() -> None:
    heir = Inheritance(text="join").of(
        MODEL, [OTHER, parcel(land_use="garden", attributes={"b": 4, "c": 5})], is_new=False
    )
    assert (heir["land_use"], heir["address"]) == ("garden", "Mill Lane")
    assert heir["attributes"] == {"a": 1, "b": 3, "c": 5}
    assert MODEL["attributes"] == {"a": 1}


def test_joined_texts_that_are_too_long_are_named_unless_the_operation_gives_one() -> None:
    long = [parcel(address=letter * 300) for letter in "ab"]
    with pytest.raises(ValueError, match="address of all of them together has 602 characters"):
        Inheritance(text="join").of(long[0], long[1:], is_new=False)
    assert Inheritance(text="join", properties={"address": "here"}).of(long[0], long[1:], is_new=False)
