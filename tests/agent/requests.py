"""Requests to the agent: good ones, and what nobody should get anything out of."""

import copy
import json
from typing import Any

UUID = "0123456789abcdef" * 2
TOKEN = "t0ken-that-must-not-show"

GOOD_REQUEST: dict[str, Any] = {
    "profile": "small",
    "partition": "local",
    "cores": 1,
    "memory": 64,
    "walltime": 600,
    "application": "lab",
}
SUBMIT: dict[str, Any] = {
    "verb": "submit",
    "user": "alice",
    "uuid": UUID,
    "server": "gpu-work",
    "request": GOOD_REQUEST,
    "spawn": {
        "env": {"JUPYTERHUB_API_TOKEN": TOKEN, "JPY_X": "1"},
        "report_url": "http://hub:8081/hub/api/berth/ready",
    },
    "dry_run": False,
}
CANCEL = {"verb": "cancel", "user": "alice", "job_id": "7", "uuid": UUID}
QUERY = {"verb": "query", "what": "jobs"}
MEMBERSHIPS = {"verb": "query", "what": "memberships", "user": "alice"}
NOTE = {"verb": "note", "user": "alice", "job_id": "7", "uuid": UUID, "server": "", "port": 40123}
LOG = {"verb": "log", "user": "alice", "job_id": "7", "log_name": "my.log"}
ENDINGS = {"verb": "query", "what": "endings", "job_ids": ["7", "12"]}
GOOD = {
    "submit": SUBMIT,
    "cancel": CANCEL,
    "note": NOTE,
    "log": LOG,
    "query": QUERY,
    "queue": {"verb": "query", "what": "queue"},
    "endings": ENDINGS,
    "memberships": MEMBERSHIPS,
    "home": {**MEMBERSHIPS, "what": "home"},
    "shares": {**MEMBERSHIPS, "what": "shares"},
    "enforcement": {**QUERY, "what": "enforcement"},
}

