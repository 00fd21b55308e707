"""Values that nobody should send: for every field of a request, from any side."""

import re
from typing import Any

TEXTS: tuple[str, ...] = (
    "\n", "a\nb", "a\r\nb", "\0", "a\0b", "\x1b[31m", "\u2028", "\u2029", "\x85", "\ufeff",
    "\u202e", "\ud800", "a\udfffb", "\U0001f600", "é", "ａ", "а", "①", "٤", "𝟜", "4\n", "\t4",
    "\x0b", "\x7f", "$(id)", "`id`", "$HOME", "${IFS}", "a;b", "a|b", "a&b", "a&&b", "a>b", "a<b",
    "a b", "a'b", 'a"b', "a\\b", "a*", "a?", "{a,b}", "!!", "#a", "~root", "~root/x", "%j", "%n%s",
    "a%0Ab", "{{ 7*7 }}", "{% raw %}", "{0}", "%(a)s", "@LAUNCHER@", "<script>", "</pre>",
    "javascript:x", "&lt;", "' OR 1=1", "-x", "--x=y", "-", "--", "=x", "x=y", "a,b", "a:b",
    "../x", "..", ".", "./x", "/", "//", "/../..", "//host/x", "/etc/passwd\0", "C:\\x",
    "http://x", "\\\\x", "a" * 64, "a" * 65, "a" * 129, "a" * 301, "a" * 10**6, "9" * 5000, "0",
    "-1", "00", "+1", "1.0", "4.0", "4.5", "1e3", "1e400", "0x4", "0o4", "0b1", "1_0", "1 0",
    "nan", "inf", "-inf", "Infinity", "NaN", "null", "None", "true", "True", "no", "9999999",
    "99999999", "1G", "0G", "1K", "1\N{KELVIN SIGN}", "1T", "999999999999T", "-1G", "1 G", "1GB",
    "1,5G", "1.5", "1h", "0h", "30:00", "99999:00:00", "9999-00:00:00", "1d", "999999d", "1:60:00",
    "8H", "UNLIMITED", "INFINITE", "advanced", "Advanced", "advanced ", " advanced", "profile",
    "__class__", "__init__", "environment", "LD_PRELOAD", "constructor", "a.b", "a+b", "_a", ".a",
    "a@b", "[a", "(a", "a]", "256G&", "a100|v100", "[a100*2]", "gpu:1", "gpu", "root", "*", "all",
    "ALL", "any", "none", "default",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 4, 10**6, 10**18, 10**19, 2**63, 2**1000, 10**5000, -(10**5000),
    0.0, 0.5, 1.0, 4.0, -0.0, 1e22, 1e308, float("nan"), float("inf"), float("-inf"), 3 + 4j, b"",
    b"4", b"\xff", bytearray(b"x"), memoryview(b"x"), [], [4], ["4"], [[]], [None], (), (4,), {},
    {"a": 1}, {4: 4}, {"$gt": ""}, {"__proto__": {}}, set(), {4}, frozenset(), object(), object,
    int, len, range(3), Exception("x"), NotImplemented, ..., iter(()), [["a"] * 100] * 100,
    {"a": {"b": {"c": {}}}},
)  # fmt: skip

HOSTILE: tuple[Any, ...] = (*TEXTS, *VALUES)


def name(value: Any) -> str:
    """Return a short ASCII id for a test, the same in every process."""
    if isinstance(value, int) and abs(value) > 10**20:
        return "a-huge-int"
    return re.sub(r" at 0x[0-9a-f]+", "", ascii(value))[:40]
