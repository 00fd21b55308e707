"""The home page: two ways to start, and every server that runs."""

import pytest

from tests.pages.drawing import Server
from tests.pages.markup import Element, Page, parse
from tests.pages.scenes import SCENES, home


def scene(name: str) -> Page:
    return parse(SCENES[name]())


def actions(page: Page, part: Element) -> list[tuple[str, str]]:
    buttons = [e for e in page.within(part) if e.tag in ("a", "button")]
    return [(e.text, e["href"] or e["data-stop"]) for e in buttons]


def cards(page: Page) -> list[Element]:
    return page.where(lambda e: e["class"] == "card h-100")


def test_two_ways_to_start() -> None:
    page = scene("home without servers")
    assert [actions(page, card) for card in cards(page)] == [
        [("Start from preset profiles", "/hub/spawn/alice/preset")],
        [("Advanced Slurm options", "/hub/spawn/alice/advanced")],
    ]
    assert [h.text for h in page.all("h2")][:2] == ["Preset profiles", "Advanced Slurm Options"]
    assert "None of your servers is running." in page.text


def test_a_card_whose_server_is_there_opens_and_stops_it() -> None:
    page = scene("home with servers")
    assert [actions(page, card) for card in cards(page)] == [
        [
            ("Open", "/user/alice/preset/"),
            ("Stop", "/hub/api/users/alice/servers/preset"),
        ],
        [
            ("Open", "/hub/spawn-pending/alice/advanced"),
            ("Stop", "/hub/api/users/alice/servers/advanced"),
        ],
    ]
    assert ["Running" in cards(page)[0].text, "Starting" in cards(page)[1].text] == [True, True]


def test_the_table_lists_what_is_active_the_default_server_too() -> None:
    page = scene("home with servers")
    rows = page.all("tr", class_="home-server-row")
    cells = [[" ".join(e.text.split()) for e in page.within(row, "td")[:3]] for row in rows]
    assert [page.within(row, "th")[0].text for row in rows] == [
        "default", "preset", "advanced", "third",
    ]  # fmt: skip
    assert [state for state, *_ in cells] == ["Running", "Running", "Starting", "Stopping"]
    assert cells[0][1:] == ["2026-03-01 08:00 UTC", "2026-03-01 09:30 UTC"]
    assert actions(page, rows[0]) == [
        ("Open", "/user/alice/"),
        ("Stop", "/hub/api/users/alice/server"),
    ]
    assert actions(page, rows[3]) == []


def test_without_named_servers_both_cards_are_the_default_server() -> None:
    idle = parse(home(named=False))
    assert [actions(idle, card)[0][1] for card in cards(idle)] == [
        "/hub/spawn/alice#pane-preset",
        "/hub/spawn/alice#pane-advanced",
    ]
    busy = scene("home without named servers")
    assert {actions(busy, card)[0] for card in cards(busy)} == {("Open", "/user/alice/")}


@pytest.mark.parametrize(("pending", "refreshed"), [("stop", True), ("spawn", True), (None, False)])
def test_the_page_looks_again_while_something_changes(pending: str | None, refreshed: bool) -> None:
    page = parse(home(Server("preset", pending=pending)))
    assert bool(page.where(lambda e: "data-refresh" in e.attributes)) == refreshed


def test_no_button_stands_where_the_hub_would_refuse() -> None:
    page = parse(home(Server("preset", pending="rename")))
    assert not page.where(lambda e: "data-stop" in e.attributes)


def test_a_servers_own_title_is_shown() -> None:
    page = parse(home(Server("third", display_name="My analysis", last_activity=None)))
    row = page.one("tr", class_="home-server-row")
    assert page.within(row, "th")[0].text == "My analysis"
    assert page.within(row, "td")[2].text.strip() == "–"


def test_a_server_that_ended_by_itself_is_told_with_its_cause() -> None:
    told = "Your server advanced ended 2026-03-01 08:05 UTC. It used more memory than it had asked"
    for scene in ("home with a server that ended", "not running after its end"):
        page = parse(SCENES[scene]())
        assert told in page.text, scene
        assert "<Detected> 1 oom_kill event" in page.text, scene
