"""The home page: every server, what can be done with it, and the ways to start another."""

from datetime import timedelta

import pytest

from hub_config.pages.home import name_trouble
from hub_config.pages.servers import BUSY, STARTING, STOPPING, time_left
from tests.pages.drawing import speaking
from tests.pages.markup import Element, Page, parse
from tests.pages.scenes_home import OPTIONS, SCENES, home, living, past


def scene(name: str) -> Page:
    return parse(SCENES[name]())


def actions(page: Page, part: Element) -> list[tuple[str, str]]:
    buttons = [e for e in page.within(part) if e.tag in ("a", "button")]
    return [(" ".join(e.text.split()), e["href"] or e["data-stop"]) for e in buttons]


def cards(page: Page) -> list[Element]:
    return page.where(lambda e: e["class"] == "card h-100")


def rows(page: Page) -> list[Element]:
    return page.all("tr", class_="home-server-row")


def cells(page: Page, row: Element) -> list[str]:
    return [" ".join(e.text.split()) for e in page.within(row) if e.tag in ("th", "td")]


def ends(page: Page) -> list[Element]:
    return page.all("article")


# --- the servers that live


def test_a_row_tells_where_a_server_runs_and_for_how_long() -> None:
    page = scene("home with servers")
    first, _, starting, stopping = rows(page)
    assert cells(page, first)[:6] == [
        "default", "1 core, 5 GB", "shared", "l40021", "Running",
        "2 h 5 min less than 15 min",  # the warning is there, and hidden
    ]  # fmt: skip
    assert cells(page, starting)[3:6] == ["–", "Starting", "–"]
    assert cells(page, stopping)[4] == "Stopping"


def test_each_state_has_its_buttons() -> None:
    page = scene("home with servers")
    default, preset, starting, stopping = rows(page)
    assert actions(page, default) == [
        ("Open", "/user/alice/"),
        ("Stop", "/hub/api/users/alice/server"),
        ("Logs", "/hub/berth/logs/alice"),
    ]
    assert actions(page, preset) == [
        ("Open", "/user/alice/preset/"),
        ("Stop", "/hub/api/users/alice/servers/preset"),
        ("Logs", "/hub/berth/logs/alice/preset"),
    ]
    assert actions(page, starting)[:2] == [
        ("Open", "/hub/spawn-pending/alice/advanced"),
        ("Cancel", "/hub/api/users/alice/servers/advanced"),
    ]
    assert actions(page, stopping) == [("Logs", "/hub/berth/logs/alice/third")]


def test_no_button_stands_where_the_hub_would_refuse() -> None:
    page = parse(home(living("preset", BUSY)))
    assert not page.where(lambda e: "data-stop" in e.attributes)


