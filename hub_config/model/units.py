"""Memory and walltime with their units: text in, integers out, text again.

Memory is an ``int`` of MiB and walltime an ``int`` of seconds everywhere inside Berth, so
they compare and add as numbers do. K, M, G and T are powers of 1024, as Slurm reads them
(https://slurm.schedmd.com/sbatch.html#OPT_mem). Standard library only.
"""

import math
import re

_MEMORY = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([KMGT])(?:i?B)?", re.IGNORECASE)
_MIB = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_SPANS = re.compile(
    r"(?:([0-9]{1,6}(?:\.[0-9]{1,6})?)d)?(?:([0-9]{1,6}(?:\.[0-9]{1,6})?)h)?"
    r"(?:([0-9]{1,6}(?:\.[0-9]{1,6})?)m(?:in)?)?(?:([0-9]{1,9})s)?"
)
_CLOCK = re.compile(r"(?:([0-9]{1,5})-)?([0-9]{1,5}):([0-5][0-9]):([0-5][0-9])")
_TWO_PARTS = re.compile(r"[0-9]{1,5}:[0-5]?[0-9]")

MINUTE, HOUR, DAY = 60, 3600, 86400


def parse_memory(text: str) -> int:
    """Return MiB for ``"16G"``, ``"2560M"``, ``"2.5 GB"``; parts of a MiB are rounded up.

    Raises ValueError with the cure in its text: a bare number has no unit.
    """
    if match := _MEMORY.fullmatch(text):
        mib = math.ceil(float(match[1]) * _MIB[match[2].upper()])
        if mib > 0:
            return mib
        raise ValueError(f'"{_short(text)}" is no memory at all — write for example 2G')
    if _NUMBER.fullmatch(text):
        raise ValueError(f'"{text}" has no unit — write {text}M or {text}G')
    raise ValueError(f'"{_short(text)}" is not an amount of memory — write for example 2560M or 16G')


def format_memory(mib: int) -> str:
    """Return the shortest exact text for MiB: ``2560M``, ``16G``, ``1T``."""
    for unit, size in (("T", 1024 * 1024), ("G", 1024)):
        if mib >= size and mib % size == 0:
            return f"{mib // size}{unit}"
    return f"{mib}M"


def gigabytes(mib: int) -> str:
    """Return MiB as a plain number of GiB for a form field: ``2.5``, ``16``."""
    return f"{mib / 1024:.4f}".rstrip("0").rstrip(".")


def parse_walltime(text: str) -> int:
    """Return seconds for ``"8h"``, ``"90m"``, ``"1d12h"``, ``"1:00:00"``, ``"7-00:00:00"``.

    Raises ValueError with the cure in its text. ``"30:00"`` is refused: Slurm reads it as
    30 minutes and many people as 30 hours.
    """
    if match := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = days * DAY + hours * HOUR + minutes * MINUTE + seconds
    elif text and (match := _SPANS.fullmatch(text)):
        parts = (float(part or 0) for part in match.groups())
        total = math.ceil(sum(n * s for n, s in zip(parts, (DAY, HOUR, MINUTE, 1), strict=True)))
    elif _NUMBER.fullmatch(text):
        raise ValueError(f'"{text}" has no unit — write {text}h or {text}m')
    elif _TWO_PARTS.fullmatch(text):
        raise ValueError(f'"{text}" can be read in two ways — write for example 30m, 30h or 0:30:00')
    else:
        raise ValueError(f'"{_short(text)}" is not a walltime — write for example 8h, 30m or 1:00:00')
    if total <= 0:
        raise ValueError(f'"{_short(text)}" is no time at all — write for example 30m')
    return total


def format_walltime(seconds: int) -> str:
    """Return ``1-02:03:04`` or ``2:03:04``: what Slurm and Grid Engine both show people."""
    days, rest = divmod(seconds, DAY)
    clock = f"{rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}:{rest % MINUTE:02d}"
    return f"{days}-{clock}" if days else clock


def hours(seconds: int) -> str:
    """Return seconds as a plain number of hours for a form field: ``1.5``, ``12``."""
    return f"{seconds / HOUR:.4f}".rstrip("0").rstrip(".")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
