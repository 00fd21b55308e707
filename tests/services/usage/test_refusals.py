"""What is asked for in a wrong way, or by somebody who may not know it, is refused in words."""

import pytest
import requests

from tests.services.usage.standin import Process


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("week=2026-11", "This is no week, month or year"),
        ("month=2026-W47", "This is no week, month or year"),
        ("year=x", "This is no week, month or year"),
        ("week=2026-W60", "This is no week, month or year"),
        ("year=0000", "This is no week, month or year"),
        ("week=2026-W47&month=2026-11", "one week, month or year at a time"),
        ("limit=0", "Ask for 1 to 530 weeks"),
        ("limit=531", "Ask for 1 to 530 weeks"),
        ("limit=many", "Ask for 1 to 530 weeks"),
        ("by=server", "There is no such list"),
        ("by=user", "Names of people are for admins only"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    running: Process, query: str, words: str
) -> None:
    path = {"limit": "api/v1/weeks", "by": "usage.csv"}.get(query.partition("=")[0], "")
    answer = running.ask(f"{path}?{query}")
    assert answer.status_code == (403 if query == "by=user" else 400)
    assert words in answer.text


def test_years_at_the_ends_of_time_are_drawn(running: Process) -> None:
    for query in ("year=1970", "year=9998", "week=1970-W01", "month=9998-12"):
        assert running.ask(f"?{query}").status_code == 200


def test_the_library_is_for_everybody_and_the_page_is_not(running: Process) -> None:
    assert running.ask("chart/chart.umd.min.js", "").status_code == 200
    assert running.ask("", "").status_code == 302
    assert running.ask("usage.csv", "").status_code == 302
    for path in ("api/v1/summary", "api/v1/weeks"):
        assert running.ask(path, "").status_code == 403


def test_nothing_can_be_changed_here(running: Process) -> None:
    for path in ("", "usage.csv", "api/v1/summary", "api/v1/weeks"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            headers = {"Authorization": "token token-of-ann"}
            answer = requests.request(method, running.url + path, headers=headers, timeout=60)
            assert answer.status_code == 405
