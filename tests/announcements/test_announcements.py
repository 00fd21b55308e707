"""What is announced, to whom, where and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub_config.announcements import Announced, Closing, Notice, Reserved
from hub_config.announcements.published import Answer
from hub_config.announcements.reservations import announced
from hub_config.i18n.catalog import catalog
from hub_config.model.announcement import PLACES, Announcement, News
from hub_config.said import spoken

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def one(text: str, **more: Any) -> Announcement:
    return Announcement(text=text, **more)


def planned(text: str, begins: datetime, **more: Any) -> Announcement:
    """Maintenance of four hours, of which people are told a day ahead."""
    times = {"begins": begins.isoformat(), "lasts": "4h", "notice": "1d", "zone": "UTC"}
    rest = {name: more.pop(name) for name in ("repeat", "partitions") if name in more}
    return Announcement.model_validate({"text": text, "maintenance": times | rest, **more})


def listed(*announcements: Announcement, now: datetime = NOW, **more: Any) -> Announced:
    return Announced(announcements, clock=lambda: now, **more)


def told(source: Announced, where: str = "home", *groups: str) -> list[str]:
    return [str(notice.said.text) for notice in source.current(where, frozenset(groups))]


@pytest.mark.parametrize("where", PLACES)
def test_it_is_announced_everywhere_if_nothing_else_is_said(where: str) -> None:
    assert told(listed(one("a")), where) == ["a"]


def test_it_is_announced_where_it_belongs() -> None:
    source = listed(one("a", where=("lab", "form")))
    assert [where for where in PLACES if told(source, where)] == ["form", "lab"]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (None, None, True), (NOW, None, True), (NOW + HOUR, None, False), (None, NOW, False),
        (None, NOW + HOUR, True), (NOW - HOUR, NOW + HOUR, True), (NOW - HOUR, NOW, False),
    ],
)  # fmt: skip
def test_it_has_its_time(start: datetime | None, end: datetime | None, shown: bool) -> None:
    assert bool(told(listed(one("a", start=start, end=end)))) is shown


def test_times_of_other_zones_are_compared_as_moments() -> None:
    early = datetime.fromisoformat("2026-03-01T13:30+02:00")  # 11:30 UTC
    assert told(listed(one("a", start=early))) == ["a"]
    assert told(listed(one("a", end=early))) == []


def test_the_clock_is_the_one_of_now() -> None:
    begun = one("begun", start=datetime.now(UTC) - HOUR)
    to_come = one("to come", start=datetime.now(UTC) + HOUR)
    assert told(Announced((begun, to_come))) == ["begun"]


def test_the_gravest_stand_first_and_equals_as_they_were_written() -> None:
    severities = ("info", "warning", "critical", "maintenance", "warning")
    written = [one(f"{n} {name}", severity=name) for n, name in enumerate(severities)]
    assert told(listed(*written)) == [
        "2 critical", "3 maintenance", "1 warning", "4 warning", "0 info",
    ]  # fmt: skip


def test_each_has_a_name_that_stays_while_it_says_the_same() -> None:
    def name(said: Announcement) -> str:
        return listed(said).current("home")[0].id

    assert name(one("a")) == name(one("a"))
    assert len({name(one("a")), name(one("b")), name(one("a", severity="warning"))}) == 3


@pytest.mark.parametrize(
    ("severity", "closing", "closes"),
    [
        ("info", None, "dismiss"), ("warning", None, "dismiss"), ("maintenance", None, "stay"),
        ("critical", None, "stay"), ("critical", "dismiss", "dismiss"), ("info", "stay", "stay"),
        ("info", "acknowledge", "acknowledge"),
    ],
)  # fmt: skip
def test_grave_ones_stay_if_nothing_else_is_said(severity: Any, closing: Any, closes: str) -> None:
    assert one("a", severity=severity, closing=closing).closes == closes


# --- whom it is for


def test_a_group_is_told_what_is_for_it() -> None:
    source = listed(one("all"), one("climate", groups=("climate", "ocean")))
    assert told(source, "home") == ["all"]
    assert told(source, "home", "staff") == ["all"]
    assert told(source, "home", "ocean") == ["all", "climate"]


def test_before_the_login_nobody_is_of_a_group() -> None:
    source = listed(one("climate", groups=("climate",)))
    assert told(source, "login", "climate") == []


# --- maintenance


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [(2 * DAY, False), (DAY, True), (HOUR, True), (-HOUR, True), (-4 * HOUR, False)],
)
def test_maintenance_is_told_some_time_ahead_until_its_end(ahead: timedelta, shown: bool) -> None:
    assert bool(told(listed(planned("a", NOW + ahead)))) is shown


def test_it_is_told_within_the_time_of_its_announcement() -> None:
    assert told(listed(planned("a", NOW + HOUR, start=(NOW + HOUR / 2).isoformat()))) == []
    assert told(listed(planned("a", NOW + HOUR, end=(NOW + HOUR / 2).isoformat()))) == []


def test_what_comes_again_is_another_notice_each_time_and_once_more_when_it_begins() -> None:
    weekly = planned("a", NOW, repeat="FREQ=WEEKLY")
    times = (NOW - DAY, NOW - HOUR, NOW, NOW + HOUR, NOW + 6 * DAY)
    ids = [listed(weekly, now=now).current("home")[0].id for now in times]
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert len({*ids}) == 3


def test_what_begins_first_stands_first() -> None:
    written = (planned("later", NOW + 2 * HOUR), planned("now", NOW))
    assert told(listed(*written)) == ["now", "later"]


def test_the_form_is_warned_of_it_long_before_people_are_told() -> None:
    source = listed(planned("a", NOW + 5 * DAY, partitions=("gpu",)))
    assert told(source) == []
    begin = (NOW + 5 * DAY).timestamp()
    assert source.closings() == (Closing(("gpu",), begin, begin + 4 * 3600),)


def test_who_announces_to_a_group_does_not_close_the_cluster() -> None:
    assert listed(planned("a", NOW, groups=("climate",))).closings() == ()


def test_what_is_not_announced_yet_closes_nothing() -> None:
    later = (NOW + HOUR).isoformat()
    assert listed(planned("a", NOW + DAY, start=later)).closings() == ()


def test_times_are_said_in_each_language() -> None:
    begin = datetime(2026, 3, 10, 8, tzinfo=UTC)
    [notice] = listed(planned("a", begin), now=begin - HOUR).current("home")
    local = begin.astimezone()
    said = {name: spoken(notice.when, catalog(name)) for name in ("en", "de")}
    assert said["en"].startswith(f"Tue {local.day} Mar, {local:%H:%M} – ")
    assert said["de"].startswith(f"Di., {local.day}. März, {local:%H:%M} – ")
    assert Notice("x", one("a")).when == ""


# --- what the scheduler has reserved


def reserved(
    start: timedelta, end: timedelta | None, *partitions: str, whole: bool = False
) -> Reserved:
    last = None if end is None else (NOW + end).timestamp()
    return Reserved("monthly", Closing(partitions, (NOW + start).timestamp(), last), whole)


def of(*reservations: Reserved, written: tuple[Announcement, ...] = ()) -> list[Notice]:
    source = listed(*written, reserved=lambda: reservations)
    return [notice for notice in source.current("login") if notice.said not in written]


def text(notice: Notice, language: str = "en") -> str:
    return str(spoken(notice.said.text, catalog(language)))


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (8 * DAY, 9 * DAY, False), (7 * DAY, 9 * DAY, True), (-HOUR, HOUR, True),
        (-2 * HOUR, -HOUR, False), (-DAY, None, True),
    ],
)  # fmt: skip
def test_a_reservation_for_maintenance_is_told_a_week_ahead(
    start: timedelta, end: timedelta | None, shown: bool
) -> None:
    assert bool(of(reserved(start, end, "gpu"))) is shown


def test_it_says_what_is_closed_and_when_in_both_languages() -> None:
    [notice] = of(reserved(DAY, DAY + HOUR, "compute", "gpu"))
    begin = (NOW + DAY).astimezone()
    assert notice.said.severity == "maintenance"
    assert notice.said.closes == "dismiss"
    assert text(notice).startswith("The partitions compute, gpu are closed: Mon 2 Mar, ")
    assert text(notice, "de").startswith("Die Partitionen compute, gpu sind geschlossen: Mo., 2.")
    assert f"{begin:%H:%M} – " in text(notice)


def test_one_partition_all_of_them_or_some_nodes() -> None:
    times = (DAY, 2 * DAY)
    assert text(of(reserved(*times, "gpu"))[0]).startswith("The partition gpu is closed: ")
    whole = of(reserved(*times, "compute", "gpu", whole=True))[0]
    assert text(whole).startswith("The whole cluster is closed: ")
    assert text(of(reserved(*times))[0]).startswith("Some nodes are closed: ")


def test_another_time_is_another_notice_and_so_is_its_begin() -> None:
    ids = {
        of(reserved(*times, "gpu"))[0].id
        for times in ((DAY, 2 * DAY), (DAY, 3 * DAY), (-HOUR, HOUR))
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("partitions", "begins", "kept"),
    [((), DAY, 0), (("gpu", "compute"), DAY, 0), (("compute",), DAY, 1), ((), 2 * DAY, 1)],
)
def test_what_somebody_wrote_of_the_same_time_and_place_says_it_better(
    partitions: tuple[str, ...], begins: timedelta, kept: int
) -> None:
    written = planned("Written by hand.", NOW + begins, partitions=partitions)
    found = of(reserved(DAY + HOUR, DAY + 2 * HOUR, "gpu"), written=(written,))
    assert len(found) == kept


# --- the service, and news


def test_the_service_and_site_yml_are_one_list() -> None:
    answer = Answer((("7-ab", one("of the service", severity="critical")),))
    source = listed(one("of site.yml"), published=lambda: answer)
    assert told(source) == ["of the service", "of site.yml"]


def test_the_name_that_the_service_gives_is_the_one_that_counts() -> None:
    def id_of(name: str, text: str) -> str:
        answer = Answer(((name, one(text)),))
        return listed(published=lambda: answer).current("home")[0].id

    assert id_of("7-ab", "a") == id_of("7-ab", "a, with a comma more")
    assert id_of("7-ab", "a") != id_of("8-ab", "a")


def test_the_newest_news_of_both_stand_first() -> None:
    def news(day: int) -> News:
        return News.model_validate({"date": f"2026-03-{day:02}", "title": f"of the {day}."})

    answer = Answer(news=(news(7), news(2)), problems=("a.md:1:1  broken",))
    source = Announced((), tuple(map(news, (3, 1, 5))), published=lambda: answer)
    assert [one.date.day for one in source.news(4)] == [7, 5, 3, 2]
    assert source.problems == ("a.md:1:1  broken",)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 4 * 3600), (NOW.timestamp(), datetime(9999, 1, 1, tzinfo=UTC).timestamp())],
)
def test_a_reservation_with_strange_times_breaks_nothing(start: float, end: float) -> None:
    strange = Reserved("x", Closing(("gpu",), start, end), False)
    ((_, said),) = announced([strange], [], datetime.fromtimestamp(start, UTC))
    assert (said.start is None, said.end is None) == (start == 0, start != 0)
