"""Amounts of limits: a bar, and the same in words for those who do not see it."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub_config.i18n.figures import number, size
from hub_config.model import budget
from hub_config.model.accounts import NEAR
from hub_config.said import Text, said, together
from services.accounts.mine import Amount, Budget, Project

_COUNTED = ("cpu", "gres/gpu", "billing")
"""What is told of a project that has no limit on it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An amount; ``percent`` None: of no limit. ``level``: "", warning or danger, in words too."""

    text: Text
    percent: int | None = None
    level: str = ""
    note: Text | None = None


def of_project(project: Project) -> Iterator[Bar]:
    """Yield a bar for each budget, then what was used without one."""
    for one in project.budgets:
        yield _budget(one, project.account)
    limited = {one.tres for one in project.budgets}
    for tres in _COUNTED:
        if tres not in limited and project.used.get(tres):
            yield Bar(_used(tres, project.used[tres], project.own.get(tres, 0)))


def space(one: Amount) -> Bar:
    """Return the bar of disk space, in KiB."""
    used = size(one.used)
    text = said("{used}, no limit", used=used)
    if one.limit:
        text = said("{used} of {limit}", used=used, limit=size(one.limit))
    return _filling(one, together(text, _yours(one, size(one.own))))


def files(one: Amount) -> Bar:
    """Return the bar of the number of files."""
    used = number(one.used)
    text = said("{used} files, no limit", used=used)
    if one.limit:
        text = said("{used} of {limit} files", used=used, limit=number(one.limit))
    return _filling(one, together(text, _yours(one, number(one.own))))


def _budget(one: Budget, account: str) -> Bar:
    values = {"used": one.used, "limit": one.limit, "left": one.remaining}
    figures = {name: number(value, 1) for name, value in values.items()}
    text = together(
        said("{used} of {limit} {unit} used, {left} left.", unit=_unit(one.tres), **figures),
        *_remarks(one, account),
    )
    share = 1.0 if one.exhausted or not one.limit else one.used / one.limit
    return _bar(text, share, said("Used up"), said("Nearly used up"))


def _remarks(one: Budget, account: str) -> Iterator[Text]:
    if one.own:
        yield said("This is the limit of your own part.")
    if one.holder not in ("", account):
        yield said("This is the limit of account {name} above it.", name=one.holder)
    if one.running:
        yield said("Running jobs may use {amount} more.", amount=number(one.running, 1))


def _used(tres: str, used: float, own: float) -> Text:
    return said(
        "{used} {unit} used, {own} of them by you; no limit is set.",
        used=number(used, 1),
        own=number(own, 1),
        unit=_unit(tres),
    )


def _filling(one: Amount, text: Text) -> Bar:
    if not one.limit:
        return Bar(text)
    return _bar(text, one.used / one.limit, said("Full"), said("Nearly full"))


def _yours(one: Amount, own: Text) -> Text | str:
    return said("({own} of it yours)", own=own) if one.own != one.used else ""


def _bar(text: Text, share: float, full: Text, near: Text) -> Bar:
    percent = min(100, int(share * 100))
    if share >= 1:
        return Bar(text, percent, "danger", full)
    return Bar(text, percent, "warning", near) if share >= NEAR else Bar(text, percent)


def _unit(tres: str) -> str:
    return budget.Budget(tres=tres, limit=0, used=0).unit
