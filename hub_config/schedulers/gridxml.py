"""The XML that qstat prints, read strictly: a whole document of its own kind, or nothing.

Names in it are other people's. Grid Engine escapes them; a document type, and with it every
entity of somebody's own, is refused. Schema: qstat.xsd among Grid Engine's resources.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from hub_config.schedulers.base import Reply, Unanswered
from hub_config.schedulers.replies import lines

_SECTIONS = ("queue_info", "job_info")
_ROWS = ("job_list", "Queue-List")


class _NoDoctype(TreeBuilder):
    def doctype(self, *_: object) -> None:
        raise ValueError("a document type")


def rows(reply: Reply, kind: str) -> list[Element]:
    """Return the elements named *kind* in both sections of *reply*. Raises Unanswered."""
    text = "\n".join([*lines(reply), ""])
    try:
        root = _root(text)
    except (ValueError, ParseError) as error:
        raise Unanswered("the reply is no whole document of qstat") from error
    if root.tag != "job_info" or [section.tag for section in root] != [*_SECTIONS]:
        raise Unanswered("the reply has not the two sections that qstat prints")
    found = [row for section in root for row in section]
    if any(row.tag not in _ROWS for row in found):
        raise Unanswered("the reply has something that is neither a job nor a queue")
    return [row for row in found if row.tag == kind]


def field(row: Element, name: str) -> str:
    """Return the text of a field, empty if it has none or is not there."""
    return (row.findtext(name) or "").strip()


def number(row: Element, name: str) -> int:
    """Return a field that is a whole number. Raises Unanswered."""
    text = field(row, name)
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Unanswered(f"a row of the reply has no number as {name}")
    return int(text)


def _root(text: str) -> Element:
    parser = XMLParser(target=_NoDoctype())  # noqa: S314 - no document type, so no entities
    parser.feed(text)
    root: Element = parser.close()
    if any(word.strip() for word in _between(root)):
        raise ValueError("text between elements")
    return root


def _between(root: Element) -> Iterator[str]:
    """Yield what stands between the elements: nothing does in a document of qstat."""
    for element in root.iter():
        yield element.tail or ""
        if len(element) or element.tag in (*_SECTIONS, *_ROWS):
            yield element.text or ""
