"""Declared kernels into a folder of kernels, and out of it those that are declared no more."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from hub_config.kernels.presence import absence
from hub_config.kernels.spec import MADE_BY, files
from hub_config.model.kernels import Kernel, Kernels
from hub_config.singleuser.berth_kernel import START, write_kernel

BELOW = "share/jupyter/kernels"
"""Where Jupyter looks below every folder of its path, and we below the folder of our kernels."""


class InstallError(Exception):
    """The folder is not as declared; the message names what was seen and the cure."""


def install(kernels: Kernels, root: Path) -> Iterator[str]:
    """Bring ``<root>/share/jupyter/kernels`` to *kernels*; yield a line for each change.

    What is absent on this machine is not installed. Kernels that somebody else put there stay, and
    InstallError is raised, before anything is changed, for one that has the name of a declared one.
    """
    present = [kernel for kernel in kernels.kernels if not absence(kernel)]
    folder = root / BELOW
    _refuse_foreign(folder, present)
    try:
        _make(folder)
        for kernel in present:
            yield from _write(folder / kernel.id, kernel)
        yield from _remove_others(folder, {kernel.id for kernel in present})
    except OSError as error:
        cure = "run this as the user who may write there"
        raise InstallError(f"{error.filename}: {error.strerror} — {cure}") from error


def _refuse_foreign(folder: Path, kernels: list[Kernel]) -> None:
    for kernel in kernels:
        place = folder / kernel.id
        if (place.is_symlink() or place.exists()) and not is_ours(place):
            cure = f"move it away, or call the kernel of kernels.yml other than {kernel.id}"
            raise InstallError(f"{place} is not of {MADE_BY} — {cure}")


def is_ours(place: Path) -> bool:
    """Return whether *place* is a folder that this module made."""
    try:
        spec = json.loads((place / "kernel.json").read_bytes())
    except FileNotFoundError:
        return not place.is_symlink() and _is_half_made(place)
    except (OSError, ValueError, RecursionError):
        return False
    try:
        return not place.is_symlink() and bool(spec["metadata"]["berth"]["made_by"] == MADE_BY)
    except (KeyError, TypeError):
        return False


def _is_half_made(place: Path) -> bool:
    """Return whether an installation that was ended by force left *place* like this."""
    names = [entry.name for entry in place.iterdir()] if place.is_dir() else ["no folder"]
    return all(name == START or name.startswith(".") for name in names)


def _make(folder: Path) -> None:
    """Make the folders that are missing, so that everybody can read them, whatever the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        path.chmod(0o755)


def _write(place: Path, kernel: Kernel) -> Iterator[str]:
    new = not place.exists()
    if write_kernel(place, files(kernel)):
        yield f"{kernel.id}: {'installed' if new else 'changed'}"


def _remove_others(folder: Path, declared: set[str]) -> Iterator[str]:
    for place in sorted(folder.iterdir()):
        if place.name not in declared and is_ours(place):
            # First what makes it a kernel: nobody shall start half of one.
            (place / "kernel.json").unlink(missing_ok=True)
            shutil.rmtree(place)
            yield f"{place.name}: removed"
