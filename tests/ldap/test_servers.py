"""Which server is asked, and when one that failed is asked again. The servers here are names."""

import pytest

from hub_config.auth.ldapservers import REST_SECONDS, NoAnswer, Servers

FIRST, SECOND = "ldaps://first", "ldaps://second"


class Answers:
    """Stands for the servers: those in ``away`` fail. Keeps who was asked, and what was told."""

    def __init__(self) -> None:
        self.now, self.away = 1000.0, set[str]()
        self.asked, self.told = list[str](), list[str]()
        self.servers = Servers([FIRST, SECOND], "", 1, lambda: self.now)

    def ask(self, probe: bool = False) -> str:
        self.asked.clear()
        return self.servers.ask(self._question, self._failed, probe=probe)

    def _question(self, url: str) -> str:
        self.asked.append(url)
        if url in self.away:
            raise KeyError(url)
        return url

    def _failed(self, url: str, error: Exception) -> None:
        self.told.append(url)


@pytest.fixture
def answers() -> Answers:
    return Answers()


def test_the_first_is_preferred(answers: Answers) -> None:
    assert answers.ask() == FIRST
    assert answers.asked == [FIRST]


def test_the_next_answers_for_one_that_does_not(answers: Answers) -> None:
    answers.away.add(FIRST)
    assert answers.ask() == SECOND
    assert answers.told == [FIRST]


def test_one_that_failed_comes_last_for_its_time(answers: Answers) -> None:
    answers.away.add(FIRST)
    answers.ask()
    answers.away.clear()
    answers.now += REST_SECONDS - 1
    assert answers.ask() == SECOND
    answers.now += 2
    assert answers.ask() == FIRST


def test_one_that_rests_is_asked_when_the_others_fail(answers: Answers) -> None:
    answers.away.add(FIRST)
    answers.ask()
    answers.away = {SECOND}
    assert answers.ask() == FIRST
    assert answers.asked == [SECOND, FIRST]


def test_while_all_rest_only_a_probe_asks(answers: Answers) -> None:
    answers.away = {FIRST, SECOND}
    with pytest.raises(NoAnswer):
        answers.ask()
    answers.away.clear()
    with pytest.raises(NoAnswer):
        answers.ask()
    assert answers.asked == []
    assert answers.ask(probe=True) == FIRST
    assert answers.ask() == FIRST
