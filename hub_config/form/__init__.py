"""The spawn form: what it shows (``view``) and what it brings back (``read``).

Pure: values in, values out. It shows an Offer and reads answers; whether they are right is
judged by ``hub_config.model.resolve`` alone.
"""

from hub_config.form.answers import read
from hub_config.form.board import board
from hub_config.form.kept import pane_of
from hub_config.form.page import FormView, view
from hub_config.form.soon import never, soon
from hub_config.form.table import table

__all__ = ["FormView", "board", "never", "pane_of", "read", "soon", "table", "view"]
