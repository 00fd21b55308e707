"""Answers of another day: what of them can still be chosen, by the judge's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hub_config.form.answers import shown
from hub_config.form.fields import AMOUNTS, PANES, Pane
from hub_config.model.offer import Offer
from hub_config.model.profiles import ADVANCED
from hub_config.model.resolve import BadAnswers, Defaults, resolve

NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})

PERSONAL = ("account", "mail")
"""Fields that are about the person, not about the job: a link of somebody else's may lack them."""

_OF_A_PARTITION = frozenset({*AMOUNTS, "gpu_type", "parallel_environment", "constraint"})
_ANY = Defaults(start_timeout=60, http_timeout=60)
"""What the site settles is none of the answers."""


@dataclass(frozen=True, slots=True)
class Last:
    """What was asked for last, by pane, the pane used last first; in the form's own spelling."""

    panes: Mapping[Pane, Mapping[str, str]]

    @classmethod
    def of(cls, offer: Offer, remembered: Mapping[str, Mapping[str, str]]) -> "Last":
        """Return what is left of the *remembered* answers under *offer*."""
        known: dict[str, Pane] = {pane: pane for pane in PANES}
        panes = {
            known[name]: shown(possible(offer, known[name], answers))
            for name, answers in remembered.items()
            if name in known
        }
        return cls({pane: answers for pane, answers in panes.items() if answers})

    def used_for(self, server_name: str) -> Mapping[str, str]:
        """Return the answers of the pane used last; none for a server that is called by a pane."""
        return {} if server_name in PANES else next(iter(self.panes.values()), {})

    def shown_with(
        self, kept: Mapping[str, str], pane: Pane, active: Pane, posted: bool
    ) -> Mapping[str, str]:
        """Return what *pane* shows, where *kept* are the answers that were *posted* or in a URL.

        Those are all that their pane shows, but that a link does not take away who pays.
        """
        if not kept or pane != active:
            return self.panes.get(pane) or kept
        last = {} if posted else self.used_for("")
        return {name: last[name] for name in PERSONAL if name in last} | dict(kept)


def pane_of(answers: Mapping[str, object]) -> Pane:
    """Return the pane that answers come from which the judge has let through."""
    return "advanced" if answers.get("profile") == ADVANCED else "preset"


def possible(offer: Offer, pane: Pane, answers: Mapping[str, str]) -> dict[str, str]:
    """Return those of *answers* that could be given today; the form has its defaults for others."""
    left = dict(answers)
    while left and (wrong := _wrong(offer, left)):
        for name in wrong:
            del left[name]
        if "partition" in wrong:
            left = {name: text for name, text in left.items() if name not in _OF_A_PARTITION}
        _ask_on(offer, pane, left)
    return left


def _wrong(offer: Offer, answers: Mapping[str, str]) -> set[str]:
    # At once, without the judge's search among hundreds of names for one that is like it.
    known = {"profile": {*offer.presets, ADVANCED}, "partition": offer.partitions}
    if gone := {name for name in known if name in answers and answers[name] not in known[name]}:
        return gone
    try:
        resolve(offer, answers, _ANY)
    except BadAnswers as error:
        return set(answers) & set(error.errors)
    return set()


def _ask_on(offer: Offer, pane: Pane, left: dict[str, str]) -> None:
    """Put the form's own default where the judge needs an answer to judge the others."""
    if pane == "advanced" and offer.advanced and offer.partitions:
        left.setdefault("profile", ADVANCED)
        left.setdefault("partition", next(iter(offer.partitions)))
    open_ones = [name for name, shown in offer.presets.items() if not shown.locked]
    if pane == "preset" and open_ones:
        left.setdefault("profile", open_ones[0])
