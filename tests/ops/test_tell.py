"""What services know of the site is said by the release that runs them."""

import stat
from pathlib import Path

import pytest

from hub_config.ops import settings
from hub_config.ops.layout import Layout
from hub_config.ops.release import Release

SAYS = '#!/bin/sh\necho "$1 $2"\n'
REFUSES = "#!/bin/sh\necho half\nexit 2\n"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An installed Berth without services."""
    layout = Layout(tmp_path)
    layout.etc.mkdir(parents=True)
    return layout


def release(layout: Layout, script: str) -> Release:
    """Return a release whose `berth` is *script*."""
    found = Release("one", "1", layout.releases / "one", layout.root, 0)
    found.berth.parent.mkdir(parents=True)
    found.berth.write_text(script)
    found.berth.chmod(0o755)
    return found


def test_it_says_it_anew(layout: Layout) -> None:
    told = layout.etc / "services.json"
    told.write_text("by another one")
    settings.tell(layout, release(layout, SAYS))
    assert told.read_text() == f"services {layout.etc}\n"
    assert stat.S_IMODE(told.stat().st_mode) == 0o644


def test_one_that_cannot_leaves_it(layout: Layout) -> None:
    told = layout.etc / "services.json"
    told.write_text("by another one")
    settings.tell(layout, release(layout, REFUSES))
    assert told.read_text() == "by another one"


def test_where_there_are_no_services_nothing_is_written(layout: Layout) -> None:
    settings.tell(layout, release(layout, SAYS))
    assert not (layout.etc / "services.json").exists()
