"""CSV that a spreadsheet takes for what it is."""

import csv
from io import StringIO

import pytest

from services.usage.sheet import written

CELLS = ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "-2+3+cmd"]


@pytest.mark.parametrize("cell", CELLS)
def test_no_cell_is_a_formula(cell: str) -> None:
    (row,) = csv.reader(StringIO(written([(cell, cell, 3)]), newline=""))
    assert row == [f"'{cell}", f"'{cell}", "3"]


@pytest.mark.parametrize("cell", ["lab", 'a "b"', "a,b", "a\nb", "ü", "2026-W47", "3.5", ""])
def test_other_cells_are_what_they_were(cell: str) -> None:
    (row,) = csv.reader(StringIO(written([(cell, 7)]), newline=""))
    assert row == [cell, "7"]


def test_rows_end_as_the_standard_says() -> None:
    assert written([("a", "b"), (1, 2.5)]) == "a,b\r\n1,2.5\r\n"
