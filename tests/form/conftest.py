"""Fixtures of the form tests: ``offer`` is alice's, ``show`` makes the view of it."""

import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from hub_config.cluster.facts import Overview
from hub_config.form import FormView, view
from hub_config.form.page import UNKNOWN
from hub_config.model.offer import Offer
from tests.form.offers import make

View = Callable[..., FormView]


@pytest.fixture(scope="session")
def offer() -> Offer:
    return make()


@pytest.fixture(scope="session")
def show(offer: Offer) -> View:
    """show(answers, errors, offer=…, server_name=…) -> FormView."""

    def draw(
        answers: object = None,
        errors: Mapping[str, str] | None = None,
        *,
        offer: Offer = offer,
        server_name: str = "",
        overview: Overview = UNKNOWN,
    ) -> FormView:
        return view(
            offer,
            server_name=server_name,
            answers=answers,
            errors=errors or {},
            user="alice",
            overview=overview,
        )

    return draw


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub's clock is that of Greenwich."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
