"""Real starts of a real hub: ledger, page, CSV and JSON agree, and names stay with admins."""

import csv
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from services.usage.spans import day_of, span_of
from tests.services.conftest import Come
from tests.support.axe import faults
from tests.support.browser import PHONE
from tests.support.hubs import Visitor, until
from tests.support.services import Served

pytestmark = [pytest.mark.hub, pytest.mark.browser]

PAGE = "/services/usage/"


@pytest.fixture(scope="module")
def used(served: Served) -> Iterator[Served]:
    """The hub after three applications were started, one by the form's advanced half, and one
    start was refused by the scheduler; one server still runs."""
    ben, cat = served.visitor("ben"), served.visitor("cat")
    for name, profile in (("one", "small"), ("two", "notebook"), ("three", "terminal")):
        answer = ben.start(name, {"profile": profile})
        assert answer.status_code in (201, 202), answer.text
    cat.start("gone", {"profile": "refused"})
    for name in ("one", "two", "three"):
        ben.wait_ready(name)
    for name in ("two", "three"):
        ben.stop(name)
        ben.wait_stopped(name)
    until(partial(_all_counted, served), "all that the ledger knows is counted")
    yield served
    ben.stop("one")
    ben.wait_stopped("one")


def _asked(served: Served) -> list[dict[str, Any]]:
    """Return what was asked of the scheduler, from the hub's own database."""
    with closing(sqlite3.connect(served.room.folder / "jupyterhub.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM berth_jobs")]
    return [row | {"request": json.loads(row["request"])} for row in rows]


def _week_of(row: dict[str, Any]) -> str:
    return str(span_of("week", day_of(row["created"])))


def _week(served: Served) -> str:
    """Return the week in which the tests began, lest they end in another one."""
    return min(map(_week_of, _asked(served)))


def _ledger(served: Served) -> list[dict[str, Any]]:
    """Return what was asked of the scheduler in that week."""
    return [row for row in _asked(served) if _week_of(row) == _week(served)]


def _summary(served: Served) -> dict[str, Any]:
    path = f"api/v1/summary?week={_week(served)}"
    answer = served.ask(served.visitor("ann").token(), "usage", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _page(served: Served) -> str:
    return served.visitor("ann").get(f"{PAGE}?week={_week(served)}").text


def _all_counted(served: Served) -> bool:
    found = _summary(served)
    open_ = [row for row in _asked(served) if row["ended"] is None]
    alive = found["now"]["running"] + found["now"]["starting"]
    known = (found["starts"], alive) == (len(_ledger(served)), len(open_))
    return bool(known and found["failed"])


def _sheet(served: Served, by: str) -> list[dict[str, str]]:
    path = f"usage.csv?week={_week(served)}&by={by}"
    answer = served.ask(served.visitor("ann").token(), "usage", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.text, newline="")))


def _table(html: str, part: str) -> dict[str, list[str]]:
    """Return the rows of a table of the page by their first cell."""
    section = html.partition(f'aria-labelledby="usage-{part}"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.DOTALL)
    cells = [[c.strip() for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r, re.S)] for r in rows]
    return {first: rest for first, *rest in cells}


@pytest.mark.parametrize("by", ["application", "profile", "partition"])
def test_ledger_page_csv_and_json_agree(used: Served, by: str) -> None:
    ledger = Counter(row["request"][by] for row in _ledger(used))
    found = _summary(used)
    told = {one["name"]: one["starts"] for one in found[f"{by}s"]}
    assert told == ledger
    assert {row[by]: int(row["starts"]) for row in _sheet(used, by)} == ledger
    page = _page(used)
    titles = (
        {name: found["titles"].get(name, name) for name in ledger} if by == "application" else {}
    )
    shown = {name: int(cells[0]) for name, cells in _table(page, by).items()}
    assert shown == {titles.get(name, name): number for name, number in ledger.items()}


def test_failures_and_waiting_agree(used: Served) -> None:
    found = _summary(used)
    assert "refused" in {one["outcome"] for one in found["failures"]}
    for part, key, name in (
        ("failure", "failures", "outcome"),
        ("waiting", "waiting", "partition"),
    ):
        rows = [list(row.values())[1:] for row in _sheet(used, part)]
        told = [[str(v) for k, v in one.items() if k != "words"] for one in found[key]]
        assert rows == told
        assert [one[name] for one in found[key]]
    page = _page(used)
    failures = {one["words"]: [str(one["servers"])] for one in found["failures"]}
    assert _table(page, "failure") == failures
    assert "The scheduler did not take the job" in failures
    assert {p: int(cells[0]) for p, cells in _table(page, "waiting").items()} == {
        one["partition"]: one["starts"] for one in found["waiting"]
    }


def test_the_chart_has_the_starts_of_each_day(used: Served) -> None:
    found = _summary(used)
    for application, days in found["parts"].items():
        assert len(days) == 7
        (line,) = [one for one in found["applications"] if one["name"] == application]
        assert sum(days.values()) == line["starts"]
    rows = {(row["application"], row["part"]): int(row["starts"]) for row in _sheet(used, "part")}
    assert rows == {(name, d): n for name, days in found["parts"].items() for d, n in days.items()}


