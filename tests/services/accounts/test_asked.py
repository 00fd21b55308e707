"""The hub is asked once in half a minute for each token, and answers nobody else's question."""

from typing import Any

import pytest

from services.accounts import asked as module
from services.accounts.asked import Asked
from services.common.hub import HubAway
from tests.services.accounts.told import MINE


class Hub:
    """Tells each token its own name, in the place of the hub."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.answer: Any = MINE

    async def __call__(self, path: str, token: str) -> Any:
        assert path == "berth/accounts"
        self.tokens.append(token)
        return {**self.answer, "user": token} if isinstance(self.answer, dict) else self.answer


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub()
    monkeypatch.setattr(module, "ask_hub", hub)
    return hub


async def test_the_same_token_asks_once(hub: Hub) -> None:
    asked = Asked()
    for _ in range(3):
        assert (await asked.mine("cat")).user == "cat"
    assert hub.tokens == ["cat"]


async def test_nobody_gets_the_answer_of_another_token(hub: Hub) -> None:
    asked = Asked()
    for token in ("cat", "ann", "cat", "ann", ""):
        assert (await asked.mine(token)).user == token
    assert hub.tokens == ["cat", "ann", ""]


async def test_an_answer_is_kept_for_a_while(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", -1.0)
    asked = Asked()
    for _ in range(3):
        await asked.mine("cat")
    assert hub.tokens == ["cat"] * 3


async def test_not_everybody_is_kept(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    asked = Asked()
    for token in ("a", "b", "c", "c", "b", "a"):
        await asked.mine(token)
    assert hub.tokens == ["a", "b", "c", "a"]


@pytest.mark.parametrize("answer", [None, [], "no", {"projects": 7}, {"quotas": [{}]}])
async def test_an_answer_that_is_none_is_a_hub_that_is_away(hub: Hub, answer: Any) -> None:
    hub.answer = answer if not isinstance(answer, dict) else {**MINE, **answer}
    with pytest.raises(HubAway):
        await Asked().mine("cat")
