"""Files into values: Site, Profiles and Kernels from YAML; every error at its place."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hub_config.explain import explain
from hub_config.model.agreement import edge_agrees
from hub_config.model.fields import Strict
from hub_config.model.kernels import Kernels, ids_once
from hub_config.model.login import DictionaryAuth
from hub_config.model.merge import Merged, merge
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.model.space import (
    Finding,
    applications_known,
    complete,
    environments_named,
    people_known,
    ranges_kept,
)
from hub_config.yaml12 import BadConfig, Document, Path_, Problem, read, show

_Model = TypeVar("_Model", bound=Strict)
_Part = tuple[Document, Profiles]
PasswordParser = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Sources:
    """Merged profiles and the files they came from."""

    merged: Merged
    documents: tuple[Document, ...]

    def origin(self, path: Path_) -> tuple[Document, Path_]:
        """Return the file where *path* of the merged profiles stands, and its path there."""
        if path[:1] == ("presets",) and len(path) > 1:
            part, index = self.merged.origins[int(path[1])]
            return self.documents[part], ("presets", index, *path[2:])
        for length in range(len(path), 0, -1):
            for document in self.documents:
                if path[:length] in document.values:
                    return document, path
        return self.documents[0], path

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        """Return *findings* about the merged profiles, each at its place."""
        return [_problem(*self.origin(path), message) for path, message in findings]

    def twice(self) -> list[Problem]:
        """Return what stands in a second place, each at that place."""
        cure = "stands in two places — keep one of them"
        return [
            _problem(self.documents[again.part], again.path, f"{again.what} {cure}")
            for again in self.merged.twice
        ]


def load_site(path: Path, parse_password: PasswordParser | None = None) -> Site:
    """Return the site in *path*, relative paths made absolute from its folder.

    *parse_password* raises ValueError for a password hash that is none; it is passed in
    because hashes belong to the floor above. Raises BadConfig with all problems of the file.
    """
    return read_site(path, parse_password)[1]


def read_site(path: Path, parse_password: PasswordParser | None = None) -> tuple[Document, Site]:
    """Return site.yml as it was written, and the site in it. Raises BadConfig."""
    document = read(path)
    site = validated(document, Site, {"folder": path.resolve().parent})
    findings = [*people_known(site), *edge_agrees(site), *_passwords(site, parse_password)]
    _raise_if_any([_problem(document, *finding) for finding in findings])
    return document, site


def load_profiles(folder: Path, site: Site | None) -> Profiles:
    """Return all files of *folder* merged, in order of their names.

    Raises BadConfig with the problems of all files: those of each file, and those between
    them (an id twice, a preset outside its partition, an application the site does not have;
    the last is not looked for if *site* is None).
    """
    return read_profiles(folder, site).merged.profiles


def read_profiles(folder: Path, site: Site | None) -> Sources:
    """Return what ``load_profiles`` returns, with the files it came from. Raises BadConfig."""
    problems: list[Problem] = []
    parts: list[_Part] = []
    for path in profile_files(folder):
        try:
            parts.append(_profiles(path))
        except BadConfig as error:
            problems += error.problems
    if not parts and not problems:
        raise BadConfig(
            [Problem(str(folder), 1, 1, "", "has no *.yml file — add one with presets")]
        )
    sources = Sources(merge([part for _, part in parts]), tuple(document for document, _ in parts))
    merged = sources.merged.profiles
    found = list(ranges_kept(merged))
    found += [*applications_known(merged, site), *environments_named(merged, site)] if site else ()
    # With a file missing, what others seem to lack may be in that one.
    found += complete(merged) if not problems else ()
    _raise_if_any([*problems, *sources.twice(), *sources.problems(found)])
    return sources


def check_profiles_file(path: Path) -> Profiles:
    """Return one file of profiles.d by itself: the others may hold its partitions.

    Raises BadConfig.
    """
    document, profiles = _profiles(path)
    sources = Sources(merge([profiles]), (document,))
    found = ranges_kept(sources.merged.profiles)
    _raise_if_any([*sources.twice(), *sources.problems(found)])
    return profiles


def load_kernels(path: Path) -> Kernels:
    """Return the kernels in *path*. Raises BadConfig with all problems of the file."""
    document = read(path)
    kernels = validated(document, Kernels, {})
    _raise_if_any([_problem(document, *finding) for finding in ids_once(kernels)])
    return kernels


def profile_files(folder: Path) -> list[Path]:
    """Return the profile files in *folder*; editors' left-overs and hidden files are none."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        what = f"cannot be listed ({error.strerror}) — create this folder, readable for the hub"
        raise BadConfig([Problem(str(folder), 1, 1, "", what)]) from error
    return [folder / name for name in names if name.endswith((".yml", ".yaml")) and name[0] != "."]


def _profiles(path: Path) -> _Part:
    document = read(path)
    if document.value is None and not document.problems:
        raise document.give_up((1, 1), "is empty — write presets or advanced, or remove the file")
    return document, validated(document, Profiles, {})


def validated(document: Document, model: type[_Model], context: dict[str, Any]) -> _Model:
    """Return *document* as *model*. Raises BadConfig with all problems of the file."""
    value: Any = {} if document.value is None else document.value
    try:
        parsed = model.model_validate(value, context=context)
    except ValidationError as error:
        # What YAML's side complained of has no value: what the model says of it is noise.
        known = {(problem.line, problem.column) for problem in document.problems}
        found = explain(error, document, model)
        new = [problem for problem in found if (problem.line, problem.column) not in known]
        raise BadConfig(_in_order([*document.problems, *new])) from error
    _raise_if_any(document.problems)
    return parsed


def _passwords(site: Site, parse: PasswordParser | None) -> Iterable[Finding]:
    if parse is None or not isinstance(site.auth, DictionaryAuth):
        return
    for name, stored in site.auth.passwords.items():
        try:
            parse(stored)
        except ValueError:
            what = "is no password hash — run berth hash-password and copy what it prints"
            yield ("auth", "passwords", name), what


def _problem(document: Document, path: Path_, message: str) -> Problem:
    return Problem(document.file, *document.place(path), show(path, document.value), message)


def _raise_if_any(problems: list[Problem]) -> None:
    if problems:
        raise BadConfig(_in_order(problems))


def _in_order(problems: list[Problem]) -> list[Problem]:
    files = list(dict.fromkeys(problem.file for problem in problems))
    return sorted(problems, key=lambda p: (files.index(p.file), p.line, p.column))
