"""``berth form USER``: what one person would be offered, as tables."""

import argparse
from collections.abc import Callable, Iterator, Sequence

from hub_config.cli.sites import Loaded, Outcome, offer, with_site
from hub_config.model.offer import Offer
from hub_config.model.profiles import PartitionRanges, Preset
from hub_config.model.units import format_memory, format_walltime


def run(args: argparse.Namespace) -> Outcome:
    """Return presets and partitions as ``args.user`` would see them."""

    def described(loaded: Loaded) -> Outcome:
        found = offer(loaded, args.user, args)
        return 0, [*_presets(found), "", *_advanced(found, loaded)]

    return with_site(args.site, described)


def _presets(found: Offer) -> Iterator[str]:
    yield _asking("Presets", found.preset_fields, found.preset_required)
    rows = [
        (shown.preset.id, shown.preset.title, _asked(shown.preset), shown.locked or "free to take")
        for shown in found.presets.values()
    ]
    yield from _table(("id", "title", "asks for", "for this user"), rows)


def _advanced(found: Offer, loaded: Loaded) -> Iterator[str]:
    if not found.advanced or not loaded.profiles.advanced:
        yield "Advanced: not open to this user"
        return
    yield _asking("Advanced", found.fields, found.required)
    ranges = loaded.profiles.advanced.partitions
    rows = [(name, *_ranges(ranges[name])) for name in found.partitions]
    yield from _table(("partition", "cores", "memory", "walltime", "gpus"), rows)
    yield "  …: up to what the scheduler says its nodes have"


def _asking(title: str, fields: Sequence[str], required: Sequence[str]) -> str:
    marked = [f"{name} (required)" if name in required else name for name in fields]
    return f"{title}: asks for {', '.join(marked)}" if marked else f"{title}: asks for nothing more"


def _asked(preset: Preset) -> str:
    gpus = f", {preset.gpus} {preset.gpu_type or 'any'} GPU" if preset.gpus else ""
    cores = "1 core" if preset.cores == 1 else f"{preset.cores} cores"
    memory, walltime = format_memory(preset.memory), format_walltime(preset.walltime)
    return f"{preset.partition}: {cores}, {memory}, {walltime}{gpus}"


def _ranges(ranges: PartitionRanges) -> tuple[str, ...]:
    return (
        _span(ranges.cores.min, ranges.cores.max, str),
        _span(ranges.memory.min, ranges.memory.max, format_memory),
        _span(ranges.walltime.min, ranges.walltime.max, format_walltime),
        _span(0, ranges.gpus.max, str),
    )


def _span(low: int, high: int | None, shown: Callable[[int], str]) -> str:
    return f"{shown(low)} to {'…' if high is None else shown(high)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
