"""The projects that a person may charge, from what ``qconf`` shows of projects and access lists.

A project is open to who is in one of its lists (``acl``; without any, to everybody) and in none of
those it is closed to (``xacl``): project(5), access_list(5).
"""

import re
from collections.abc import Iterator

from hub_config.schedulers.base import Membership, Reply, Unanswered
from hub_config.schedulers.replies import lines

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_NONE_YET = "no project list defined"
_KEYS = {"name", "oticket", "fshare", "acl", "xacl", "type", "entries"}
_CONTINUED = re.compile(r"\\\n +")

Block = dict[str, str]


def further(reply: Reply) -> tuple[str, ...]:
    """Return the arguments of the question that an answer leads to, none if it was the last.

    First come the names, then the projects, then these once more with the lists they name.
    """
    try:
        names = lines(reply)
        if all(map(_NAME.fullmatch, names)):
            return _each("-sprj", names)
        projects, lists = _read(names)
    except Unanswered:
        return ()
    wanted = {name for one in projects for key in ("acl", "xacl") for name in _names(one[key])}
    missing = sorted(wanted - {one["name"] for one in lists})
    if lists or not missing:
        return ()
    return (*_each("-sprj", [one["name"] for one in projects]), *_each("-su", missing))


def memberships(reply: Reply, user: str) -> tuple[Membership, ...]:
    """Return the projects open to *user* ("": to somebody). Raises Unanswered."""
    if reply.code == 1 and reply.err.strip() == _NONE_YET:
        return ()
    rows = lines(reply)
    if all(map(_NAME.fullmatch, rows)):
        # An agent on a login node that is one release behind the hub asks no further: the names
        # of all projects, of which qsub refuses those that are not the user's. Until 1.0 is out.
        return tuple(map(Membership, rows))
    projects, lists = _read(rows)
    people = {one["name"]: frozenset(_names(one["entries"])) for one in lists}
    try:
        return tuple(
            Membership(one["name"]) for one in projects if not user or _open(one, people, user)
        )
    except KeyError as error:
        raise Unanswered(f"the reply lacks the access list {error.args[0]}") from error


def _open(project: Block, people: dict[str, frozenset[str]], user: str) -> bool:
    """Return whether *user* may charge it; of Unix groups, Grid Engine knows who is in them."""
    inside = [people[name] for name in _names(project["acl"])]
    outside = [people[name] for name in _names(project["xacl"])]
    groups = any(entry.startswith("@") for one in inside for entry in one)
    named = not inside or groups or any(user in one for one in inside)
    return named and not any(user in one for one in outside)


def _read(rows: list[str]) -> tuple[list[Block], list[Block]]:
    """Return the projects and the access lists, whole ones only. Raises Unanswered."""
    projects: list[Block] = []
    lists: list[Block] = []
    for block in _blocks(rows):
        if {"acl", "xacl"} <= block.keys():
            projects.append(block)
        elif "entries" in block:
            lists.append(block)
        else:
            raise Unanswered("a project or an access list of the reply is not whole")
    if not projects:
        raise Unanswered("the reply has no project")
    return projects, lists


def _blocks(rows: list[str]) -> Iterator[Block]:
    block: Block = {}
    for row in _CONTINUED.sub("", "\n".join(rows)).split("\n"):
        key, _, value = row.partition(" ")
        if key not in _KEYS or not value.strip() or (not block and key != "name"):
            raise Unanswered("a line of the reply is no line of a project or an access list")
        if key == "name":
            if block:
                yield block
            block = {}
            if not _NAME.fullmatch(value.strip()):
                raise Unanswered("a project or an access list of the reply has a strange name")
        block[key] = value.strip()
    yield block


def _names(text: str) -> list[str]:
    return [] if text == "NONE" else text.replace(",", " ").split()


def _each(option: str, names: list[str]) -> tuple[str, ...]:
    return tuple(word for name in names for word in (option, name))
