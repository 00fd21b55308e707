"""Every link from one document of ours to a file or a heading leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (".", "docs", "ansible", "examples", "hub_config", "services", "templates", "tests")

FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def documents() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for room in ROOMS[1:]:
        yield from (ROOT / room).rglob("*.md")


def links(document: Path) -> Iterator[str]:
    text = FENCED.sub("", document.read_text())
    return (link for link in LINK.findall(INLINE_CODE.sub("", text)) if "://" not in link)


def anchors(document: Path) -> set[str]:
    """The ids that GitHub gives to headings: lower case, dashes for spaces, no punctuation."""
    text = FENCED.sub("", document.read_text())
    titles = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def broken(document: Path) -> Iterator[str]:
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize(
    "document", sorted(documents()), ids=lambda path: str(path.relative_to(ROOT))
)
def test_links_lead_somewhere(document: Path) -> None:
    assert not list(broken(document))


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# One `two`\n[a](#one-two) [b](gone.md) [c](page.md#three) [d](page.md)\n")
    assert list(broken(document)) == ["gone.md", "page.md#three"]
