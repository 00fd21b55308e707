"""A file that was read: its value, where each part stands, and what is wrong with it."""

import re
from dataclasses import dataclass, field
from typing import Any

Path_ = tuple[str | int, ...]
"""The keys and list positions that lead to a value: ``("presets", 0, "memory")``."""

Position = tuple[int, int]
"""Line and column, from 1."""

# What YAML does not allow, and the line breaks of Unicode, which editors do not count as lines.
CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, said as ``file:line:column  path: what — cure``."""

    file: str
    line: int
    column: int
    path: str
    message: str

    @property
    def place(self) -> str:
        """``file:line:column``, as editors and terminals know it."""
        return plain(f"{self.file}:{self.line}:{self.column}")

    @property
    def text(self) -> str:
        """``path: what — cure``: one line without control characters, whatever the file holds."""
        return plain(f"{self.path}: {self.message}" if self.path else self.message)

    def __str__(self) -> str:
        return f"{self.place}  {self.text}"


class BadConfig(Exception):
    """Files that cannot be used; ``problems`` holds all of them, in order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(slots=True)
class Document:
    """The value of a file and where each part of it stands; ``keys`` has mapping keys' places."""

    file: str
    value: Any = None
    values: dict[Path_, Position] = field(default_factory=dict)
    keys: dict[Path_, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, position: Position, path: str, message: str) -> None:
        """Note a problem and go on."""
        self.problems.append(Problem(self.file, *position, path, message))

    def give_up(self, position: Position, message: str) -> BadConfig:
        """Note a problem after which nothing more can be read; the caller raises the result."""
        self.complain(position, "", message)
        return BadConfig(self.problems)

    def place(self, path: Path_, *, key: bool = False) -> Position:
        """Return the position of *path*, or of the nearest part above it that is in the file."""
        while path not in self.values and path:
            path = path[:-1]
        if key and path in self.keys:
            return self.keys[path]
        return self.values.get(path, (1, 1))


def plain(text: str) -> str:
    """Return *text* as one line that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def show(path: Path_, root: Any = None) -> str:
    """Return ``presets[shared-1].memory``: list items by their id where *root* has one."""
    text, here = "", root
    for part in path:
        if isinstance(part, int):
            here = here[part] if isinstance(here, tuple) and part < len(here) else None
            name = here.get("id") if isinstance(here, dict) else None
            text += f"[{name[:64] if isinstance(name, str) else part}]"
        else:
            here = here.get(part) if isinstance(here, dict) else None
            text += f".{part[:64]}" if text else part[:64]
    return text
