"""A rendered page as a list of elements, to ask about its structure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(eq=False)
class Element:
    """A start tag with its attributes and all the text inside it."""

    tag: str
    attributes: dict[str, str]
    parents: tuple["Element", ...] = field(repr=False)
    text: str = field(default="", repr=False)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass
class _Parser(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


@dataclass(frozen=True)
class Page:
    """All elements of a page, in order."""

    elements: list[Element]

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements of this tag that have these attributes (``for_``: for, ``data_x``: data-x)."""
        wanted = {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()}
        return self.where(
            lambda e: (
                tag in ("", e.tag) and all(e.attributes.get(k) == v for k, v in wanted.items())
            )
        )

    def where(self, wanted: Callable[[Element], bool]) -> list[Element]:
        return [element for element in self.elements if wanted(element)]

    def one(self, tag: str = "", **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements are <{tag}> {attributes}"
        return found[0]

    def within(self, parent: Element, tag: str = "") -> list[Element]:
        return self.where(lambda e: parent in e.parents and tag in ("", e.tag))

    @property
    def text(self) -> str:
        """What people read, spaces folded; scripts and titles of the head are none of it."""
        bodies = self.all("body")
        skipped = {e.text for e in self.where(lambda e: e.tag in ("script", "noscript"))}
        text = bodies[0].text
        for script in skipped:
            text = text.replace(script, "")
        return " ".join(text.split())


def parse(html: str) -> Page:
    """Return the page; elements that are not closed in their order are an error."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert not parser.open, f"not closed: {[e.tag for e in parser.open]}"
    return Page(parser.elements)
