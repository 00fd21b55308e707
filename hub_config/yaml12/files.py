"""A file into text: regular, of a sane size, UTF-8, without what is no text. Then into values."""

import os
import re
import stat
from pathlib import Path

from hub_config.yaml12.build import Builder
from hub_config.yaml12.document import CONTROL, Document, Position

MAX_BYTES = 256 * 1024
"""A hundred times what a large centre writes, and about a second to read."""

_FENCE = "---"
_DIRECTIVE = re.compile("^%", re.MULTILINE)


def read(path: Path, shown: str = "") -> Document:
    """Return what is in one file, with the problems that do not keep us from reading on.

    Raises BadConfig when it cannot be read to its end. *shown* is the name messages use.
    """
    document = Document(shown or str(path))
    _build(document, _decode(document, _bytes(document, path)))
    return document


def read_front(path: Path, shown: str = "") -> tuple[Document, dict[int, str]]:
    """Return what stands between the first two lines ``---``, and below them each line by number.

    Positions are those of the file. Raises BadConfig as ``read`` does.
    """
    document = Document(shown or str(path))
    lines = _decode(document, _bytes(document, path)).splitlines()
    ends = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if ends[:1] != [0]:
        cure = "begin with a line ---, then one `key: value` a line, then another line ---"
        raise document.give_up((1, 1), f"has no front matter — {cure}")
    if len(ends) < 2:
        raise document.give_up((1, 1), "the front matter has no end — add a line --- below it")
    # An empty first line keeps the numbers of all others.
    _build(document, "\n".join(["", *lines[1 : ends[1]], ""]))
    return document, dict(enumerate([*lines[ends[1] + 1 :], ""], ends[1] + 2))


def _build(document: Document, text: str) -> None:
    if found := _DIRECTIVE.search(text):
        cure = "remove this line: files are read as YAML 1.2"
        raise document.give_up(_position(text, found.start()), f"has a % directive — {cure}")
    Builder(document, text).build()


def _bytes(document: Document, path: Path) -> bytes:
    try:
        # Without O_NONBLOCK a named pipe would be waited for, perhaps for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - it is a descriptor
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise document.give_up((1, 1), "is not a regular file — put the text itself here")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise document.give_up((1, 1), f"{what} — check the path and its permissions") from error
    if len(data) > MAX_BYTES:
        what = f"is larger than {MAX_BYTES // 1024} kB"
        raise document.give_up((1, 1), f"{what} — split it into several files")
    return data


def _decode(document: Document, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _position(data.decode("utf-8-sig", "replace"), len(data[: error.start].decode()))
        raise document.give_up(place, "is not UTF-8 text — save the file as UTF-8") from error
    if found := CONTROL.search(text):
        what = f"has the character U+{ord(found[0]):04X}, which is no text"
        cure = "save the file as UTF-8" if found[0] == "\0" else "delete it"
        raise document.give_up(_position(text, found.start()), f"{what} — {cure}")
    return text


def _position(text: str, index: int) -> Position:
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
