"""The page is what the figures say."""

from tests.chaos import table
from tests.chaos.scenarios import SCENARIOS


def test_the_page_is_made_of_the_kept_figures() -> None:
    assert table.PAGE.read_text() == table.page(table.results())


def test_every_row_has_an_id_of_its_own() -> None:
    assert len({scenario.id for scenario in SCENARIOS}) == len(SCENARIOS) == 13


def test_a_missed_target_is_bold_and_a_row_that_was_not_run_says_so() -> None:
    missed = {"cell": "9/9", "good": False}
    assert table.row(SCENARIOS[0], {"stock": missed}).split(" | ")[3:5] == ["not run", "**9/9**"]
