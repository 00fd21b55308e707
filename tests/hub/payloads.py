"""Values nobody should send, for every field of a start: one list, used on every path.

What is kept and tested is that each is refused, or is one of the values a person may choose;
where a value would do harm if it were not, is not the point here.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

FIELDS = (
    "profile", "account", "partition", "reservation", "walltime", "cores", "memory", "gpus",
    "gpu_type", "qos", "log_name", "constraint", "application", "user_script",
)  # fmt: skip

_CONTROLS = (
    "\n", "\r", "\r\n", "\0", "\t", "\v", "\f", "\x08", "\x1b", "\x7f", "\x85",
    "\u00a0", "\u200b", "\u2028", "\u2029", "\u202e", "\ufeff",
)  # fmt: skip
_AROUND = ("{}", "local{}", "{}local", "1{}", "x{}#SBATCH --uid=0", "1{}--wrap=id", "small{}x")

_SHELL = (
    "$(id)", "`id`", ";id", "local;id", "1;id", "x && id", "|id", "> /tmp/x", "$HOME", "${IFS}id",
    "'", '"', "\\", "x'$(id)'", '"; id #', "*", "?", "~", "!x", "&", "(id)", "{a,b}", "#", "x #",
)  # fmt: skip
_TEMPLATES = (
    "{{ 7*7 }}", "{{config}}", "{% raw %}", "{%", "}}", "{0}", "{cmd}", "%n", "%s%s", "%j", "%(x)s",
    "@LAUNCHER@", "@UUID@", "{# x #}", "$x",
)  # fmt: skip
_OPTIONS = (
    "-", "--", "-x", "--wrap=id", "--uid=0", "-p", "=x", "x=y", "local --uid=0", " --uid=0",
    "1 --uid=0", "local,elsewhere", "small,advanced", "#SBATCH", "#SBATCH --uid=0", "#!/bin/sh",
    "x y", "1 2", "%local", "@local",
)  # fmt: skip
_PATHS = (
    "../x", "..", ".", "a/b", "/etc/passwd\n", "//host/x y", "file:///etc/passwd", "C:\\x", "~x/y",
    "~root/x", "/x/$(id)", "/x;id", "/", "~/",
)  # fmt: skip
_MARKUP = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)",
    "</option><option selected>", "&lt;b&gt;", "' onfocus='x", "</textarea>",
)  # fmt: skip
_NUMBERS = (
    "0", "-1", "+1", "1e9", "1e400", "0x10", "010", "1_000", "1.5", "1.", ".5", "-0", "NaN", "inf",
    "-inf", "Infinity", "1 000", "1'000", "99999", "9" * 30, "9" * 299, "65536", "4294967297",
    "18446744073709551617", "1G", "1GG", "1h", "1hh", "h", "1:00", "1:00:00:00", "30:00", "1-",
    "1-1", "--1", "99999999999T", "1K", "1b", "0G", "0h", "-1G", "-1h", "1e3M", "1.0000001G",
    "\u0661\u0662", "\uff14", "\u00b2", "\u2167", "1\u0301", "\u0661h", "1\u212a", "½",
)  # fmt: skip
_LOOKALIKES = (
    "l\u043ecal", "local\u0301", "\uff41\uff44\uff56\uff41\uff4e\uff43\uff45\uff44", "LOCAL",
    "Small", "ADVANCED", "\u0130", "\u00df", "\U0001f4a5", "e\u0301" * 30, "\u202elacol",
)  # fmt: skip
_LONG = ("a" * 65, "a" * 129, "a" * 300, "a" * 301, "a" * 10_000, "1" * 10_000, "\u00e9" * 5_000,
         "\n" * 10_000, "/" * 5_000, "small" * 2_000)  # fmt: skip
_WORDS = (
    "null", "None", "true", "undefined", "[]", "{}", "[object Object]", "__class__", "__proto__",
    "constructor", "cmd", "env", "default", "all", "any", "root", "nope", "ocean", "ocean-only",
)  # fmt: skip
_HALVES = ("\ud800", "x\udfff", "\udc80\udcff", "local\ud83d")
"""Halves of surrogate pairs: JSON can write them, UTF-8 cannot."""

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, -(2**63), 2**31, 2**63, 10**17, 10**18, 10**400, 1.5, -0.0, 1e-7,
    1e17, 1e308, float("nan"), float("inf"), float("-inf"), [], ["local"], ["small"], [1], [None],
    [["local"]], ["a"] * 500, {}, {"a": 1}, {"profile": "small"}, {"local": "local"}, {"": ""},
    {"cmd": ["id"]}, [{}], {"$ne": None}, {"__class__": "x"}, [float("nan")],
)  # fmt: skip


def _deep(levels: int) -> Any:
    value: Any = "local"
    for level in range(levels):
        value = [value] if level % 2 else {"x": value}
    return value


TEXTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(around.format(control) for control in _CONTROLS for around in _AROUND),
            *_SHELL, *_TEMPLATES, *_OPTIONS, *_PATHS, *_MARKUP, *_NUMBERS, *_LOOKALIKES, *_LONG,
            *_WORDS,
        )
    )
)  # fmt: skip
"""Texts that a form can carry."""

PAYLOADS: tuple[Any, ...] = (*TEXTS, *_HALVES, *_VALUES, _deep(20), _deep(200))
"""What JSON can carry, the texts first."""


def pairs(step: int, values: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Yield each value once, with a field; another *step* gives each another field."""
    for index, value in enumerate(values):
        yield FIELDS[(index * step + index // len(FIELDS)) % len(FIELDS)], value


def short(value: Any) -> str:
    """Return what a failure message shows of a value."""
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:50]}… ({len(text)})"


USERNAMES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(f"ann{control}" for control in _CONTROLS if control.strip() or control == "\0"),
            *(f"{control}ann" for control in ("\0", "\x1b", "\x7f", "\u200b", "\u202e", "\ufeff")),
            "ann\nroot", "ann\r\nroot", "ann\troot", "ann root", "ann,ben", "ann:ben", "ann;id",
            "ann|id", "ann&id", "$(id)", "`id`", "$USER", "-ann", "--user=root", "-u", "0", "1000",
            "+1000", "#1000", "@ann", "~ann", "../ann", "..", ".", "ann/..", "ann/ben", "/etc",
            "ann@host", "ann\\ben", "DOMAIN\\ann", "ann.", ".ann", "a.b", "ann$", "ann%", "%u",
            "{username}", "{{ user }}", "@HOME@", "<b>ann</b>", "ann'", 'ann"', "ann*", "[ann]",
            "ann=ben", "a" * 33, "a" * 256, "a" * 5_000, "l\u043ecal", "\u00e4nn", "\u0661nn",
            "an\u0301n", "\uff41\uff4e\uff4e", "\U0001f4a5", "1ann", "ann!", "ann^", "9" * 20,
        )
    )
)  # fmt: skip
"""Names that are no user names by our grammar."""


def path_segment(text: str) -> str:
    """Return *text* as one segment of a URL's path."""
    return quote(text, safe="").replace(".", "%2E")