MISSING = object()
NOT_TEXT: list[Any] = [None, True, 0, 1.5, [], ["alice"], {}, {"a": "b"}, MISSING]
BAD_TEXT = [
    "", " ", "\n", "alice\n", "alice\0", "\0", "a b", "../etc", "/etc/passwd", "-rf", "--uid=0",
    "$(id)", "`id`", ";id", "alice;id", "%s%n", "{{7*7}}", "a" * 5000, "٣", "аlice", "\ud800",
    "\u202e", "ALICE", "0", "1", "a\r\nb", "a|b", "a'b",
]  # fmt: skip
ALSO_BAD = {
    "user": ["root\n", "al@ice", "alice.", "Alice", "a" * 33],
    "uuid": ["0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 31 + "\n"],
    "job_id": ["-1", "1 2", "1,2", "1_2", "1" * 13, "1\n", "+1", "0x1"],
    "server": ["a" * 31, "gpu_work", "gpu.work", "gpu:1", "a\nb", "Gpu"],
    "log_name": [".log", "a/b", "~", "*", "%j"],
    "verb": ["SUBMIT", "exec", "shell", "query "],
    "what": ["job", "jobs ", "nodes"],
}
FINE_AS = {
    "job_id": {"0", "1"},
    "server": {"", "-rf", "0", "1"},
    "log_name": {"", "ALICE", "0", "1"},
}
"""Bad texts that are fine in these fields."""


def changed(good: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of *good* with the field at ``a.b`` set, or removed for MISSING."""
    copied = copy.deepcopy(good)
    *parents, last = path.split(".")
    inside = copied
    for name in parents:
        inside = inside[name]
    if value is MISSING:
        inside.pop(last, None)
    else:
        inside[last] = value
    return copied


def _texts(path: str) -> list[Any]:
    name = path.rpartition(".")[2]
    bad = [text for text in BAD_TEXT if text not in FINE_AS.get(name, ())]
    return [*NOT_TEXT, *bad, *ALSO_BAD.get(name, ())]


def _hostile_values() -> list[tuple[str, Any]]:
    cases: list[tuple[str, Any]] = []

    def add(kind: str, path: str, values: list[Any]) -> None:
        for value in values:
            name = "missing" if value is MISSING else ascii(value)[:40]
            cases.append((f"{kind} {path} {name}", changed(GOOD[kind], path, value)))

    for kind, paths in {
        "submit": ("verb", "user", "uuid"),
        "cancel": ("user", "uuid"),
        "note": ("user", "uuid", "job_id", "server"),
        "log": ("user", "job_id", "log_name"),
        "query": ("what",),
        "memberships": ("user",),
        "home": ("user",),
        "shares": ("user",),
    }.items():
        for path in paths:
            add(kind, path, _texts(path))
    add("cancel", "job_id", [value for value in _texts("job_id") if value != ""])
    add("submit", "server", _texts("server"))
    add("note", "port", [None, True, "1", 1.5, 0, -1, 65536, 10**30, [], {}, MISSING])
    ids = [[7], [None], [""], ["7", "x"], ["7\n"], [["7"]], ["7"] * 201, [], "7", {"7": "7"}]
    add("endings", "job_ids", [None, True, 7, *ids, MISSING])
    urls = ["", "ftp://hub/", "file:///etc/passwd", "http://", "http://hub/ x", "http://hub/\n"]
    add(
        "submit",
        "spawn.report_url",
        [*NOT_TEXT, *urls, "http://user:pw@hub/", "//hub/", "h" * 9999],
    )
    add("submit", "dry_run", [None, 0, 1, "", "false", [], {}, MISSING])
    objects = [None, True, 0, "", "x", [], [1], MISSING]
    for path in ("request", "spawn", "spawn.env"):
        add("submit", path, objects)
    add("submit", "request.environment", [None, 1, "x", [], [["A", "b"]]])
    for name in ("cores", "memory", "walltime"):
        numbers = [None, True, "1", 1.0, -1, 0, 10**15, [], {}, MISSING]
        add("submit", f"request.{name}", numbers)
    for name in ("partition", "profile", "account", "qos", "reservation", "constraint", "log_name"):
        bad = ["\n", "a b", "-x", "--uid=0", "$(id)", "a;b", "../x", "a\0", "a" * 300, 7, [], None]
        add("submit", f"request.{name}", bad)
    for name in ("LD_PRELOAD", "PATH", "PYTHONPATH", "BASH_ENV", "A B", "A=B", "", "a\n", "É"):
        add("submit", "spawn.env", [{name: "x"}])
        add("submit", "request.environment", [{name: "x"}])
    for value in (None, 1, ["x"], "a\nb", "a\0b", "\ud800", "x" * 8193, "\u2028"):
        add("submit", "spawn.env", [{"JUPYTERHUB_X": value}])
    add("submit", "spawn.env", [{f"JPY_{number}": "" for number in range(65)}])
    for kind in GOOD:
        for extra in ("command", "argv", "script", "uid", "launcher", "VERB", ""):
            add(kind, extra, ["/bin/sh"])
    add("submit", "spawn.command", ["/bin/sh"])
    add("submit", "request.command", ["/bin/sh"])
    for kind, field in {
        "query": "user",
        "queue": "job_ids",
        "endings": "user",
        "log": "path",
    }.items():
        add(kind, field, ["alice"])
    return cases


HOSTILE_VALUES = _hostile_values()
_WHOLE = json.dumps(SUBMIT)
HOSTILE_BYTES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("no JSON", b"submit alice"),
    ("half", _WHOLE[:-20].encode()),
    ("twice", (_WHOLE * 2).encode()),
    ("an array", f"[{_WHOLE}]".encode()),
    ("a text", b'"submit"'),
    ("a number", b"1"),
    ("null", b"null"),
    ("not a number", _WHOLE.replace('"cores": 1', '"cores": NaN').encode()),
    ("infinite", _WHOLE.replace('"cores": 1', '"cores": Infinity').encode()),
    ("a long number", _WHOLE.replace('"cores": 1', '"cores": ' + "9" * 5000).encode()),
    ("a number with an exponent", _WHOLE.replace('"cores": 1', '"cores": 1e0').encode()),
    ("a name twice", _WHOLE.replace('"user": "alice"', '"user": "alice", "user": "bob"').encode()),
    ("a name twice inside", _WHOLE.replace('"cores": 1', '"cores": 1, "cores": 64').encode()),
    ("deep", b"[" * 100_000 + b"]" * 100_000),
    ("deep objects", b'{"verb":' * 20_000 + b"1" + b"}" * 20_000),
    ("UTF-16", _WHOLE.encode("utf-16")),
    ("not UTF-8", _WHOLE.encode().replace(b"alice", b"alic\xff")),
    ("a byte order mark", b"\xef\xbb\xbf" + _WHOLE.encode()),
    ("a comment", _WHOLE.replace("{", "{/*x*/", 1).encode()),
    ("a zero byte", _WHOLE.encode() + b"\0"),
    ("too much", _WHOLE.encode() + b" " * (256 * 1024)),
]
