"""Budgets: what a project may still use of its cores and GPUs, and whether a request fits in.

Amounts are minutes of the thing, as Slurm counts them: core-minutes, GPU-minutes, MiB-minutes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub_config.model.request import JobRequest
from hub_config.model.units import MINUTE
from hub_config.said import Text, given, said

Enforced = Literal["no", "limits", "safe"]
"""What a scheduler does with budgets: nothing, start nothing once one is used up, or (safe) start
only what fits into what is left: https://slurm.schedmd.com/resource_limits.html"""

_UNITS = {
    "cpu": said("core-h"),
    "node": said("node-h"),
    "mem": said("GB-h"),
    "billing": said("billing units (h)"),
}
_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on one thing. ``running``: what jobs that run now have been promised on top."""

    tres: str
    """Slurm's name of the thing: ``cpu``, ``gres/gpu``, ``gres/gpu:a100``, ``billing``, …"""
    limit: int
    used: int
    running: int = 0
    holder: str = ""
    """The account whose limit it is, which may be one above the charged one."""
    own: bool = False
    """Whether it limits the user's own part only."""

    @property
    def remaining(self) -> int:
        """What is left, in minutes."""
        return max(0, self.limit - self.used)

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.used >= self.limit

    @property
    def unit(self) -> str:
        """What people count it in."""
        if self.tres.startswith("gres/gpu"):
            return said("GPU-h")
        return _UNITS.get(self.tres) or f"{self.tres}-h"

    def hours(self, minutes: int) -> float:
        """Return an amount in ``unit``."""
        return in_hours(self.tres, minutes)

    def to_json(self) -> dict[str, Any]:
        """Return it in hours."""
        shown = ("limit", "used", "running", "remaining")
        return {
            "tres": self.tres,
            "unit": str(self.unit),
            **{name: self.hours(getattr(self, name)) for name in shown},
            "exhausted": self.exhausted,
            "holder": self.holder,
            "own": self.own,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An account that a user may charge, in one partition ("" for all)."""

    account: str
    partition: str = ""
    qos: tuple[str, ...] = ()
    default_qos: str = ""
    default: bool = False
    """Whether it is charged where a job names none."""
    budgets: tuple[Budget, ...] = ()
    """The tightest first."""
    used: Mapping[str, int] = field(default_factory=dict)
    """What all its users have used, in minutes by thing; it fades where the scheduler lets it."""
    own: Mapping[str, int] = field(default_factory=dict)
    """What this user has used of that."""
    share: float | None = None
    """The fair-share factor, from 0 to 1."""
    known: bool = False
    """Whether the scheduler has told of budgets and use at all."""

    @property
    def exhausted(self) -> Budget | None:
        """The budget that is used up, if one is."""
        return next((budget for budget in self.budgets if budget.exhausted), None)

    def to_json(self) -> dict[str, Any]:
        """Return it with everything in hours."""
        return {
            "account": self.account,
            "partition": self.partition,
            "qos": list(self.qos),
            "default_qos": self.default_qos,
            "default": self.default,
            "budgets": [budget.to_json() for budget in self.budgets],
            "used": {tres: in_hours(tres, minutes) for tres, minutes in self.used.items()},
            "own": {tres: in_hours(tres, minutes) for tres, minutes in self.own.items()},
            "share": self.share,
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a request exceeds a budget, in a sentence. ``fits``: seconds that would not, 0: none."""

    text: Text
    fits: int
    refused: bool
    """Whether the scheduler would never start it, as things are."""


def in_hours(tres: str, minutes: int) -> float:
    """Return minutes as hours, of memory as GiB-hours."""
    return round(minutes / _HOUR / (1024 if tres == "mem" else 1), 2)


def charged(projects: Iterable[Project], account: str, partition: str) -> Project | None:
    """Return the project that pays; an empty *account* is the user's default one."""
    paying = [
        one
        for one in projects
        if (one.account == account if account else one.default) and one.partition in ("", partition)
    ]
    return max(paying, key=lambda one: one.partition != "", default=None)


def shortage(project: Project | None, request: JobRequest, enforced: Enforced) -> Shortage | None:
    """Return what *request* would exceed, None if nothing; the figures are the scheduler's.

    A QOS that is asked for may have a budget of its own, which comes before the accounts' and is
    not known here: nothing is refused then. https://slurm.schedmd.com/resource_limits.html
    """
    if project is None:
        return None
    if request.qos not in ("", project.default_qos):
        enforced = "no"
    if spent := project.exhausted:
        return Shortage(used_up(spent), 0, enforced != "no")
    short = [
        (_fits(budget, need, request.walltime), budget, need)
        for budget in project.budgets
        if (need := _need(budget.tres, request)) > budget.remaining
    ]
    if not short:
        return None
    fits, budget, need = min(short, key=lambda one: one[0])
    return Shortage(_too_much(budget, need, fits), fits, enforced == "safe")


def used_up(budget: Budget) -> Text:
    """Return what people are told of a budget of which nothing is left."""
    values = {
        "project": budget.holder,
        "used": amount(budget.hours(budget.used)),
        "limit": amount(budget.hours(budget.limit)),
        "unit": budget.unit,
    }
    if budget.own:
        return said(
            "Your part of the budget of project {project} is used up ({used} of {limit} {unit})."
            " Ask its managers for more, or choose another account.",
            **values,
        )
    return said(
        "The budget of project {project} is used up ({used} of {limit} {unit})."
        " Ask its managers for more, or choose another account.",
        **values,
    )


def amount(number: float) -> Text:
    """Return ``12500.5`` as ``12,500.5``, in German ``12.500,5``."""
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return given({"en": text, "de": text.translate(str.maketrans(",.", ".,"))})


def _too_much(budget: Budget, need: int, fits: int) -> Text:
    values = {
        "project": budget.holder,
        "left": amount(budget.hours(budget.remaining)),
        "asked": amount(budget.hours(need)),
        "unit": budget.unit,
    }
    if not fits:
        return said(
            "Project {project} has {left} {unit} left, and this asks for {asked}. Ask for less, or"
            " choose another account.",
            **values,
        )
    return said(
        "Project {project} has {left} {unit} left, and this asks for {asked}. At most {time} h of"
        " it fit.",
        time=f"{fits // 3600}:{fits % 3600 // 60:02d}",
        **values,
    )


def _fits(budget: Budget, need: int, walltime: int) -> int:
    """Return how many seconds, in whole minutes, the rest of *budget* is enough for."""
    return budget.remaining * walltime // need // MINUTE * MINUTE


def _need(tres: str, request: JobRequest) -> int:
    """Return the least that *request* uses, in minutes; of what a site weighs itself: 0.

    Less than Slurm charges where it gives a job whole nodes or cores: what we refuse is too much.
    """
    kind = tres.removeprefix("gres/gpu:")
    per_second = {
        "cpu": request.cores,
        "gres/gpu": request.gpus,
        "mem": request.memory,
        "node": 1,
    }.get(tres, request.gpus if kind != tres and kind == request.gpu_type else 0)
    return per_second * request.walltime // MINUTE
