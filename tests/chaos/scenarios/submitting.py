"""R4, R8, R14: submissions that go wrong, jobs that die at once, and impatient users."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from tests.chaos.census import census
from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Place, Side

_SAVE = 'reply=$(/usr/bin/sbatch "$@"); code=$?'
_KINDS = {
    "slow": f'{_SAVE}; sleep {{slow}}; echo "$reply"; exit $code',
    "garbage": f"{_SAVE}; head -c 60 /dev/urandom; exit 0",
    "killed": f"{_SAVE}; kill -9 $$",
}


def answers(side: Side, size: Size) -> Outcome:
    """R4: the job is accepted each time, and the hub does not get to know its number."""
    timeout, slow = size.slow
    side.configure(start_timeout=timeout)
    side.restart()
    orphans: dict[str, int] = {}
    usable: dict[str, int] = {}
    for kind, script in _KINDS.items():
        places = side.places(size.repeats, kind)
        with side.tools.fault(script.format(slow=slow), "sbatch"):
            side.start_all(places)
            time.sleep(slow + 2 if kind == "slow" else 5)
        within(lambda: census(side).settled, 60)
        found = census(side)
        orphans[kind] = found.orphans + found.doubles
        usable[kind] = size.repeats - found.unclear
        side.clean()
    side.configure(start_timeout=300)
    side.restart()
    count, of = sum(orphans.values()), size.repeats * len(_KINDS)
    figures = {"orphans": orphans, "usable_or_clean": usable}
    return Outcome(f"{count}/{of}", count == 0, figures)


def death(side: Side, size: Size) -> Outcome:
    """R8: the application cannot start; how long until its user knows, and knows why."""
    side.configure(start_timeout=60)
    side.restart()
    places = side.places(size.repeats, "d")
    for place in places:
        side.person(place.user)
        side.mode(place, "die")
    with ThreadPoolExecutor(len(places)) as pool:
        told = list(pool.map(lambda place: _told(side, place), places))
    side.configure(start_timeout=300)
    side.restart()
    waits, texts = [seconds for seconds, _ in told], [text for _, text in told]
    why = sum("It failed" in text or "exit code" in text for text in texts)
    log = sum("its application is broken" in text for text in texts)
    figures = {"seconds": waits, "with_reason": why, "with_log": log}
    cell = f"{median(waits):.0f} s (at most {max(waits):.0f}); reason {why}, log {log}/{len(told)}"
    return Outcome(cell, max(waits) <= 5 and why == log == len(told), figures)


def _told(side: Side, place: Place) -> tuple[float, str]:
    """Return the seconds from the job's death to the news, and the page's words."""
    side.start(place)
    mark = side.root / "deaths" / place.server
    within(mark.exists, 60, pause=0.05)
    died = mark.stat().st_mtime if mark.exists() else time.time()
    within(lambda: not (side.servers().get(place) or {}).get("pending"), 90)
    return max(0.0, time.time() - died), side.person(place.user).failure(place.server)


def clicks(side: Side, size: Size) -> Outcome:
    """R14: the same server is asked for by many requests at once, in the form and by REST."""
    place = Place("ada", "once")
    side.person(place.user)
    before = side.tools.calls()["sbatch"]
    with ThreadPoolExecutor(size.requests) as pool:
        statuses = list(pool.map(lambda _: side.start(place).status_code, range(size.requests)))
    within(lambda: place in side.ready(), 60)
    time.sleep(2)
    jobs, submitted = len(side.jobs()), side.tools.calls()["sbatch"] - before
    broken = sum(status >= 500 for status in statuses)
    figures = {"jobs": jobs, "sbatch": submitted, "answers_5xx": broken}
    return Outcome(
        f"{jobs} job, {submitted} sbatch, {broken} × 5xx", jobs == submitted == 1, figures
    )


ANSWERS = Scenario(
    "R4", "sbatch accepts and is slower than start_timeout, prints garbage, or is killed",
    "orphaned or double jobs", "0", answers,
)  # fmt: skip
DEATH = Scenario(
    "R8", "the job dies before it reports its port", "seconds until the user is told",
    "at most 5, with the reason and the end of the log", death,
)  # fmt: skip
CLICKS = Scenario(
    "R14", "one server is asked for by 200 requests at once", "jobs", "1", clicks,
)  # fmt: skip
