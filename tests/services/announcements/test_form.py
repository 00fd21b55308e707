"""What is in the fields becomes an announcement, and an announcement fills the fields."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub_config.model.announcement import Announcement, News
from services.announcements import form
from services.announcements.changes import changes, steps
from services.announcements.entry import Body, Entry, dumped, loaded, plain
from services.announcements.store import Version
from services.announcements.written import Written, Wrong, read

TEXT = {"text_en": "Hello"}
WINDOW = {
    **TEXT, "m_on": "yes", "m_begins": "2026-03-10T03:26", "m_lasts": "30m", "m_notice": "3d",
    "m_repeat": "weekday",
}  # fmt: skip


def sent(draft: bool = False, **fields: Any) -> form.Filled:
    """Return the form of somebody who filled in *fields* and left the rest as it was."""
    values = {**form.empty("announcement"), **fields}
    lists = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return form.fill(lists, draft=draft)


def written(**fields: Any) -> Body:
    filled = sent(**fields)
    assert filled.errors == {}
    assert filled.written
    return filled.written.body


def test_the_least_that_is_needed() -> None:
    body = written(**TEXT)
    assert body == Announcement(text="Hello")
    assert sent(True, **TEXT).written == Written(body, draft=True)


def test_languages() -> None:
    both = written(text_en="Hello", text_de="Hallo", title_en=" T ")
    assert plain(both)["text"] == {"en": "Hello", "de": "Hallo"}
    assert both.title == "T"
    assert plain(written(text_de="Hallo"))["text"] == {"de": "Hallo"}
    assert written(text_en="a\r\n\r\nb").text == "a\n\nb", "as browsers send new lines"


def test_all_of_it_comes_back_into_the_form() -> None:
    body = written(
        **WINDOW, severity="maintenance", closing="acknowledge", title_en="T", title_de="D",
        url="https://docs.example.org/x", start="2026-03-01T08:00", end="2026-05-01T08:00",
        where=["home", "form"], groups=["climate"], groups_more="ocean, , climate",
        m_partitions="gpu, compute", m_zone="Europe/Berlin",
    )  # fmt: skip
    assert isinstance(body, Announcement)
    assert body.groups == ("climate", "ocean")
    assert body.start == datetime(2026, 3, 1, 8).astimezone()
    assert body.maintenance
    assert body.maintenance.repeat == "FREQ=MONTHLY;BYDAY=2TU"
    assert body.maintenance.partitions == ("gpu", "compute")
    again = {name: value for name, value in form.of(body).items() if value != ""}
    assert written(**again) == body


def test_news_come_back_too() -> None:
    body = written(kind="news", date="2026-03-01", title_en="New", text_en="")
    assert body == News(date=date(2026, 3, 1), title="New")
    assert written(**form.of(body)) == body


def test_without_the_tick_there_is_no_window() -> None:
    body = written(**{**WINDOW, "m_on": ""})
    assert isinstance(body, Announcement)
    assert body.maintenance is None


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({}, "text_en", "Write something here."),
        ({"text_en": "x" * 4001}, "text_en", "has 4001 characters — write at most 4000"),
        ({**TEXT, "title_en": "x" * 61}, "title_en", "has 61 characters — write at most 60"),
        ({**TEXT, "url": "javascript:alert(1)"}, "url", "is not a URL"),
        ({**TEXT, "start": "soon"}, "start", "Write a day and a time, as 2026-03-01 08:00."),
        ({**TEXT, "start": "9999-12-31T23:59", "end": "x"}, "end", "Write a day and a time"),
        ({**TEXT, "start": "2026-03-02T00:00", "end": "2026-03-01T00:00"}, "end",
         "ends before it starts"),
        ({**TEXT, "where": []}, "where", "Choose at least one place."),
        ({**TEXT, "where": ["moon"]}, "where", "Input should be"),
        ({**TEXT, "severity": "hot"}, "severity", "Input should be"),
        ({**WINDOW, "m_begins": ""}, "m_begins", "Write when it begins."),
        ({**WINDOW, "m_lasts": ""}, "m_lasts", "Write how long it takes, as 4h or 30m."),
        ({**WINDOW, "m_lasts": "4x"}, "m_lasts", '"4x" is no walltime'),
        ({**WINDOW, "m_lasts": "30"}, "m_lasts", '"30" has no unit'),
        ({**WINDOW, "m_notice": "x"}, "m_notice", '"x" is no walltime'),
        ({**WINDOW, "m_repeat": "other", "m_rule": "often"}, "m_repeat", "no rule of repetition"),
        ({**WINDOW, "m_lasts": "40d"}, "m_repeat", "begins again before it is over"),
        ({**WINDOW, "m_zone": "Mars"}, "m_zone", "no time zone of this machine"),
        ({"kind": "news", "title_en": "x", "date": "soon"}, "date", "Write a day, as 2026-03-01."),
        ({"kind": "news", "title_en": ""}, "title_en", "Write something here."),
        ({"kind": "rumour", **TEXT}, "kind", "Write announcement or news."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_the_values_stay(
    fields: dict[str, Any], place: str, words: str
) -> None:
    filled = sent(**fields)
    assert filled.written is None
    assert words in filled.errors[place], filled.errors
    assert {name: filled.values[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], ""), ("x", ""), (None, ""), ({"kind": 1}, "kind"), ({"draft": "yes"}, "draft"),
        ({"text": 1}, "text"), ({"text": ["x"]}, "text"), ({"text": {"en": 1}}, "text"),
        ({"text": {"en": {"en": "x"}}}, "text"), ({"text": "x", "id": 1}, "id"),
        ({"text": "x", "groups": "climate"}, "groups"),
        ({"text": "x", "groups": ["a", "a"]}, "groups"),
        ({"text": "x", "maintenance": {}}, "maintenance.begins"),
        ({"text": "x", "start": 1e308}, "start"),
        ({"text": "\ud800"}, ""),
    ],
)  # fmt: skip
def test_what_is_no_announcement_is_refused(data: Any, field: str) -> None:
    with pytest.raises(Wrong) as caught:
        read(data)
    assert field in caught.value.fields


def test_the_mark_stays_while_the_words_do() -> None:
    first = Entry("1", loaded("announcement", '{"text": "x"}'))
    later = Entry("1", loaded("announcement", '{"text": "x", "where": ["home"]}'), revision=2)
    other = Entry("1", loaded("announcement", '{"text": "y"}'), revision=3)
    assert first.mark == later.mark != other.mark
    assert Entry("2", first.body).mark != first.mark
    assert loaded("announcement", dumped(later.body)) == later.body


def test_the_history_says_what_is_different() -> None:
    at = datetime(2026, 3, 1).astimezone()
    old = Announcement(text="one\ntwo", groups=("a",))
    new = Announcement(text="one\nthree", groups=("a",), title="T")
    versions = [
        Version(2, at, "ann", "changed", "announcement", new),
        Version(1, at, "eve", "created", "announcement", old),
    ]
    latest, first = steps(versions)
    assert [(c.name, c.gone, c.new) for c in latest.changes] == [
        ("Title", (), ("T",)),
        ("Text", ("two",), ("three",)),
    ]
    assert (first.what, first.changes) == ("written", ())
    assert list(changes(old, old)) == []


def test_a_repetition_is_on_the_day_of_its_zone() -> None:
    fields = {"m_begins": "2026-03-10T12:00", "m_repeat": "weekly", "m_zone": "Pacific/Kiritimati"}
    begins = datetime.fromisoformat(fields["m_begins"]).astimezone(ZoneInfo(fields["m_zone"]))
    body = written(**{**WINDOW, **fields})
    assert isinstance(body, Announcement)
    assert body.maintenance
    code = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[begins.weekday()]
    assert body.maintenance.repeat == f"FREQ=WEEKLY;BYDAY={code}"
    assert form.of(body)["m_repeat"] == "weekly"
