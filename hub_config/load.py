"""Files into values: site.yml -> Site, profiles.d/*.yml -> Profiles; every error at its place."""

import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hub_config.explain import explain
from hub_config.model.fields import Strict
from hub_config.model.profiles import Advanced, Preset, Profiles
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig, Document, Path_, Problem, read, show

_Model = TypeVar("_Model", bound=Strict)


def load_site(path: Path) -> Site:
    """Return the site in *path*. Raises BadConfig with all problems of the file."""
    return _parse(read(path), Site, folder=path.resolve().parent)


def load_profiles(folder: Path, site: Site) -> Profiles:
    """Return all files of *folder* merged, in order of their names.

    Raises BadConfig with the problems of all files: those of each file, and those between
    them (an id twice, two advanced field lists, an application the site does not have).
    """
    problems: list[Problem] = []
    parts: list[tuple[Document, Profiles]] = []
    for path in profile_files(folder):
        try:
            document = read(path)
            parts.append((document, _parse(document, Profiles)))
        except BadConfig as error:
            problems += error.problems
    if not parts and not problems:
        raise BadConfig([Problem(str(folder), 1, 1, "", "has no *.yml file — add one with presets")])
    merged, between = _merge(parts)
    problems += between
    if not problems:
        problems += _unknown_applications(parts, site)
        problems += _outside(parts, merged)
    if problems:
        raise BadConfig(problems)
    return merged


def profile_files(folder: Path) -> list[Path]:
    """Return the profile files below *folder*; editors' left-overs and hidden files are none."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError as error:
        problem = Problem(str(folder), 1, 1, "", f"cannot be listed ({error.strerror}) — create it")
        raise BadConfig([problem]) from error
    return [folder / name for name in names if name.endswith((".yml", ".yaml")) and name[0] != "."]


def _parse(document: Document, model: type[_Model], **context: object) -> _Model:
    value: Any = {} if document.value is None else document.value
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        raise BadConfig(explain(error, document, model)) from error


def _merge(parts: list[tuple[Document, Profiles]]) -> tuple[Profiles, list[Problem]]:
    problems: list[Problem] = []
    presets: dict[str, Preset] = {}
    form = None
    advanced: Advanced | None = None

    def twice(document: Document, path: Path_, what: str) -> None:
        place = document.place(path)
        where = show(path, document.value)
        problems.append(Problem(document.file, *place, where, f"{what} stands twice — keep one"))

    for document, part in parts:
        for index, preset in enumerate(part.presets):
            if preset.id in presets or preset.id == "advanced":
                twice(document, ("presets", index, "id"), f'id "{preset.id}"')
            presets.setdefault(preset.id, preset)
        if part.preset_form and form:
            twice(document, ("preset_form",), "preset_form")
        form = form or part.preset_form
        if part.advanced:
            for name in part.advanced.partitions:
                if advanced and name in advanced.partitions:
                    twice(document, ("advanced", "partitions", name), f'partition "{name}"')
            advanced = _join(advanced, part.advanced)
    return Profiles(presets=tuple(presets.values()), preset_form=form, advanced=advanced), problems


def _join(first: Advanced | None, second: Advanced) -> Advanced:
    """Partitions add up; the other keys are those of the file that sets them, the first one."""
    if first is None:
        return second
    settled = first if first.model_fields_set - {"partitions"} else second
    return settled.model_copy(update={"partitions": {**first.partitions, **second.partitions}})


def _unknown_applications(parts: list[tuple[Document, Profiles]], site: Site) -> list[Problem]:
    known = ", ".join(site.applications)
    return [
        Problem(
            document.file,
            *document.place(("presets", index, "application")),
            show(("presets", index, "application"), document.value),
            f'"{preset.application}" is not among the applications of site.yml ({known})'
            " — add it there or correct the name",
        )
        for document, part in parts
        for index, preset in enumerate(part.presets)
        if preset.application not in site.applications
    ]


def _outside(parts: list[tuple[Document, Profiles]], merged: Profiles) -> list[Problem]:
    problems = []
    for document, part in parts:
        whole = part.model_copy(update={"advanced": merged.advanced})
        for path, message in whole.problems():
            where = show(path, document.value)
            problems.append(Problem(document.file, *document.place(path), where, message))
    return problems
