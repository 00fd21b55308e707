"""``berth check PATH``: all problems, each with its place and cure."""

import argparse
from collections.abc import Callable
from pathlib import Path

from hub_config import bulletin
from hub_config.auth.passwords import parse
from hub_config.cli.sites import Outcome, aligned, is_a, load
from hub_config.load import check_profiles_file, load_kernels, load_profiles, load_site
from hub_config.model.kernels import Kernels
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig, Problem, read


def run(args: argparse.Namespace) -> Outcome:
    """Return the problems of ``args.path``, or one line that says what was found good."""
    path = Path(args.path)
    try:
        found = _folder(path) if is_a(Path.is_dir, path) else _file(path)
    except BadConfig as error:
        return 1, aligned(error.problems)
    return 0, [f"{path}: ok — {found}"]


def _folder(path: Path) -> str:
    if is_a(Path.is_file, path / "site.yml") or not _has_yaml(path):
        return _whole_site(path)
    site = path.resolve().parent / "site.yml"
    return _profiles(
        load_profiles(path, load_site(site, parse) if is_a(Path.is_file, site) else None)
    )


def _whole_site(folder: Path) -> str:
    """Return what the files of a site hold. Raises BadConfig with the problems of all of them."""
    parts: list[tuple[Callable[[Path], str], Path]] = [(_site_and_profiles, folder)]
    if is_a(Path.is_file, folder / "kernels.yml"):
        parts.append((_kernels, folder / "kernels.yml"))
    if is_a(Path.is_dir, folder / bulletin.FOLDER):
        parts.append((_announced, folder / bulletin.FOLDER))
    found: list[str] = []
    problems: list[Problem] = []
    for describe, path in parts:
        try:
            found.append(describe(path))
        except BadConfig as error:
            problems += error.problems
    if problems:
        raise BadConfig(problems)
    return ", ".join(found)


def _announced(folder: Path) -> str:
    return _count(len(bulletin.read_all([folder])), "announcement")


def _site_and_profiles(folder: Path) -> str:
    loaded = load(folder)
    return f"{_site(loaded.site)}, {_profiles(loaded.profiles)}"


def _has_yaml(path: Path) -> bool:
    try:
        return any(entry.name.endswith((".yml", ".yaml")) for entry in path.iterdir())
    except OSError as error:
        what = f"cannot be listed ({error.strerror}) — check its permissions"
        raise BadConfig([Problem(str(path), 1, 1, "", what)]) from error


def _file(path: Path) -> str:
    if path.name == "site.yml" or _is_site(read(path).value):
        return _site(load_site(path, parse))
    if path.name == "kernels.yml" or _is_kernels(read(path).value):
        return _kernels(path)
    return _profiles(check_profiles_file(path))


def _is_site(value: object) -> bool:
    keys = set(value) if isinstance(value, dict) else set()
    return len(keys & set(Site.model_fields)) > len(keys & set(Profiles.model_fields))


def _is_kernels(value: object) -> bool:
    return isinstance(value, dict) and not Kernels.model_fields.keys().isdisjoint(value)


def _kernels(path: Path) -> str:
    return _count(len(load_kernels(path).kernels), "kernel")


def _site(site: Site) -> str:
    applications = _count(len(site.applications), "application")
    return f"{site.scheduler.type}, {site.auth.method}, {applications}"


def _profiles(profiles: Profiles) -> str:
    partitions = len(profiles.advanced.partitions) if profiles.advanced else 0
    return f"{_count(len(profiles.presets), 'preset')}, {_count(partitions, 'partition')}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
