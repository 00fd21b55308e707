"""The files of profiles.d as one: presets and partitions add up, all else is said once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub_config.model.profiles import Advanced, Profiles

KeyPath = tuple[str | int, ...]
"""The keys and list positions that lead to a value: ``("presets", 0, "memory")``."""


@dataclass(frozen=True, slots=True)
class Twice:
    """Something that stands in a second place: the part it was found in, where, and what."""

    part: int
    path: KeyPath
    what: str


@dataclass(frozen=True, slots=True)
class Merged:
    """All parts as one. ``origins`` has the part and the position in it of every preset."""

    profiles: Profiles
    origins: tuple[tuple[int, int], ...]
    twice: tuple[Twice, ...]


def merge(parts: Sequence[Profiles]) -> Merged:
    """Return *parts* merged in their order; of what stands twice, the first one."""
    found = [
        (p, i, preset) for p, part in enumerate(parts) for i, preset in enumerate(part.presets)
    ]
    first = {preset.id: (p, i) for p, i, preset in reversed(found)}
    kept = [(p, i, preset) for p, i, preset in found if first[preset.id] == (p, i)]
    profiles = Profiles(
        presets=tuple(preset for _, _, preset in kept),
        preset_form=next((part.preset_form for part in parts if part.preset_form), None),
        advanced=_advanced([part.advanced for part in parts if part.advanced]),
    )
    twins = (
        Twice(p, ("presets", i, "id"), f'id "{preset.id}"')
        for p, i, preset in found
        if first[preset.id] != (p, i)
    )
    again = (*twins, *_repeated(parts))
    return Merged(profiles, tuple((p, i) for p, i, _ in kept), again)


def _advanced(parts: Sequence[Advanced]) -> Advanced | None:
    if not parts:
        return None
    settled: dict[str, object] = {}
    for part in reversed(parts):
        settled.update({key: getattr(part, key) for key in part.model_fields_set})
    partitions = {
        name: ranges for part in reversed(parts) for name, ranges in part.partitions.items()
    }
    order = dict.fromkeys(name for part in parts for name in part.partitions)
    settled["partitions"] = {name: partitions[name] for name in order}
    return Advanced().model_copy(update=settled)


def _repeated(parts: Sequence[Profiles]) -> Iterator[Twice]:
    seen: set[KeyPath] = set()
    for index, part in enumerate(parts):
        for path in _said_once(part):
            if path in seen:
                yield Twice(index, path, f'"{path[-1]}"')
            seen.add(path)


def _said_once(part: Profiles) -> Iterator[KeyPath]:
    if part.preset_form:
        yield ("preset_form",)
    if part.advanced:
        for key in sorted(part.advanced.model_fields_set - {"partitions"}):
            yield ("advanced", key)
        for name in part.advanced.partitions:
            yield ("advanced", "partitions", name)