@pytest.mark.parametrize(("name", "soon"), [("last minutes of a server", True), ("servers", False)])
def test_the_last_minutes_are_told_in_words(name: str, soon: bool) -> None:
    page = scene(f"home with {name}" if name == "servers" else f"home with the {name}")
    warning = page.where(lambda e: "berth-soon" in e["class"])[0]
    assert ("hidden" in warning.attributes) != soon


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "time is up"), (59, "less than a minute"), (60, "1 min"), (3599, "59 min"),
     (3600, "1 h 0 min"), (90000, "25 h 0 min")],
)  # fmt: skip
def test_time_as_people_say_it(seconds: int, told: str) -> None:
    assert time_left(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(("state", "changing"), [(STARTING, True), (STOPPING, True), ("", False)])
def test_the_page_knows_when_it_will_be_out_of_date(state: str, changing: bool) -> None:
    page = parse(home(living("preset", state) if state else living("preset")))
    assert ("data-changing" in page.one(id="servers").attributes) == changing


# --- those that ended


def test_an_end_is_told_with_its_cause_and_its_log() -> None:
    page = scene("home with a server that ended")
    [end] = ends(page)
    assert "advanced" in end.text
    assert "It used more memory than it had asked for." in end.text
    assert "<Detected> 1 oom_kill event" in end.text
    assert "berth-surprise" in end["class"]


def test_an_end_offers_the_same_options_again() -> None:
    page = scene("home with a server that ended")
    [end] = ends(page)
    [form] = page.within(end, "form")
    assert (form["method"], form["action"]) == ("post", "/hub/spawn/alice/advanced")
    sent = {e["name"]: e["value"] for e in page.within(form, "input")}
    assert sent == {"_xsrf": "the-token", **OPTIONS}
    assert ("Change options", "/hub/spawn/alice/advanced?opt-profile=shared-1&opt-account=bm0146"
            "&opt-log_name=my%20%26%20log") in actions(page, end)  # fmt: skip


def test_what_was_stopped_can_be_started_again_and_removed() -> None:
    page = parse(home(ended=(past("old", surprise=False, why="It was stopped.", log=""),)))
    [end] = ends(page)
    assert "It was stopped." in end.text
    assert [text for text, _ in actions(page, end)] == [
        "Restart with the same options", "Change options", "Logs", "Remove",
    ]  # fmt: skip
    assert not page.within(end, "details")


def test_the_default_server_cannot_be_removed() -> None:
    page = parse(home(ended=(past(""),)))
    assert "Remove" not in [text for text, _ in actions(page, ends(page)[0])]


def test_a_server_that_was_never_started_has_no_options_to_repeat() -> None:
    page = scene("home with as many servers as there may be")
    [end] = ends(page)
    assert actions(page, end) == [
        ("Choose options", "/hub/spawn/alice/c"),
        ("Remove", "/hub/api/users/alice/servers/c"),
    ]
    assert "It was never started." in end.text


# --- starting another


def test_two_ways_to_start() -> None:
    page = scene("home without servers")
    assert [actions(page, card) for card in cards(page)] == [
        [("Start from preset profiles", "/hub/spawn/alice/preset")],
        [("Advanced Slurm options", "/hub/spawn/alice/advanced")],
    ]
    assert "None of your servers is running." in page.text


def test_a_card_whose_server_is_there_tells_its_state() -> None:
    page = scene("home with servers")
    assert [actions(page, card) for card in cards(page)] == [[], []]
    assert ["Running" in cards(page)[0].text, "Starting" in cards(page)[1].text] == [True, True]


def test_without_named_servers_both_cards_are_the_default_server() -> None:
    idle = parse(home(named=False))
    assert [actions(idle, card)[0][1] for card in cards(idle)] == [
        "/hub/spawn/alice#pane-preset",
        "/hub/spawn/alice#pane-advanced",
    ]
    assert not idle.all("input", id="name")


def test_the_limit_is_shown_and_ends_the_offers() -> None:
    page = scene("home with as many servers as there may be")
    assert "3 of 3 named servers" in page.text
    assert [actions(page, card) for card in cards(page)] == [[], []]
    assert page.text.count("There is no room for another server.") == 2


def test_a_wrong_name_is_kept_and_explained() -> None:
    page = scene("home with a wrong name")
    field = page.one("input", id="name")
    assert (field["value"], field["aria-invalid"]) == ("Not Me", "true")
    assert page.one(id="name-trouble").text == "That is no name."


@pytest.mark.parametrize("name", ["a", "preset", "run-2", "a" * 30, "x9"])
def test_names_that_are_fine(name: str) -> None:
    assert name_trouble(name) == ""


@pytest.mark.parametrize(
    "name", ["", "A", "9a", "-a", "a-", "a--b", "a_b", "a b", "ä", "a\n", "a" * 31, "a/b"]
)
def test_names_that_are_none(name: str) -> None:
    assert name_trouble(name)


def test_in_german() -> None:
    with speaking("de"):
        page = scene("home with servers")
    assert [cells(page, row)[4] for row in rows(page)] == ["Läuft", "Läuft", "Startet", "Endet"]
    for english in ("Your servers", "Restart", "Time left", "named servers"):
        assert english not in page.text
