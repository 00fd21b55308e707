"""The page's rows, made of what the hub has told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub_config.i18n.figures import moment, number
from hub_config.said import Text, said
from services.accounts import bars
from services.accounts.bars import Bar
from services.accounts.mine import Balance, Features, Mine, Project, Quota


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project, in all its partitions."""

    name: str
    qos: tuple[str, ...]
    default_qos: str
    partitions: tuple[str, ...]
    default: bool
    bars: tuple[Bar, ...]
    share: Text | None


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A volume."""

    path: str
    shared: bool
    bars: tuple[Bar, ...]
    seen: Text | None
    stale: bool


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What is left to a project, or to the user."""

    name: str
    text: Text
    spent: bool
    seen: Text | None
    stale: bool


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A partition and what its nodes have."""

    partition: str
    features: str
    gpus: str
    nodes: str


@dataclass(frozen=True, slots=True)
class View:
    """All of the page; ``projects`` None: there are no accounts to know, or not yet."""

    projects: tuple[ProjectRow, ...] | None
    default_qos: tuple[str, ...]
    quotas: tuple[QuotaRow, ...]
    balances: tuple[BalanceRow, ...]
    features: tuple[FeatureRow, ...]
    qos: bool
    """Whether there are any."""
    stale: bool
    seen: Text | None
    problems: tuple[str, ...]


def view(mine: Mine) -> View:
    """Return what the page shows."""
    rows = None if mine.projects is None else tuple(_projects(mine.projects))
    defaults = dict.fromkeys(row.default_qos for row in rows or () if row.default_qos)
    return View(
        projects=rows,
        default_qos=tuple(defaults),
        quotas=tuple(map(_quota, mine.quotas)),
        balances=tuple(map(_balance, mine.balances)),
        features=tuple(_features(name, one) for name, one in mine.features.items()),
        qos=any(row.qos for row in rows or ()),
        stale=mine.stale and mine.as_of is not None,
        seen=_seen(mine.as_of),
        problems=mine.problems,
    )


def _projects(projects: Iterable[Project]) -> Iterator[ProjectRow]:
    by_account: dict[str, list[Project]] = {}
    for project in projects:
        by_account.setdefault(project.account, []).append(project)
    for name, rows in by_account.items():
        shares = [one.share for one in rows if one.share is not None]
        filled = dict.fromkeys(bar for one in rows for bar in bars.of_project(one))
        yield ProjectRow(
            name=name,
            qos=tuple(dict.fromkeys(qos for one in rows for qos in one.qos)),
            default_qos=_default_qos(rows),
            partitions=tuple(one.partition for one in rows if one.partition),
            default=any(one.default for one in rows),
            bars=tuple(filled),
            share=number(shares[0], 3) if shares else None,
        )


def _default_qos(rows: Iterable[Project]) -> str:
    """Return what a job gets that names none; Slurm takes ``normal`` where nobody has set one."""
    named = next((one.default_qos for one in rows if one.default_qos), "")
    return named or next((qos for one in rows for qos in one.qos if qos == "normal"), "")


def _quota(one: Quota) -> QuotaRow:
    filled = (bars.space(one.space), bars.files(one.files))
    return QuotaRow(one.path, one.shared, filled, _seen(one.as_of), one.stale)


def _balance(one: Balance) -> BalanceRow:
    left = number(one.value, 2)
    text = said("{left} {unit} left", left=left, unit=one.unit) if one.unit else left
    return BalanceRow(one.project, text, one.value <= 0, _seen(one.as_of), one.stale)


def _features(partition: str, one: Features) -> FeatureRow:
    gpus = ", ".join(f"{count} × {kind or 'GPU'}" for kind, count in one.gpus.items())
    return FeatureRow(partition, ", ".join(one.features), gpus, str(one.nodes))


def _seen(as_of: float | None) -> Text | None:
    return None if as_of is None else moment(as_of)
