"""Answers: out of a POST body or a URL, and back onto the page. Nothing is judged here."""

from collections.abc import Iterator, Mapping
from typing import get_args

from hub_config.form.amounts import with_unit, without_unit
from hub_config.model.profiles import FieldName

FIELDS = frozenset({"profile", *get_args(FieldName)})

_JUPYTERHUBS_OWN = frozenset({"_xsrf", "next", "display_name"})
# JupyterHub 6 marks options in a URL so that they do not meet its own arguments:
# https://jupyterhub.readthedocs.io/en/stable/reference/spawners.html#options-from-query
_PREFIX = "opt-"
_LONGEST = 300


def read(arguments: Mapping[str, list[str]], *, known_only: bool = False) -> dict[str, str]:
    """Return the last value of each argument, without empty ones and JupyterHub's own.

    Hours and GB get their unit. ``known_only`` leaves out what is no field of ours, as a
    link's ``utm_source`` is; otherwise such keys stay, and the judge refuses them.
    """
    answers = {}
    for key, values in sorted(arguments.items(), key=lambda item: item[0].startswith(_PREFIX)):
        name = key.removeprefix(_PREFIX)
        text = values[-1].strip() if values and isinstance(values[-1], str) else ""
        if text and name not in _JUPYTERHUBS_OWN and (name in FIELDS or not known_only):
            answers[name] = with_unit(name, text)
    return answers


def shown(answers: object) -> dict[str, str]:
    """Return what of *answers* (any JSON) can stand in a field: short texts and numbers."""
    if not isinstance(answers, Mapping):
        return {}
    return dict(_texts(answers))


def _texts(answers: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for name, value in answers.items():
        if name not in FIELDS or isinstance(value, bool):
            continue
        # An int that long cannot even be printed (sys.set_int_max_str_digits).
        if isinstance(value, int | float) and abs(value) < 1e15:
            value = f"{value:.15g}"
        if isinstance(value, str) and len(value) <= _LONGEST:
            yield str(name), without_unit(str(name), value)
