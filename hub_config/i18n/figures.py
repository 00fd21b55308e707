"""Numbers, sizes and moments as people write them in their language."""

from datetime import datetime

from babel.dates import format_datetime
from babel.numbers import format_decimal

from hub_config.i18n.catalog import LANGUAGES
from hub_config.said import Given, given

_UNITS = ("KB", "MB", "GB", "TB", "PB")
_STEP = 1024
_MOMENTS = {"en": "d MMM y, HH:mm", "de": "d. MMM y, HH:mm"}


def number(value: float, decimals: int = 0) -> Given:
    """Return ``1,234.5``, in German ``1.234,5``; at most so many *decimals*."""
    rounded = round(value, decimals)
    pattern = f"#,##0{'.' if decimals else ''}{'#' * decimals}"
    return given({lang: format_decimal(rounded, pattern, locale=lang) for lang in LANGUAGES})


def size(kib: float) -> Given:
    """Return KiB as ``9.8 GB``, in the powers of 1024 that memory has on the form."""
    unit = 0
    while kib >= _STEP and unit < len(_UNITS) - 1:
        kib, unit = kib / _STEP, unit + 1
    shown = number(kib, 1 if unit and kib < 100 else 0)
    return given({lang: f"{text} {_UNITS[unit]}" for lang, text in shown.languages.items()})


def moment(seconds: float) -> Given:
    """Return epoch seconds as ``1 Mar 2026, 14:05``, by the clock of this machine."""
    then = datetime.fromtimestamp(seconds)
    return given(
        {lang: format_datetime(then, form, locale=lang) for lang, form in _MOMENTS.items()}
    )
