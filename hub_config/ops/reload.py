"""``berth reload``: profiles are live by themselves; this says when, or why not."""

import time
from collections.abc import Iterator
from pathlib import Path

from hub_config.auth.passwords import parse as parse_password
from hub_config.load import load_profiles, load_site, profile_files
from hub_config.ops import hubhealth
from hub_config.ops.failure import Failed
from hub_config.store import digest

PATIENCE = 5.0
"""Seconds; the hub looks once in one."""


def reload(folder: Path, patience: float = PATIENCE) -> Iterator[str]:
    """Check the site in *folder*, then wait until the hub serves its profiles.

    Raises BadConfig with what is wrong, Failed if the hub is not there or does not see it.
    """
    file, profiles_d = folder / "site.yml", folder / "profiles.d"
    site = load_site(file, parse_password)
    load_profiles(profiles_d, site)
    wanted, end = digest(profile_files(profiles_d)), time.monotonic() + patience
    while True:
        report = hubhealth.ask(site)
        live = report["profiles"]
        if live["digest"] == wanted and not live["problems"]:
            break
        if time.monotonic() > end:
            raise Failed(_why(profiles_d, live))
        time.sleep(0.2)
    at = time.strftime("%H:%M:%S", time.localtime(live["read_at"]))
    yield f"live: {live['presets']} presets, read at {at}"
    if report["site"] != digest([file]):
        yield f"note: {file} was changed after the hub started — systemctl restart berth-hub"


def _why(folder: Path, live: dict[str, object]) -> str:
    if live["problems"]:
        return (
            f"the hub cannot use {folder}, and {live['problems']} problems are in its log, though"
            " all is well here — can the hub's user read each file? (journalctl -u berth-hub)"
        )
    return (
        f"the hub serves other profiles than {folder} has — does it read another folder?"
        " (systemctl cat berth-hub, BERTH_SITE)"
    )
