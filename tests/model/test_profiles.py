from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub_config.i18n.catalog import catalog
from hub_config.model.offer import Person, make_offer
from hub_config.model.profiles import Advanced, Preset, Profiles
from hub_config.model.request import JobRequest
from hub_config.model.resolve import Defaults, resolve
from hub_config.model.site import Application
from hub_config.said import spoken
from tests.model.payloads import HOSTILE

PLAIN = {"id": "one", "title": "One", "partition": "shared", "memory": "1G", "walltime": "1h"}


def preset(**change: Any) -> Preset:
    return Preset.model_validate({**PLAIN, **change})


def test_units_are_read_once() -> None:
    made = preset(memory="2.5G", walltime="1-00:00:00", start_timeout="10m", http_timeout="30s")
    assert (made.memory, made.walltime) == (2560, 86400)
    assert (made.start_timeout, made.http_timeout) == (600, 30)


def test_units_are_written_back() -> None:
    shown = preset(memory="2.5G", walltime="90m").model_dump(mode="json")
    assert (shown["memory"], shown["walltime"]) == ("2560M", "01:30:00")
    assert preset(**{key: shown[key] for key in ("memory", "walltime")}) == preset(
        memory="2.5G", walltime="90m"
    )


def test_a_title_may_be_there_in_each_language() -> None:
    made = preset(title={"en": "One core", "de": "Ein Kern"}, description={"de": "Für alle."})
    assert (made.title, made.description) == ("One core", "Für alle.")
    assert spoken(made.title, catalog("de")) == "Ein Kern"


@pytest.mark.parametrize("title", ["<b>bold</b>", "Für alle", "数据", "{{ 7*7 }}", "a \u202e b"])
def test_a_title_is_any_line_of_text(title: str) -> None:
    assert preset(title=title).title == title


def test_nothing_changes_after_loading() -> None:
    with pytest.raises(ValidationError):
        preset().cores = 4  # type: ignore[misc]


def test_an_error_does_not_quote_what_was_written() -> None:
    with pytest.raises(ValidationError) as error:
        preset(cores="hunter2")
    assert "hunter2" not in repr(error.value)


RANGES: dict[str, tuple[dict[str, Any], str | None]] = {
    "00-nothing": ({}, None),
    "01-in-order": ({"min": 2, "default": 4, "max": 8}, None),
    "02-all-the-same": ({"min": 4, "default": 4, "max": 4}, None),
    "03-default-under-min": ({"min": 4, "default": 2}, "default 2 is under min 4"),
    "04-default-over-max": ({"default": 9, "max": 8}, "default 9 is over max 8"),
    "05-left-out-default-under-min": ({"min": 4}, "default 1 (when left out) is under min 4"),
    "06-one-core-at-most": ({"max": 1}, None),
}


@pytest.mark.parametrize("case", RANGES)
def test_a_default_lies_between_min_and_max(case: str) -> None:
    cores, complaint = RANGES[case]
    written = {"partitions": {"shared": {"cores": cores}}}
    if complaint is None:
        Advanced.model_validate(written)
        return
    with pytest.raises(ValidationError) as error:
        Advanced.model_validate(written)
    assert complaint in str(error.value)


def test_a_small_default_lowers_a_min_that_nobody_wrote() -> None:
    ranges = {"memory": {"default": "256M"}, "walltime": {"default": "5m"}}
    Advanced.model_validate({"partitions": {"shared": ranges}})


@pytest.mark.parametrize("field", sorted(Preset.model_fields))
def test_a_preset_that_loads_can_be_started(field: str) -> None:
    """What loads is never refused at the spawn: the bounds are the request's own."""
    for value in HOSTILE:
        if isinstance(value, str) and not value.isprintable():
            continue  # the YAML reader lets no such text pass; pydantic fails on half a surrogate
        try:
            made = preset(**{field: value})
        except ValidationError:
            continue
        assert started(made)


values = st.one_of(
    st.integers(-10, 10**10),
    st.integers(0, 10**7).map(lambda number: f"{number}M"),
    st.integers(0, 10**6).map(lambda number: f"{number}m"),
    st.text(st.characters(exclude_categories=["C"]), max_size=70),
)


@given(st.dictionaries(st.sampled_from(sorted(Preset.model_fields)), values))
def test_any_preset_that_loads_can_be_started(change: dict[str, Any]) -> None:
    try:
        made = preset(**change)
    except ValidationError:
        return
    assert started(made)


def started(made: Preset) -> JobRequest:
    applications = {made.application: Application(title="x")}
    found = make_offer(
        Profiles(presets=(made,)), applications, Person("alice", frozenset(made.groups)), {}, None
    )
    return resolve(found, {"profile": made.id}, Defaults(3600, 120))
