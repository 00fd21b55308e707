"""What people write for others to read, as HTML that runs nothing: CommonMark with tables.

HTML in the text stays text. What the reader of Markdown makes of the rest passes a list of
elements besides, so that neither of the two has to be right alone. Nothing else in Berth may call
a text of somebody's safe.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_ELEMENTS = {
    "p", "br", "hr", "strong", "em", "code", "pre", "ul", "ol", "li", "a", "h3", "h4", "h5",
    "blockquote", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\\]+", re.IGNORECASE)
_LOWER = {"h1": "h3", "h2": "h4"}
"""h1 and h2 are the page's own; what is below h5 is one."""


def _headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _LOWER.get(token.tag, "h5")


class _Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Return whether *url* becomes a link; what does not stays as it was written."""
        return bool(_ADDRESS.fullmatch(url))


def _reader() -> MarkdownIt:
    # `breaks`: a new line in the text is one on the page, as people write it in a form.
    reader = _Reader("commonmark", {"html": False, "breaks": True}).enable("table")
    reader.disable("image")  # a picture would be fetched from elsewhere, and tell who reads this
    reader.core.ruler.push("berth_headings", _headings)
    return reader


_READER = _reader()


@lru_cache(maxsize=512)
def html(text: str) -> Markup:
    """Return *text* as HTML that may stand in a page."""
    found = nh3.clean(
        _READER.render(text),
        tags=_ELEMENTS,
        attributes={"a": {"href"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return Markup(found.strip())  # noqa: S704 - it has passed the list of elements


def _attribute(element: str, name: str, value: str) -> str | None:
    """Return the value of an attribute that may stay: links lead to the web or to an address."""
    return value if name == "rel" or _ADDRESS.fullmatch(value) else None


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Return *text* as one reads it where there is no HTML: logs, titles, JupyterLab."""
    return "\n".join(_lines(_READER.parse(text))).strip()


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    mark, before = "", ""
    cells: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "- "
        elif token.type == "tr_close":
            yield " | ".join(cells)
            cells = []
        elif token.type == "inline":
            words = "".join(_words(token.children or ()))
            if before in ("th_open", "td_open"):
                cells.append(words)
            else:
                yield mark + words
                mark = ""
        elif token.type in ("fence", "code_block"):
            yield mark + token.content.rstrip("\n")
            mark = ""
        before = token.type


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what is said in one line, addresses behind the words that lead to them."""
    leads, begun = "", ""
    for token in tokens:
        if token.type == "link_open":
            leads, begun = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            shown = leads.removeprefix("mailto:")
            yield f" ({shown})" if shown and shown != begun else ""
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n"
        else:
            begun += token.content
            yield token.content
