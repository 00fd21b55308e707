"""What holds for every page of ours: labels, ids, references, no code or style in the HTML."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pages.drawing import SHARE, TEMPLATES
from tests.pages.markup import Page, parse
from tests.pages.scenes import SCENES

OURS = sorted(TEMPLATES.rglob("*.html"))
PAGES = sorted(TEMPLATES.glob("*.html"))


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
    labels = [label["for"] for label in page.all("label") if label["for"]]
    for control in page.where(lambda e: e.tag in ("input", "select", "textarea")):
        if control["type"] not in ("hidden", "submit"):
            around = [parent for parent in control.parents if parent.tag == "label"]
            assert len(around) + labels.count(control["id"]) == 1, control
    assert len(labels) == len(set(labels))


def test_every_button_and_link_says_what_it_does(page: Page) -> None:
    for element in page.where(lambda e: e.tag in ("a", "button") and "hidden" not in e.attributes):
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
    # The form for a token is sent by JupyterHub's token.js alone.
    for form in page.where(lambda e: e.tag == "form" and e["id"] != "request-token-form"):
        assert form["method"] == "post"
        tokens = [e for e in page.within(form, "input") if e["name"] == "_xsrf"]
        assert [token["value"] for token in tokens] == ["the-token"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_our_templates_carry_no_code_and_no_style(path: Path) -> None:
    # Data for scripts is no code; it is never run, whatever it says:
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Elements/script#type
    source = re.sub(r'<script id="[a-z-]+"\s+type="application/json">', "", path.read_text())
    assert not re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", source)
    assert not re.findall(r"\|\s*safe\b|autoescape", source)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_of_jupyterhub_is_copied_whole(path: Path) -> None:
    source, theirs = path.read_text(), SHARE / "templates" / path.name
    base = f"templates/{path.name}" if theirs.exists() else "page.html"
    assert f'{{% extends "{base}" %}}' in source
    if theirs.exists():
        lines, upstream = _lines(source), _lines(theirs.read_text())
        assert len(lines & upstream) <= max(8, len(upstream) / 3), sorted(lines & upstream)


def _lines(source: str) -> set[str]:
    """Return the lines that say something: neither ends of blocks nor tags without attributes."""
    lines = {line.strip() for line in source.splitlines()}
    return {line for line in lines if not re.fullmatch(r"</?[\w-]*>|{%-? (end|else).*%}|", line)}


def test_scripts_and_style_ask_nobody_and_make_no_html_of_texts() -> None:
    for file in (TEMPLATES / "static").iterdir():
        assert file.suffix in (".css", ".js")
        assert not re.findall(
            r"url\(|@import|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\("
            r"|new Function", file.read_text()
        ), file.name  # fmt: skip
