"""How full the cluster is, for every open form: said in one language, the same for everybody."""

from collections.abc import Iterable
from typing import Any

from hub_config.cluster.facts import Overview
from hub_config.form.hints import hint
from hub_config.form.table import age, live
from hub_config.model.profiles import Profiles
from hub_config.said import Catalog, spoken


def board(profiles: Profiles, overview: Overview, catalog: Catalog, now: float) -> dict[str, Any]:
    """Return texts by partition and by preset, of those that *profiles* name and no others."""
    presets = ((preset.id, hint(preset, overview, now)) for preset in profiles.presets)
    return {
        "age": spoken(age(overview, now), catalog),
        "rows": {name: _row(name, overview, catalog, now) for name in _names(profiles)},
        "hints": {name: (one.kind, spoken(one.text, catalog)) for name, one in presets if one},
    }


def _names(profiles: Profiles) -> Iterable[str]:
    advanced = profiles.advanced.partitions if profiles.advanced else {}
    return dict.fromkeys((*advanced, *(preset.partition for preset in profiles.presets)))


def _row(name: str, overview: Overview, catalog: Catalog, now: float) -> tuple[str, ...]:
    seen = live(overview.partitions.get(name), now)
    return tuple(spoken(text, catalog) for text in (seen.note, *seen.cells()))
