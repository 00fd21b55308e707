"""What the home page knows of a user's servers, out of a real ledger."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import event
from sqlalchemy.orm import Session

from hub_config.cluster.ledger import Entry, Ledger
from hub_config.load import load_profiles, load_site
from hub_config.pages.servers import Servers, moment, servers
from hub_config.said import said
from hub_config.yaml12 import BadConfig
from tests.pages.drawing import DKRZ

NOW = datetime.now(UTC)
ANSWERS = {"profile": "shared-1", "account": "bm0146", "memory": "5G", "unheard_of": "x"}


@pytest.fixture
def db() -> Iterator[Session]:
    session = orm.new_session_factory("sqlite:///:memory:")()
    yield session
    session.close()
    session.get_bind().dispose()


@pytest.fixture
def runtime(db: Session) -> Any:
    """What the page asks of the hub's runtime."""
    profiles = load_profiles(DKRZ / "profiles.d", load_site(DKRZ / "site.yml"))
    return SimpleNamespace(ledger=Ledger(db), profiles=SimpleNamespace(current=lambda: profiles))


def ann(**options: dict[str, str]) -> Any:
    """Ann with servers of these names, none of which is up; "default" has no name."""
    rows = {
        "" if name == "default" else name: SimpleNamespace(
            name="" if name == "default" else name, display_name="", user_options=answers
        )
        for name, answers in options.items()
    }
    account = SimpleNamespace(created=datetime(2026, 1, 1))
    return SimpleNamespace(
        name="ann", orm_spawners=rows, all_spawners=rows.values, orm_user=account
    )


def ended(runtime: Any, uuid: str, server: str, user: str = "ann", **words: Any) -> None:
    """Let a job end."""
    wanted = words.pop("wanted", False)
    job_id = words.pop("job_id", "7")
    request = {"profile": "shared-1"}
    runtime.ledger.intend(
        Entry(uuid=uuid * 32, user=user, server=server, job_id=job_id, request=request)
    )
    if wanted:
        runtime.ledger.want_end(uuid * 32)
    runtime.ledger.ended(uuid * 32, **words)


def page(user: Any, runtime: Any, limit: int = 3) -> Servers:
    return servers(user, runtime, limit, NOW)


def test_an_end_that_nobody_wanted_is_told_in_the_hubs_words(runtime: Any) -> None:
    ended(runtime, "a", "run", message=said("It was cancelled{by}.", by=" by root"), log="bye")
    [past] = page(ann(run=ANSWERS), runtime).past
    assert (past.why, past.surprise, past.log) == ("It was cancelled by root.", True, "bye")
    assert past.profile == "2.5 GB memory, 1 core, shared, 12:00h"
    assert past.ended is not None
    assert abs(past.ended - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_wanted_end_is_no_surprise(runtime: Any) -> None:
    ended(runtime, "a", "run", wanted=True)
    [past] = page(ann(run=ANSWERS), runtime).past
    assert (past.why, past.surprise, past.log) == ("It was stopped.", False, "")


def test_a_start_that_the_hub_gave_up_says_why(runtime: Any) -> None:
    ended(runtime, "a", "run", wanted=True, message=said("It was not ready in time."))
    [past] = page(ann(run=ANSWERS), runtime).past
    assert (past.why, past.surprise) == ("It was not ready in time.", True)


def test_the_last_end_of_each_server_is_told_the_latest_first(runtime: Any) -> None:
    ended(runtime, "a", "one", message="first")
    ended(runtime, "b", "two", message="second")
    ended(runtime, "c", "one", message="third")
    told = [past.why for past in page(ann(one=ANSWERS, two=ANSWERS), runtime).past]
    assert told == ["third", "second"]


def test_a_start_that_no_scheduler_took_is_not_told_again(runtime: Any) -> None:
    ended(runtime, "a", "run", job_id="", state="REFUSED", message="sbatch: error: no")
    [past] = page(ann(run=ANSWERS), runtime).past
    assert (past.why, past.ended, past.options["profile"]) == ("", None, "shared-1")


def test_what_was_removed_or_is_old_is_not_told(
    runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(runtime, "a", "gone", message="no more")
    with monkeypatch.context() as days_ago:
        before = time.time() - 86500
        days_ago.setattr(time, "time", lambda: before)
        ended(runtime, "b", "", message="long ago")
    assert page(ann(default=ANSWERS), runtime).past == ()


def test_options_are_those_a_form_can_send(runtime: Any) -> None:
    [past] = page(ann(run=ANSWERS), runtime).past
    assert past.options == {"profile": "shared-1", "account": "bm0146", "memory": "5"}
    assert past.query == "?opt-profile=shared-1&opt-account=bm0146&opt-memory=5"


def test_names_and_their_limit(runtime: Any) -> None:
    user = ann(default={}, one={}, two={}, three={})
    found = page(user, runtime)
    assert (found.full, set(found.named)) == (True, {"one", "two", "three"})
    assert [found.may_start(name) for name in ("", "two", "four")] == [True, True, False]
    assert page(user, runtime, limit=0).may_start("four")


def test_profiles_that_cannot_be_read_do_not_hide_the_servers(runtime: Any) -> None:
    def broken() -> Any:
        raise BadConfig([])

    runtime.profiles.current = broken
    ended(runtime, "a", "run", message="why")
    [past] = page(ann(run=ANSWERS), runtime).past
    assert (past.profile, past.why) == ("shared-1", "why")


def test_other_peoples_servers_cost_this_page_nothing(runtime: Any, db: Session) -> None:
    statements: list[str] = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))

    def cost() -> int:
        statements.clear()
        page(ann(run=ANSWERS), runtime)
        # JupyterHub asks whether the database is there, too (jupyterhub/orm.py, register_ping).
        return sum("berth_jobs" in statement for statement in statements)

    alone = cost()
    for number in range(200):
        ledger, uuid = runtime.ledger, f"{number:032x}"
        ledger.intend(Entry(uuid=uuid, user=f"user{number}", server="run", job_id="9"))
        if number % 2:
            ledger.ended(uuid, message="why")
    runtime.ledger.open = lambda: pytest.fail("everybody's open jobs were looked at")
    assert (alone, cost()) == (1, 1)


@pytest.mark.parametrize("text", ["", "Unknown", "N/A", "2026-13-01T00:00:00"])
def test_no_time_is_no_time(text: str) -> None:
    assert moment(text) is None


def test_times_are_those_of_this_machines_clock() -> None:
    here = datetime(2026, 3, 1, 8, 0).astimezone()
    assert moment("2026-03-01T08:00:00") == here
