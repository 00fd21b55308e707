"""What several commands need: a site as it is on disk, and an offer without a scheduler."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub_config.auth.passwords import parse
from hub_config.load import Sources, read_profiles, read_site
from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.request import WHOLE
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig, Document, Problem

Outcome = tuple[int, list[str]]
"""Exit code and lines to print."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site and its profiles, each with the files it came from."""

    site: Site
    site_file: Document
    sources: Sources

    @property
    def profiles(self) -> Profiles:
        """The files of profiles.d, merged."""
        return self.sources.merged.profiles


def load(path: Path) -> Loaded:
    """Return the site in the folder *path*, or of the site.yml *path*. Raises BadConfig."""
    file = path / "site.yml" if is_a(Path.is_dir, path) else path
    try:
        document, site = read_site(file, parse)
    except BadConfig as error:
        raise BadConfig([*error.problems, *_profile_problems(file)]) from error
    return Loaded(site, document, read_profiles(file.parent / "profiles.d", site))


def _profile_problems(file: Path) -> list[Problem]:
    """Return what is wrong with the profiles beside a site.yml that is itself of no use."""
    try:
        read_profiles(file.parent / "profiles.d", None)
    except BadConfig as error:
        return error.problems
    return []


def is_a(kind: Callable[[Path], bool], path: Path) -> bool:
    """Return ``kind(path)``, False where that cannot be seen.

    ``Path.is_dir`` raises for a closed folder or an endless name until Python 3.14:
    https://docs.python.org/3/library/pathlib.html#pathlib.Path.is_dir
    """
    try:
        return kind(path)
    except OSError:
        return False


def with_site(path: str, use: Callable[[Loaded], Outcome]) -> Outcome:
    """Return what *use* makes of the site in *path*, or all its problems."""
    try:
        loaded = load(Path(path))
    except BadConfig as error:
        return 1, aligned(error.problems)
    return use(loaded)


def aligned(problems: list[Problem]) -> list[str]:
    """Return the problems one a line, the places as one column."""
    width = max((len(problem.place) for problem in problems), default=0)
    return [f"{problem.place:{width}}  {problem.text}" for problem in problems]


def offer(loaded: Loaded, user: str, args: argparse.Namespace) -> Offer:
    """Return what *user* may choose; what only the scheduler knows narrows nothing."""
    members = loaded.site.auth.groups.items()
    groups = {name for name, users in members if user in users} | set(args.groups)
    person = Person(user, frozenset(groups), accounts=args.accounts)
    advanced = loaded.profiles.advanced
    nodes = {name: _boundless() for name in (advanced.partitions if advanced else ())}
    site = loaded.site
    return make_offer(
        loaded.profiles, site.applications, person, nodes, None, site.scheduler.product
    )


def _boundless() -> NodeFacts:
    most = {name: high for name, (_, high) in WHOLE.items()}
    return NodeFacts(most["cores"], most["memory"], most["walltime"], {"": most["gpus"]})
