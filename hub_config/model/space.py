"""What cannot be seen in one value alone: presets in their partitions' ranges, fields that fit.

Every check yields (path, message); the loader knows in which file and line the path stands.
"""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from hub_config.model.login import DictionaryAuth
from hub_config.model.merge import KeyPath
from hub_config.model.profiles import Advanced, PartitionRanges, Preset, PresetForm, Profiles
from hub_config.model.site import Site
from hub_config.model.units import format_memory, format_walltime

Finding = tuple[KeyPath, str]

_SHOWN = {"memory": format_memory, "walltime": format_walltime}


def ranges_kept(profiles: Profiles) -> Iterator[Finding]:
    """Yield what is outside the ranges of its partition, for the partitions that are there."""
    for index, preset in enumerate(profiles.presets):
        ranges = profiles.advanced and profiles.advanced.partitions.get(preset.partition)
        for key, message in _outside(preset, ranges) if ranges else ():
            yield ("presets", index, key), message
    if profiles.preset_form:
        yield from _not_asked(("preset_form", "required"), profiles.preset_form)


def complete(profiles: Profiles) -> Iterator[Finding]:
    """Yield what is missing, taking *profiles* for all that there is."""
    if not profiles.presets and not profiles.advanced:
        yield (), "has neither presets nor advanced — nobody could start anything: write one"
    if not (advanced := profiles.advanced):
        return
    known = advanced.partitions
    if not known:
        yield ("advanced",), "has no partitions — write at least one under advanced.partitions"
    if len(known) > 1 and "partition" not in advanced.fields:
        yield ("advanced", "fields"), f'has no "partition" for {len(known)} partitions — add it'
    yield from _not_asked(("advanced", "required"), advanced)
    for index, preset in enumerate(profiles.presets):
        if known and preset.partition not in known:
            what = f'"{preset.partition}" is not among advanced.partitions'
            cure = f"{suggest(preset.partition, known)} (or add it there)"
            yield ("presets", index, "partition"), f"{what} — {cure}"


def applications_known(profiles: Profiles, site: Site) -> Iterator[Finding]:
    """Yield the applications of presets that site.yml does not have."""
    for index, preset in enumerate(profiles.presets):
        if preset.application not in site.applications:
            what = f'"{preset.application}" is not among the applications of site.yml'
            cure = f"{suggest(preset.application, site.applications)} (or add it there)"
            yield ("presets", index, "application"), f"{what} — {cure}"


def environments_named(profiles: Profiles, site: Site) -> Iterator[Finding]:
    """Yield the presets to which Grid Engine would give one core instead of several."""
    if site.scheduler.type != "gridengine":
        return
    for index, preset in enumerate(profiles.presets):
        if preset.cores > 1 and not preset.parallel_environment:
            what = f"has {preset.cores} cores, and Grid Engine gives one without an environment"
            yield ("presets", index), f"{what} — add for example parallel_environment: smp"


def people_known(site: Site) -> Iterator[Finding]:
    """Yield the names in ``auth`` of people who have no password and so can never log in."""
    if not isinstance(site.auth, DictionaryAuth):
        return
    lists: dict[KeyPath, tuple[str, ...]] = {
        ("auth", "admins"): site.auth.admins,
        ("auth", "allowed_users"): site.auth.allowed_users or (),
        **{("auth", "groups", name): users for name, users in site.auth.groups.items()},
    }
    for path, names in lists.items():
        for index, name in enumerate(names):
            if name not in site.auth.passwords:
                yield (*path, index), f'"{name}" has no password — add it to auth.passwords'


def suggest(seen: str, known: Collection[str]) -> str:
    """Return the cure for a word that is not *known*: the nearest of them, or all."""
    if close := get_close_matches(seen[:100], known, n=1, cutoff=0.6):
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(known) or 'none'}"


def _outside(preset: Preset, ranges: PartitionRanges) -> Iterator[tuple[str, str]]:
    for key in ("cores", "memory", "walltime", "gpus"):
        span, value, shown = getattr(ranges, key), getattr(preset, key), _SHOWN.get(key, str)
        where = f"of partition {preset.partition}"
        there = f"advanced.partitions.{preset.partition}.{key}"
        if span.max is not None and value > span.max:
            what = f"{shown(value)} is over the maximum {shown(span.max)} {where}"
            yield key, f"{what} — lower it here or raise {there}.max"
        if "min" in span.model_fields_set and value < span.min:
            what = f"{shown(value)} is under the minimum {shown(span.min)} {where}"
            yield key, f"{what} — raise it here or lower {there}.min"
    environment, environments = preset.parallel_environment, ranges.parallel_environments
    if environment and environment not in environments:
        what = f'"{environment}" is not among the environments of partition {preset.partition}'
        yield "parallel_environment", f"{what} — {suggest(environment, environments)}"
    types = ranges.gpus.types
    if preset.gpu_type and types is not None and preset.gpu_type not in types:
        what = f'"{preset.gpu_type}" is not among the GPU types of partition {preset.partition}'
        yield "gpu_type", f"{what} — {suggest(preset.gpu_type, types)}"


def _not_asked(path: KeyPath, form: Advanced | PresetForm) -> Iterator[Finding]:
    for index, name in enumerate(form.required):
        if name not in form.fields:
            what = f'"{name}" is required but not among {path[0]}.fields'
            yield (*path, index), f"{what} — add it there or remove it here"
