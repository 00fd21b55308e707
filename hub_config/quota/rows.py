"""Version 1 of Open OnDemand's quota and balance JSON, as typed rows by user.

Read as its dashboard reads it (apps/dashboard/app/models/quota.rb and balance.rb): a block is
1 KiB, a limit of nothing is none, what a row does not say of its user is that of all. A row that
cannot be read is left out and complained of; the others stay.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

FAULTS = 5
"""Rows that are complained of; one mistake of an exporter is in all of its rows."""

_LONGEST = 1024
_MOST = 2**62
_T = TypeVar("_T")


class Unreadable(ValueError):
    """The whole text cannot be used; says what was seen and the cure."""


@dataclass(frozen=True, slots=True)
class Amount:
    """``used`` by all in the volume, ``own`` by the user; ``limit`` 0: there is none."""

    used: int
    own: int
    limit: int

    @property
    def share(self) -> float:
        """How much of the limit is used: 1 is all of it. 0 without a limit."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        return bool(self.limit) and self.used >= self.limit


@dataclass(frozen=True, slots=True)
class Quota:
    """One volume: ``space`` in KiB and ``files``; ``shared`` with others.

    ``as_of``: when it was counted, epoch seconds; None: nobody says.
    """

    path: str
    shared: bool
    space: Amount
    files: Amount
    as_of: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left of a project's ``unit``; ``project`` empty: the user's own."""

    project: str
    project_type: str
    unit: str
    value: float
    as_of: float | None


@dataclass(frozen=True, slots=True)
class Told(Generic[_T]):
    """The rows of everybody, by user, and the rows that could not be read."""

    rows: Mapping[str, tuple[_T, ...]]
    faults: tuple[str, ...]


Read = Callable[[bytes, float | None], Told[_T]]
"""The text, and when it was written if it does not say so itself; None: not known."""


def read_quotas(data: bytes, written: float | None) -> Told[Quota]:
    """Return the quotas in *data*. Raises Unreadable."""
    whole = _whole(data, "quotas")
    as_of = _moment(whole.get("timestamp"), written)
    return _rows(whole["quotas"], lambda row: _quota(row, as_of))


def read_balances(data: bytes, written: float | None) -> Told[Balance]:
    """Return the balances in *data*. Raises Unreadable."""
    whole = _whole(data, "balances")
    config = whole.get("config")
    config = config if isinstance(config, dict) else {}
    as_of = _moment(whole.get("timestamp"), written)
    words = (_text(config, "project_type", ""), _text(config, "unit", ""))
    return _rows(whole["balances"], lambda row: _balance(row, *words, as_of))


def _whole(data: bytes, name: str) -> dict[str, Any]:
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no JSON ({type(error).__name__}) — let it be written again") from None
    if not isinstance(whole, dict) or not isinstance(whole.get(name), list):
        raise Unreadable(f'has no list "{name}" — write Open OnDemand\'s format, version 1')
    if str(whole.get("version", 1)) not in ("1", "1.0"):
        raise Unreadable(f"has version {str(whole['version'])[:20]} — only version 1 is known")
    return whole


def _rows(rows: list[Any], read: Callable[[dict[str, Any]], _T]) -> Told[_T]:
    found: dict[str, list[_T]] = {}
    faults: list[str] = []
    for number, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise ValueError("is no object")
            found.setdefault(_text(row, "user"), []).append(read(row))
        except ValueError as error:
            faults.append(f"entry {number}: {error}")
    more = (f"{len(faults) - FAULTS} entries more",) if len(faults) > FAULTS else ()
    kept = {user: tuple(of_user) for user, of_user in found.items()}
    return Told(kept, (*faults[:FAULTS], *more))


def _quota(row: dict[str, Any], as_of: float | None) -> Quota:
    return Quota(
        path=_text(row, "path"),
        shared=_text(row, "type", "user") != "user",
        space=_amount(row, "block"),
        files=_amount(row, "file"),
        as_of=_moment(row.get("timestamp"), as_of),
    )


def _balance(row: dict[str, Any], project_type: str, unit: str, as_of: float | None) -> Balance:
    return Balance(
        project=_text(row, "project", ""),
        project_type=project_type,
        unit=unit,
        value=_number(row, "value"),
        as_of=as_of,
    )


def _amount(row: dict[str, Any], kind: str) -> Amount:
    used = _count(row, f"total_{kind}_usage")
    own = used if row.get(f"{kind}_usage") is None else _count(row, f"{kind}_usage")
    return Amount(used, own, _limit(row, f"{kind}_limit"))


def _limit(row: dict[str, Any], name: str) -> int:
    value = row.get(name)
    if value is None or str(value).lower() in ("unlimited", "none", ""):
        return 0
    return _count(row, name)


def _count(row: dict[str, Any], name: str) -> int:
    return max(0, int(_number(row, name)))


def _number(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not abs(number) < _MOST:  # what is no number is less than nothing
        raise ValueError(f"{name} is {_seen(value)}, which is no number")
    return number


def _moment(value: Any, otherwise: float | None) -> float | None:
    """Return epoch seconds, *otherwise* for what is none."""
    try:
        moment = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return moment if 0 < moment < 2**33 else otherwise


def _text(row: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = row.get(name)
    if value in (None, "") and otherwise is not None:
        return otherwise
    # Users that are numbers come as numbers now and then.
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > _LONGEST:
        raise ValueError(f"{name} is {_seen(value)}, which is no text")
    return text


def _seen(value: Any) -> str:
    return "missing" if value is None else ascii(value)[:40]
