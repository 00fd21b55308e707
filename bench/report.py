"""The table of a run: what was measured, ours beside stock, and the mark that ours has to meet."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Values = dict[str, dict[str, list[Any]]]
"""The results as JSON has them (run.Results)."""
Pair = tuple[float | None, float | None]
"""A figure of ours and of stock; None where there is none."""


@dataclass(frozen=True)
class Target:
    """What ours has to meet, in words, and whether (ours, stock) do."""

    words: str
    met: Callable[[float, float | None], bool]


NONE = Target("0", lambda ours, _: ours == 0)
HALF = Target("≤ 0.5 × stock", lambda ours, stock: stock is not None and ours <= 0.5 * stock)


def most(limit: float, words: str = "") -> Target:
    """Return the target that ours is at most *limit*."""
    return Target(words or f"≤ {limit:g}", lambda ours, _: ours <= limit)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figures: Pair
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by stock."""
        ours, stock = self.figures
        return None if ours is None or not stock else ours / stock

    @property
    def met(self) -> bool | None:
        """Whether ours meets its target; None: there is none, or no figure."""
        ours, stock = self.figures
        return None if self.target is None or ours is None else self.target.met(ours, stock)


def pair(values: Values, name: str, *path: str, scale: float = 1.0) -> Pair:
    """Return the median figures of a measurement, times *scale*; failed ones are left out."""
    ours, stock = (one(values, name, kind, *path) for kind in ("ours", "stock"))
    return (
        None if ours is None else ours * scale,
        None if stock is None else stock * scale,
    )


def one(values: Values, name: str, kind: str, *path: str) -> float | None:
    """Return the median figure of one side, at *path* in each of its values."""
    found = [_at(value, path) for value in values.get(name, {}).get(kind, [])]
    figures = [float(value) for value in found if isinstance(value, int | float)]
    return statistics.median(figures) if figures else None


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def less(figures: Pair, other: Pair) -> Pair:
    """Return the differences."""
    ours, stock = (
        None if a is None or b is None else a - b for a, b in zip(figures, other, strict=True)
    )
    return ours, stock


def failures(values: Values) -> list[str]:
    """Return a line for each measurement that failed."""
    return [
        f"{name}, {kind}: {value}"
        for name, kinds in values.items()
        for kind, found in kinds.items()
        for value in found
        if isinstance(value, str)
    ]


def table(found: list[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        "| measured | ours | stock | ours : stock | target | met |",
        "|---|---|---|---|---|---|",
    ]
    for row in found:
        cells = (
            row.what,
            *(_number(figure) for figure in (*row.figures, row.ratio)),
            row.target.words if row.target else "",
            {None: "", True: "yes", False: "**no**"}[row.met],
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
