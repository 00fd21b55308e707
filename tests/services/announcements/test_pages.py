"""The pages over real HTTP, as somebody without scripts uses them; then in Chromium."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.services.conftest import Come
from tests.support.axe import faults
from tests.support.browser import PHONE
from tests.support.hubs import Visitor
from tests.support.services import Served

pytestmark = pytest.mark.hub

FORM = {"kind": "announcement", "severity": "warning", "where": ["home"], "m_notice": "3d"}


class Reader:
    """Somebody at the service's pages."""

    def __init__(self, served: Served, visitor: Visitor) -> None:
        self.served, self.session = served, visitor.session

    def get(self, path: str = "") -> requests.Response:
        return self.session.get(self.served.url("announcements", path), timeout=60)

    def send(self, path: str, do: str = "", **fields: Any) -> requests.Response:
        """Send the form at *path* as the page there would."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.get(path).text)
        data = {"_xsrf": found[1] if found else "", "do": do, **fields}
        return self.session.post(
            self.served.url("announcements", path), data=data, timeout=60, allow_redirects=False
        )

    def write(self, do: str = "publish", path: str = "write", **fields: Any) -> requests.Response:
        return self.send(path, do, **{**FORM, **fields})

    def published(self, title: str, **fields: Any) -> str:
        """Publish something; return its id."""
        answer = self.write(title_en=title, text_en="text", **fields)
        assert answer.status_code == 302, said(answer)
        return self.find(title)

    def find(self, title: str) -> str:
        """Return the id of the entry that has *title*."""
        edit = rf'/edit/(\d+)"[^>]*>Edit<span class="visually-hidden">: {title}'
        found = re.search(edit, self.get().text)
        assert found
        return found[1]


def said(answer: requests.Response) -> str:
    """Return the text of a page."""
    main = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0] if main else "")).split())


@pytest.fixture
def eve_reads(served: Served, eve: Visitor) -> Reader:
    return Reader(served, eve)


@pytest.fixture
def ben_reads(served: Served, ben: Visitor) -> Reader:
    return Reader(served, ben)


@pytest.fixture
def cat_reads(served: Served, cat: Visitor) -> Reader:
    return Reader(served, cat)


def test_preview_then_publish_then_everybody_reads_it(eve_reads: Reader, cat_reads: Reader) -> None:
    first = eve_reads.write("preview", title_en="Slow disks", text_en="Since **noon** <u>")
    assert first.status_code == 200
    assert "<strong>noon</strong> &lt;u&gt;" in first.text
    assert 'value="publish"' in first.text
    assert 'value="publish"' not in eve_reads.get("write").text, "first one looks"
    assert "Slow disks" not in said(cat_reads.get())
    done = eve_reads.write("publish", title_en="Slow disks", text_en="Since **noon** <u>")
    assert done.headers["Location"].endswith("/services/announcements/?done=published")
    page = cat_reads.get()
    assert "<strong>noon</strong> &lt;u&gt;" in page.text
    assert "New announcement" not in said(page)


def test_what_was_typed_stays_when_something_is_wrong(eve_reads: Reader) -> None:
    answer = eve_reads.write(title_en="T&<", text_en="", end="soon", m_on="yes", m_lasts="4x")
    assert answer.status_code == 400
    assert 'value="T&amp;&lt;"' in answer.text
    assert 'value="soon"' in answer.text
    for words in ("Some fields are wrong; nothing is published.", "Write something here.",
                  "Write a day and a time, as 2026-03-01 08:00.", '"4x" is no walltime',
                  "Write when it begins."):  # fmt: skip
        assert words in said(answer)
    german = eve_reads.session.get(
        eve_reads.served.url("announcements", "write"), headers={"Accept-Language": "de"},
        timeout=60,
    )  # fmt: skip
    assert "Wartungsfenster" in said(german)


def test_a_draft_is_nobodys_until_it_is_published(eve_reads: Reader, cat_reads: Reader) -> None:
    answer = eve_reads.write("draft", title_en="Half a thought", text_en="x")
    assert answer.headers["Location"].endswith("?done=draft")
    page = eve_reads.get()
    assert "Half a thought" in said(page)
    assert "Half a thought" not in said(cat_reads.get())
    id_ = str(
        re.findall(r'/edit/(\d+)"[^>]*>Edit<span class="visually-hidden">: Half', page.text)[0]
    )
    fields = {"title_en": "Half a thought", "text_en": "whole", "revision": "1"}
    assert eve_reads.write("publish", f"edit/{id_}", **fields).status_code == 302
    assert "Half a thought" in said(cat_reads.get())
    story = said(eve_reads.get(f"history/{id_}"))
    assert re.search(r"published by eve Text gone: x new: whole .* written by eve", story), story


def test_two_who_edit_the_same(eve_reads: Reader, served: Served, ann: Visitor) -> None:
    id_ = eve_reads.published("Contested")
    ann_reads = Reader(served, ann)
    first = {"title_en": "Contested", "text_en": "ann's", "revision": "1"}
    assert ann_reads.write("publish", f"edit/{id_}", **first).status_code == 302
    second = {"title_en": "Contested", "text_en": "eve's", "revision": "1"}
    late = eve_reads.write("publish", f"edit/{id_}", **second)
    assert late.status_code == 409
    assert "Somebody changed this meanwhile" in said(late)
    assert "ann's" in said(late)
    assert re.search(r"<textarea[^>]*text_en[^>]*>\s*eve&#39;s</textarea>", late.text)
    revision = re.findall(r'name="revision" value="(\d+)"', late.text)[0]
    again = eve_reads.write("publish", f"edit/{id_}", **{**second, "revision": revision})
    assert again.status_code == 302
    assert said(eve_reads.get(f"history/{id_}")).count("changed by") == 2


def test_withdrawing_asks_first(eve_reads: Reader, cat_reads: Reader) -> None:
    id_ = eve_reads.published("Mistake")
    assert "Withdraw this?" in said(eve_reads.get(f"withdraw/{id_}"))
    assert "Mistake" in said(cat_reads.get())
    done = eve_reads.send(f"withdraw/{id_}")
    assert done.headers["Location"].endswith("?done=withdrawn")
    assert "It is withdrawn." in said(eve_reads.get("?done=withdrawn"))
    assert "Mistake" not in said(cat_reads.get())


def test_an_announcer_of_a_group_writes_to_that_group(
    ben_reads: Reader, cat_reads: Reader, eve_reads: Reader
) -> None:
    page = ben_reads.get("write")
    assert re.search(r'name="groups" value="climate"\s+checked', page.text)
    assert "ocean" not in page.text
    assert "groups_more" not in page.text
    wide = ben_reads.write(text_en="x")
    assert wide.status_code == 400
    assert "You may announce only to members of these groups: climate." in said(wide)
    assert ben_reads.get("write?kind=news").status_code == 403
    id_ = ben_reads.published("Ice sheets", groups=["climate"])
    assert "Ice sheets" not in said(cat_reads.get())
    assert "Ice sheets" in said(eve_reads.get()), "who may write to all sees all"
    other = eve_reads.published("Whales", groups=["ocean"])
    assert "Whales" in said(cat_reads.get())
    assert "Whales" not in said(ben_reads.get())
    for path in (f"edit/{other}", f"history/{other}", f"withdraw/{other}"):
        assert ben_reads.get(path).status_code == 403
    assert ben_reads.get(f"edit/{id_}").status_code == 200


def test_readers_find_no_way_in(cat_reads: Reader, eve_reads: Reader) -> None:
    id_ = eve_reads.published("Fixed")
    for path in ("write", f"edit/{id_}", f"history/{id_}", f"withdraw/{id_}"):
        answer = cat_reads.get(path)
        assert answer.status_code == 403, path
        assert "Only announcers may do this." in said(answer)
    assert eve_reads.get("edit/999999999").status_code == 404
    assert "There is no such announcement." in said(eve_reads.get("edit/999999999"))


def test_nothing_is_sent_by_other_pages(eve_reads: Reader) -> None:
    before = said(eve_reads.get())
    url = eve_reads.served.url("announcements", "write")
    data = {**FORM, "do": "publish", "title_en": "Forged", "text_en": "x"}
    assert eve_reads.session.post(url, data=data, timeout=60).status_code == 403
    assert said(eve_reads.get()) == before


def test_news_have_a_form_and_an_archive(eve_reads: Reader, cat_reads: Reader) -> None:
    today = datetime.now().astimezone().date().isoformat()
    news = {"kind": "news", "date": today, "title_en": "Forty GPUs", "text_en": "All *new*"}
    assert "Maintenance window" not in said(eve_reads.write("preview", **news))
    assert eve_reads.write("publish", **news).status_code == 302
    page = cat_reads.get()
    assert "Forty GPUs" in said(page)
    assert "<em>new</em>" in page.text


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "color_scheme": "dark"}])
def test_the_pages_in_a_browser(come: Come, options: dict[str, Any], served: Served) -> None:
    eve = come("eve", **options)
    page = eve.visit("/services/announcements/write")
    title = f"Seen by {'a phone' if options else 'a desktop'}"
    page.locator("#title_en").fill(title)
    page.locator("#text_en").fill("Every **month** `sbatch`")
    page.locator("#text_de").fill("Jeden Monat")
    page.locator("#m_on").check()
    page.locator("#m_begins").fill("2126-03-12T03:26")
    page.locator("#m_lasts").fill("30m")
    page.locator("#m_repeat").select_option("weekday")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("every month, second Tuesday 03:26")
    page.wait_for_load_state()  # the script that follows what is written is there
    page.locator("#text_en").fill("Every *other* month")
    expect(page.locator("#preview em")).to_have_text("other")
    assert (eve.too_wide(), faults(page)) == (0, [])
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_have_text("It is published.")
    page.wait_for_load_state()
    assert (eve.too_wide(), faults(page)) == (0, [])
    page.locator("tr", has_text=title).get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    page.wait_for_load_state()
    assert (eve.too_wide(), faults(page)) == (0, [])
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("#m_repeat")).to_have_value("weekday")
