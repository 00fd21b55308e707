"""Figures that the tests measure by the way; pytest shows them at its end."""

_LINES: list[str] = []


def note(line: str) -> None:
    """Keep a line for the end of the run."""
    _LINES.append(line)


def noted() -> tuple[str, ...]:
    """Return what has been kept so far."""
    return tuple(_LINES)
