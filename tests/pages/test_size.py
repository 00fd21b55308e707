"""What a visitor has to load: pages, scripts and style."""

import gzip

import pytest

from tests.pages.drawing import TEMPLATES
from tests.pages.scenes import SCENES

KB = 1000


def test_all_scripts_and_styles_of_ours_together_are_small() -> None:
    sizes = {file.name: file.stat().st_size for file in (TEMPLATES / "static").iterdir()}
    assert {"berth.css", "common.js"} <= set(sizes)
    assert sum(sizes.values()) <= 60 * KB, sizes


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_page_is_small(name: str) -> None:
    page = SCENES[name]().encode()
    assert len(page) <= 100 * KB
    assert len(gzip.compress(page)) <= 20 * KB
