"""YAML 1.2 into plain values, with the line and column of every one of them.

YAML 1.1 readers turn ``1:00:00`` into 3600 and ``no`` into False; this one gives text for
whatever is not plainly a number, true, false or null. Only plain data: tags, merge tricks
and documents that grow when read are refused.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

Path_ = tuple[str | int, ...]
Position = tuple[int, int]
"""Line and column, from 1."""

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 40
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, said as ``file:line:column path: what — cure``."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}  {self.path}: {self.message}" if self.path else f"{place}  {self.message}"


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
    nodes: int = 0

    def complain(self, position: Position, path: str, message: str) -> None:
        self.problems.append(Problem(self.file, *position, path, message))

    def place(self, path: Path_, *, key: bool = False) -> Position:
        """Return the position of *path*, or of the nearest part above it that is in the file."""
        while path not in self.values and path:
            path = path[:-1]
        if key and path in self.keys:
            return self.keys[path]
        return self.values.get(path, (1, 1))


def read(path: Path, shown: str = "") -> Document:
    """Read one file. Raises BadConfig; *shown* is the name messages use for the file."""
    document = Document(shown or str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        document.complain((1, 1), "", f"cannot be read ({error.strerror}) — check the path and mode")
        raise BadConfig(document.problems) from error
    if len(data) > MAX_BYTES:
        document.complain((1, 1), "", f"is larger than {MAX_BYTES} bytes — split it into files")
        raise BadConfig(document.problems)
    root = _compose(document, data)
    if root is not None:
        document.value = _plain(document, root, (), 0)
    if document.problems:
        raise BadConfig(document.problems)
    return document


def _compose(document: Document, data: bytes) -> Node | None:
    """Return the root node, None for an empty file."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        document.complain((line, 1), "", "is not UTF-8 text — save the file as UTF-8")
        raise BadConfig(document.problems) from error
    if text.startswith("%"):
        document.complain((1, 1), "", "starts with a % directive — remove it: this is YAML 1.2")
        raise BadConfig(document.problems)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (MarkedYAMLError, ReaderError, YAMLError) as error:
        document.complain(_mark(error), "", _syntax(error))
        raise BadConfig(document.problems) from error
    except (RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        # ruamel lets a few malformed inputs surface as bare exceptions of its scanner.
        document.complain((1, 1), "", f"is not YAML ({type(error).__name__}) — check its structure")
        raise BadConfig(document.problems) from error
    return root if isinstance(root, Node) else None


def _mark(error: Exception) -> Position:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _syntax(error: Exception) -> str:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    first = " ".join(problem.split())[:160]
    if "'\\t'" in first:
        return f"{first} — indent with spaces, not tabs"
    if "alias" in first:
        return f"{first} — write the value out instead"
    if "expected a single document" in first or "another document" in first:
        return f"{first} — keep one document per file, without ---"
    return f"{first} — check indentation, quotes and brackets around here"


def _plain(document: Document, node: Node, path: Path_, depth: int) -> Any:
    document.nodes += 1
    position = (node.start_mark.line + 1, node.start_mark.column + 1)
    document.values[path] = position
    if document.nodes > MAX_NODES or depth > MAX_DEPTH:
        if document.nodes < 2 * MAX_NODES:
            document.complain(position, "", "is nested or repeated too much — write it out plainly")
            document.nodes = 2 * MAX_NODES
        return None
    if isinstance(node, MappingNode):
        return _mapping(document, node, path, depth)
    if isinstance(node, SequenceNode) and str(node.tag) == f"{_PREFIX}seq":
        items = enumerate(node.value)
        return tuple(_plain(document, item, (*path, i), depth + 1) for i, item in items)
    if isinstance(node, ScalarNode):
        return _scalar(document, node, path)
    document.complain(position, show(path), f"has the tag {node.tag} — remove it")
    return None


def _mapping(document: Document, node: MappingNode, path: Path_, depth: int) -> Any:
    result: dict[str, Any] = {}
    if str(node.tag) != f"{_PREFIX}map":
        position = (node.start_mark.line + 1, node.start_mark.column + 1)
        document.complain(position, show(path), f"has the tag {node.tag} — remove it")
        return result
    for key_node, value_node in node.value:
        position = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, ScalarNode):
            document.complain(position, show(path), "has a key that is no text — write a plain key")
            continue
        key = str(key_node.value)
        if key in result:
            document.complain(position, show((*path, key)), "stands twice — keep one of them")
            continue
        document.keys[*path, key] = position
        result[key] = _plain(document, value_node, (*path, key), depth + 1)
    return result


def _scalar(document: Document, node: ScalarNode, path: Path_) -> Any:
    text, tag = str(node.value), str(node.tag).removeprefix(_PREFIX)
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    if tag in ("str", "timestamp"):
        return text
    if tag in ("int", "float"):
        try:
            return _number(text.replace("_", ""), tag)
        except ValueError:
            pass
    document.complain(document.values[path], show(path), f"has the tag {node.tag} — remove it")
    return None


def _number(text: str, tag: str) -> int | float:
    if tag == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return int(text, 0 if text.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else 10)


def show(path: Path_, root: Any = None) -> str:
    """Return ``presets[shared-1].memory``: list items by their id where *root* has one."""
    text, here = "", root
    for part in path:
        if isinstance(part, int):
            here = here[part] if isinstance(here, tuple) and part < len(here) else None
            name = here.get("id") if isinstance(here, dict) else None
            text += f"[{name if isinstance(name, str) else part}]"
        else:
            here = here.get(part) if isinstance(here, dict) else None
            text += f".{part}" if text else part
    return text
