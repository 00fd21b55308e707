"""What messages call the fields."""

from typing import get_args

from hub_config.model.kinds import NO, THE
from hub_config.model.profiles import FieldName


def test_every_field_can_be_asked_for() -> None:
    assert set(THE) == {"profile", *get_args(FieldName)}


def test_what_there_may_be_none_of_is_a_field() -> None:
    assert set(NO) < set(THE)
