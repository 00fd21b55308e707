"""Memory and walltime with their units: text in, integers out, text again.

Memory is an ``int`` of MiB and walltime an ``int`` of seconds everywhere inside Berth, so
they compare and add as numbers do. K, M, G and T are powers of 1024, as Slurm reads them
(https://slurm.schedmd.com/sbatch.html#OPT_mem). Standard library only.
"""

import re

from hub_config.said import said

# ASCII: without it IGNORECASE lets the Kelvin sign pass for a K.
_MEMORY = re.compile(
    r"([0-9]{1,12})(?:\.([0-9]{1,6}))? ?([KMGT])(?:i?B)?", re.IGNORECASE | re.ASCII
)
_KIB = {"K": 1, "M": 1024, "G": 1024**2, "T": 1024**3}
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_PART = r"(?:([0-9]{1,6})(?:\.([0-9]{1,6}))?%s)?"
_SPANS = re.compile(_PART % "d" + _PART % "h" + _PART % "m(?:in)?" + _PART % "s")
_CLOCK = re.compile(r"(?:([0-9]{1,5})-)?([0-9]{1,5}):([0-5][0-9]):([0-5][0-9])")
_TWO_PARTS = re.compile(r"[0-9]{1,5}:[0-5]?[0-9]")

MINUTE, HOUR, DAY = 60, 3600, 86400
_MILLIONTHS = 10**6


def parse_memory(text: str) -> int:
    """Return MiB for ``"16G"``, ``"2560M"``, ``"2.5 GB"``; parts of a MiB are rounded up.

    Raises ValueError with the cure in its text: a bare number has no unit.
    """
    if match := _MEMORY.fullmatch(text):
        kib = _millionths(match[1], match[2]) * _KIB[match[3].upper()]
        if kib > 0:
            return -(-kib // (1024 * _MILLIONTHS))
        raise ValueError(
            said('"{seen}" is no memory at all — write for example 2G', seen=_short(text))
        )
    if _NUMBER.fullmatch(text):
        raise ValueError(said('"{seen}" has no unit — write {seen}M or {seen}G', seen=text))
    raise ValueError(
        said(
            '"{seen}" is not an amount of memory — write for example 2560M or 16G',
            seen=_short(text),
        )
    )


def format_memory(mib: int) -> str:
    """Return the shortest exact text for MiB: ``2560M``, ``16G``, ``1T``."""
    for unit, size in (("T", 1024 * 1024), ("G", 1024)):
        if mib >= size and mib % size == 0:
            return f"{mib // size}{unit}"
    return f"{mib}M"


def gigabytes(mib: int) -> str:
    """Return MiB as a plain number of GiB for a form field: ``2.5``, ``16``.

    Rounded down, so that ``parse_memory`` (which rounds up) gives the same MiB again.
    """
    return _decimal(mib, 1024)


def parse_walltime(text: str) -> int:
    """Return seconds for ``"8h"``, ``"90m"``, ``"1d12h"``, ``"1:00:00"``, ``"7-00:00:00"``.

    Raises ValueError with the cure in its text. ``"30:00"`` is refused: Slurm reads it as
    30 minutes and many people as 30 hours.
    """
    if match := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = days * DAY + hours * HOUR + minutes * MINUTE + seconds
    elif text and (match := _SPANS.fullmatch(text)):
        whole, parts = match.groups()[::2], match.groups()[1::2]
        sizes = zip(whole, parts, (DAY, HOUR, MINUTE, 1), strict=True)
        total = -(-sum(_millionths(n, part) * size for n, part, size in sizes) // _MILLIONTHS)
    elif _NUMBER.fullmatch(text):
        raise ValueError(said('"{seen}" has no unit — write {seen}h or {seen}m', seen=text))
    elif _TWO_PARTS.fullmatch(text):
        raise ValueError(
            said(
                '"{seen}" can be read in two ways — write for example 30m, 30h or 0:30:00',
                seen=text,
            )
        )
    else:
        raise ValueError(
            said(
                '"{seen}" is no walltime — write for example 8h, 30m or 1:00:00', seen=_short(text)
            )
        )
    if total <= 0:
        raise ValueError(
            said('"{seen}" is no time at all — write for example 30m', seen=_short(text))
        )
    return total


def format_walltime(seconds: int) -> str:
    """Return ``1-02:03:04`` or ``02:03:04``: what Slurm and Grid Engine both show people."""
    days, rest = divmod(seconds, DAY)
    clock = f"{rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}:{rest % MINUTE:02d}"
    return f"{days}-{clock}" if days else clock


def hours(seconds: int) -> str:
    """Return seconds as a plain number of hours for a form field: ``1.5``, ``12``.

    Rounded down, so that ``parse_walltime`` (which rounds up) gives the same seconds again.
    """
    return _decimal(seconds, HOUR)


def _millionths(whole: str | None, part: str | None) -> int:
    """Return ``whole.part`` times 10**6 exactly: 1.1 hours are 3960 s, as floats they are more."""
    return int(whole or 0) * _MILLIONTHS + int((part or "").ljust(6, "0"))


def _decimal(number: int, divisor: int) -> str:
    whole, parts = divmod(number * 10**4 // divisor, 10**4)
    return f"{whole}.{parts:04d}".rstrip("0").rstrip(".")


def _short(text: str) -> str:
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:41])
    return text if len(text) <= 40 else text[:39] + "…"
