"""The spawn form: what it shows (``view``) and what it brings back (``read``).

Pure: values in, values out. It shows an Offer and reads answers; whether they are right is
judged by ``hub_config.model.resolve`` alone.
"""

from hub_config.form.answers import read
from hub_config.form.page import FormView, view

__all__ = ["FormView", "read", "view"]
