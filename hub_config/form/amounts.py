"""Time and memory at the form's edge: people write hours and GB, everything else has units."""

import re

from hub_config.model.units import HOUR, parse_memory, parse_walltime

_PLAIN = re.compile(r"([0-9]*)(?:[.,]([0-9]*))?")
_UNITS = {"walltime": ("h", HOUR, parse_walltime), "memory": ("G", 1024, parse_memory)}
_DIGITS = 4
"""Decimals shown. Both parsers round up, and 0.0001 h and 0.0001 GB are less than their
whole unit (a second, a MiB): an amount cut here is read back as exactly itself."""


def with_unit(name: str, text: str) -> str:
    """Return the answer with its unit if *name* has one and *text* is a bare number.

    ``1,5`` is ``1.5``. Anything else comes back as it is, for the judge to explain.
    """
    match = _PLAIN.fullmatch(text)
    if name not in _UNITS or not match or not any(match.groups()):
        return text
    whole, fraction = match[1] or "0", (match[2] or "")[:6]
    return f"{whole}.{fraction}{_UNITS[name][0]}" if fraction else whole + _UNITS[name][0]


def without_unit(name: str, text: str) -> str:
    """Return ``90m`` as ``1.5`` for a field of hours, ``2560M`` as ``2.5`` for one of GB."""
    if name not in _UNITS:
        return text
    try:
        return number(name, _UNITS[name][2](text))
    except ValueError:
        return text


def number(name: str, amount: int) -> str:
    """Return seconds as hours, MiB as GiB, any other amount as it is."""
    if name not in _UNITS:
        return str(amount)
    whole, rest = divmod(amount * 10**_DIGITS // _UNITS[name][1], 10**_DIGITS)
    return f"{whole}.{rest:0{_DIGITS}d}".rstrip("0").rstrip(".")


def bounds(name: str, low: int, high: int) -> str:
    """Return ``[0.17–12]`` for a label: two decimals, rounded to the inside of the range."""
    size = _UNITS[name][1] if name in _UNITS else 1
    least, most = -(-low * 100 // size) / 100, high * 100 // size / 100
    return f"[{least:.10g}–{most:.10g}]" if least < most else f"[{number(name, high)}]"
