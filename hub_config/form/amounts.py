"""Time and memory at the form's edge: people write hours and GB, everything else has units."""

import re
from functools import lru_cache

from hub_config.model.units import HOUR, gigabytes, hours, parse_memory, parse_walltime
from hub_config.said import given

_PLAIN = re.compile(r"([0-9]*)(?:[.,]([0-9]*))?")
_LETTER = {"walltime": "h", "memory": "G"}
_SIZE = {"walltime": HOUR, "memory": 1024}


def with_unit(name: str, text: str) -> str:
    """Return the answer with its unit if *name* has one and *text* is a bare number.

    ``1,5`` is ``1.5``. Anything else comes back as it is, for the judge to explain.
    """
    match = _PLAIN.fullmatch(text)
    if name not in _LETTER or not match or not any(match.groups()):
        return text
    # Both parsers take six decimals; nobody means a millionth of an hour.
    whole, fraction = match[1] or "0", (match[2] or "")[:6]
    return f"{whole}.{fraction}{_LETTER[name]}" if fraction else whole + _LETTER[name]


def without_unit(name: str, text: str) -> str:
    """Return ``90m`` as ``1.5`` for a field of hours, ``2560M`` as ``2.5`` for one of GB."""
    parse = {"walltime": parse_walltime, "memory": parse_memory}.get(name)
    try:
        return number(name, parse(text)) if parse else text
    except ValueError:
        return text


@lru_cache(maxsize=20_000)  # a large site shows the same amounts thousands of times a page
def number(name: str, amount: int) -> str:
    """Return seconds as hours, MiB as GiB, any other amount as it is."""
    show = {"walltime": hours, "memory": gigabytes}.get(name, str)
    return show(amount)


def told(name: str, amount: int) -> str:
    """Return ``number`` as people read it: with a comma in German."""
    return _spoken(number(name, amount))


def bounds(name: str, low: int, high: int) -> str:
    """Return ``[0.17–12]`` for a label."""
    return _spoken(f"[{_extent(name, low, high)}]")


def extent(name: str, low: int, high: int) -> str:
    """Return ``0.17–12`` for a table: two decimals, rounded to the inside of the range."""
    return _spoken(_extent(name, low, high))


def _extent(name: str, low: int, high: int) -> str:
    size = _SIZE.get(name, 1)
    least, most = -(-low * 100 // size) / 100, high * 100 // size / 100
    return f"{least:.10g}–{most:.10g}" if least < most else number(name, high)


def _spoken(text: str) -> str:
    return given({"en": text, "de": text.replace(".", ",")}) if "." in text else text
