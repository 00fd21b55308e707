"""What holds for every page of ours: labels, ids, references, no code or style in the HTML."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pages.drawing import TEMPLATES
from tests.pages.markup import Page, parse
from tests.pages.scenes import SCENES

OURS = sorted(TEMPLATES.rglob("*.html"))


@pytest.fixture(params=sorted(SCENES))
def page(request: pytest.FixtureRequest) -> Page:
    return parse(SCENES[request.param]())


def test_ids_are_unique(page: Page) -> None:
    ids = [element["id"] for element in page.where(lambda e: "id" in e.attributes)]
    assert len(ids) == len(set(ids))


def test_every_reference_has_its_element(page: Page) -> None:
    ids = {element["id"] for element in page.elements}
    for element in page.elements:
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            assert set(element[name].split()) <= ids, f"{name} of {element}"
        if element["href"].startswith("#") and element["href"] != "#":
            assert element["href"][1:] in ids


def test_every_control_has_one_label(page: Page) -> None:
    labels = [label["for"] for label in page.all("label")]
    for control in page.where(lambda e: e.tag in ("input", "select", "textarea")):
        if control["type"] not in ("hidden", "submit"):
            assert labels.count(control["id"]) == 1, control
    assert len(labels) == len(set(labels))


def test_every_button_and_link_says_what_it_does(page: Page) -> None:
    for element in page.where(lambda e: e.tag in ("a", "button")):
        assert element.text.strip() or element["aria-label"] or element["title"], element


def test_headings_do_not_skip_a_level(page: Page) -> None:
    dialog = page.one(id="error-dialog")  # JupyterHub's own, at the end of every page
    headings = page.where(lambda e: bool(re.fullmatch("h[1-6]|legend", e.tag)))
    levels = [
        2 if h.tag == "legend" else int(h.tag[1]) for h in headings if dialog not in h.parents
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_form_posts_with_its_token(page: Page) -> None:
    for form in page.all("form"):
        assert form["method"] == "post"
        tokens = [e for e in page.within(form, "input") if e["name"] == "_xsrf"]
        assert [token["value"] for token in tokens] == ["the-token"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_our_templates_carry_no_code_and_no_style(path: Path) -> None:
    # So that a Content-Security-Policy without unsafe-inline can come:
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP#inline_javascript
    source = path.read_text()
    assert not re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", source)
    assert not re.findall(r"\|\s*safe\b|autoescape", source)


def test_no_page_of_jupyterhub_is_copied_whole() -> None:
    for path in TEMPLATES.glob("*.html"):
        assert f'{{% extends "templates/{path.name}" %}}' in path.read_text()


def test_style_and_script_are_small_and_self_contained() -> None:
    files = sorted((TEMPLATES / "static").iterdir())
    assert [file.name for file in files] == ["berth.css", "berth.js"]
    assert sum(file.stat().st_size for file in files) <= 20 * 1024
    for file in files:
        assert not re.findall(r"url\(|@import|innerHTML|eval\(", file.read_text())
