"""A small site to write into a folder, and to break."""

from pathlib import Path

SITE = """\
auth:
  method: pam
scheduler:
  type: slurm
"""
PRESETS = """\
presets:
  - id: shared-1
    title: One core
    partition: shared
    cores: 1
    memory: 2560M
    walltime: 12h
"""
ADVANCED = """\
advanced:
  partitions:
    shared:
      cores: {default: 1, max: 48}
      memory: {default: 1G, max: 120G}
      walltime: {default: 1h, max: 12h}
"""


def write(folder: Path, site: str | None = None, **profiles: str) -> None:
    """Write site.yml and the given files of profiles.d."""
    if site is not None:
        (folder / "site.yml").write_text(site, "utf-8")
    (folder / "profiles.d").mkdir(exist_ok=True)
    for name, text in profiles.items():
        (folder / "profiles.d" / f"{name}.yml").write_text(text, "utf-8")