def test_weeks_tell_of_this_week_and_of_those_before(used: Served) -> None:
    token = used.visitor("cat").token()
    weeks = used.ask(token, "usage", "api/v1/weeks?limit=5").json()["weeks"]
    found = _summary(used)
    while weeks[0]["week"] > found["span"]:
        weeks.pop(0)
    assert weeks[0] == {"week": found["span"]} | {
        k: found[k] for k in ("starts", "ready", "failed")
    }
    assert [week["starts"] for week in weeks[1:4]] == [0, 0, 0]


@pytest.mark.parametrize(
    "path",
    ["", "?year=2026", "usage.csv", "usage.csv?by=application", "usage.csv?by=profile",
     "usage.csv?by=partition", "usage.csv?by=part", "usage.csv?by=waiting", "usage.csv?by=failure",
     "usage.csv?by=user", "api/v1/summary", "api/v1/weeks"],
)  # fmt: skip
def test_nobody_but_an_admin_reads_a_name(used: Served, path: str) -> None:
    """Cat's own name is in her navigation bar; ben has started the most."""
    for answer in (
        used.visitor("cat").get(PAGE + path),
        used.ask(used.visitor("cat").token(), "usage", path),
    ):
        assert answer.status_code == (403 if "by=user" in path else 200)
        assert not re.search(r"\bben\b", answer.text)


def test_an_admin_reads_names_in_page_csv_and_json(used: Served) -> None:
    ledger = Counter(row["user"] for row in _ledger(used))
    assert {one["name"]: one["starts"] for one in _summary(used)["users"]} == ledger
    assert {row["user"]: int(row["starts"]) for row in _sheet(used, "user")} == ledger
    users = _table(_page(used), "user")
    assert {name: int(cells[0]) for name, cells in users.items()} == ledger


_COLOURS = """() => {
  const canvas = document.getElementById("usage-chart");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const hex = (bytes) => "#" + bytes.map((n) => n.toString(16).padStart(2, "0")).join("");
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add(hex([...data.slice(i, i + 3)]));
  const styles = getComputedStyle(canvas);
  const known = [1, 2, 3].map((n) => styles.getPropertyValue(`--usage-${n}`).trim());
  return known.filter((colour) => seen.has(colour));
}"""


def _drawn(page: Page) -> list[str]:
    """Return the colours of the chart's applications that are really drawn."""
    found: list[str] = page.evaluate(_COLOURS)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_is_drawn_as_its_table_says(used: Served, come: Come, theme: str) -> None:
    person = come("ann", color_scheme=theme, reduced_motion="reduce")
    page = person.visit(PAGE)
    expect(page.locator("#usage-chart")).to_be_visible()
    page.wait_for_function("window.Chart.getChart('usage-chart')")
    colours = _drawn(page)
    assert len(colours) == 3
    chart = page.evaluate(
        """() => window.Chart.getChart("usage-chart").data.datasets.map((d) => [d.label, d.data])"""
    )
    columns = page.locator("#usage-table thead th").all_inner_texts()[1:-1]
    rows = page.locator("#usage-table tbody tr").all()
    cells = [[int(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]
    assert [name for name, _ in chart] == columns
    assert [list(day) for day in zip(*(starts for _, starts in chart), strict=True)] == [
        row[:-1] for row in cells
    ]
    assert all(row[-1] == sum(row[:-1]) for row in cells)
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    page.wait_for_function("window.Chart.getChart('usage-chart').options.animation === false")
    until(lambda: _drawn(page) and (theme == "dark") == (_drawn(page) == colours), "new colours")


@pytest.mark.parametrize("name", ["ann", "cat"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_a_phone_and_axe_finds_nothing(
    used: Served, come: Come, name: str, theme: str
) -> None:
    person = come(name, color_scheme=theme, viewport=PHONE, locale="de")
    page = person.visit(PAGE)
    expect(page.get_by_role("heading", name="Wartezeiten")).to_be_visible()
    assert person.too_wide() == 0
    assert faults(page) == []
    page.get_by_role("link", name="Monat", exact=True).click()
    expect(page.get_by_role("link", name="Monat", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    assert person.too_wide() == 0
    page.get_by_role("link", name="Monat davor").click()
    expect(page.get_by_text("Es wurde nichts gestartet.")).to_be_visible()
    page.get_by_role("link", name="Dieser Monat").click()
    expect(page.get_by_text("Es wurde nichts gestartet.")).to_have_count(0)


def test_without_scripts_there_is_the_table(used: Served, come: Come) -> None:
    page = come("cat", java_script_enabled=False).visit(PAGE)
    expect(page.locator("#usage-table")).to_be_visible()
    expect(page.locator("#usage-chart")).to_be_hidden()


def test_the_page_leads_from_week_to_week(used: Served, ann: Visitor) -> None:
    page = ann.get(f"{PAGE}?week=2026-W01").text
    assert f'{PAGE}?week=2025-W52"' in page
    assert f'{PAGE}?week=2026-W02"' in page
    assert "Week 1: Dec 29, 2025 to Jan 4, 2026" in page
    now = ann.get(PAGE).text
    assert 'rel="next"' not in now
    assert "This week" not in now
