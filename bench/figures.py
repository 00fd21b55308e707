"""Which figures of a run are shown, in which order, and what ours has to meet."""

from collections.abc import Iterator

from bench.report import HALF, NONE, Row, Values, less, most, one, pair

_STEPS = {
    "submit": "sbatch has returned",
    "scheduler": "the job is launched",
    "start": "it has reported its port",
    "boot": "the server runs",
    "ready": "the hub says so",
}


def rows(values: Values) -> list[Row]:
    """Return all rows that these results allow."""
    makers = (_latency, _storm, _waiting, _form, _steady, _restart, _health, _outage, _usage)
    return [row for make in makers for row in make(values)]


def _sizes(values: Values, name: str) -> list[int]:
    return sorted(int(key.split()[1]) for key in values if key.startswith(f"{name} "))


def _latency(values: Values) -> Iterator[Row]:
    if "latency" not in values:
        return
    total = pair(values, "latency", "total")
    yield Row("a real JupyterLab, click to ready (s)", total, HALF)
    for key, words in _STEPS.items():
        yield Row(f"– of it, until {words}", pair(values, "latency", key))
    floor = one(values, "latency", "floor")
    yield Row("– the floor: the same sbatch, a bare jupyterlab until it listens", (floor, floor))
    yield Row("– above the floor", less(total, (floor, floor)), most(0.5))


def _storm(values: Values) -> Iterator[Row]:
    for size in _sizes(values, "storm"):
        name = f"storm {size}"
        yield Row(f"{size} starts at once: all ready (s)", pair(values, name, "all_ready"), HALF)
        yield Row("– starts that failed", pair(values, name, "errors"), NONE)
        yield Row("– calls of the scheduler, to the last end", pair(values, name, "calls"))
        yield Row("– hub CPU, to the last end (s)", pair(values, name, "hub_cpu"))
        yield Row(f"{size} stops at once: all gone (s)", pair(values, name, "all_stopped"))


def _waiting(values: Values) -> Iterator[Row]:
    for size in _sizes(values, "waiting"):
        name = f"waiting {size}"
        yield Row(f"{size} users in the queue: calls/min", pair(values, name, "calls"), most(60))
        yield Row("– RPCs of slurmctld/min", pair(values, name, "rpcs"))
        yield Row("– hub CPU (s/min)", pair(values, name, "hub_cpu"))


def _form(values: Values) -> Iterator[Row]:
    if "form" in values:
        yield Row("calls of the scheduler for a form", pair(values, "form", "calls"), NONE)
        yield Row("– its median (ms)", pair(values, "form", "forms", "median", scale=1000))


def _steady(values: Values) -> Iterator[Row]:
    for size in _sizes(values, "steady"):
        name = f"steady {size}"
        yield Row(f"N = {size}: calls/min", pair(values, name, "calls"), most(12))
        yield Row("– RPCs of slurmctld/min", pair(values, name, "rpcs"))
        yield Row("– hub CPU (s/min)", pair(values, name, "hub_cpu"))
        yield Row("– slurmctld CPU (s/min)", pair(values, name, "slurmctld_cpu"))


def _restart(values: Values) -> Iterator[Row]:
    base = one(values, "restart 0", "ours", "answers")
    for size in _sizes(values, "restart"):
        name = f"restart {size}"
        answers = pair(values, name, "answers")
        limit = most(1.5 * base, "≤ 1.5 × ours at N = 0") if base and size else None
        yield Row(f"N = {size}: restart until it answers (s)", answers, limit)
        yield Row("– CPU it has used until then (s)", pair(values, name, "cpu"))
        after = less(pair(values, name, "all_ready"), answers)
        yield Row("– until all servers are ready, from then (s)", after, most(10))
        yield Row("– calls of the scheduler in it", pair(values, name, "calls"), most(3))
        yield Row("– SIGTERM until it has ended (s)", pair(values, name, "term"))
        lost = (_lost_terms(values, name, "ours"), _lost_terms(values, name, "stock"))
        yield Row("– SIGTERMs lost", lost, NONE)


def _lost_terms(values: Values, name: str, kind: str) -> float:
    turns = (turn for turn in values[name].get(kind, []) if isinstance(turn, dict))
    return float(sum(turn["term"] is None for turn in turns))


def _health(values: Values) -> Iterator[Row]:
    for size in _sizes(values, "health"):
        yield from _answers(values, f"health {size}", f"N = {size}, idle: ")


def _answers(values: Values, name: str, title: str, *path: str) -> Iterator[Row]:
    limits = {"p50": None, "p99": most(50), "longest": most(500)}
    for key, limit in limits.items():
        figures = pair(values, name, *path, key, scale=1000)
        yield Row(f"{title}/hub/health {key} (ms)", figures, limit)
    yield Row("– without an answer", pair(values, name, *path, "failed"), NONE)


def _outage(values: Values) -> Iterator[Row]:
    for size in _sizes(values, "outage"):
        name = f"outage {size}"
        yield from _answers(values, name, f"slurmctld stopped, N = {size}: ", "health")
        yield Row("– servers lost", pair(values, name, "lost"), NONE)
        yield Row("– forms loaded meanwhile", pair(values, name, "forms", "pages"))
        for key in ("median", "longest"):
            figures = pair(values, name, "forms", key, scale=1000)
            yield Row(f"– form, {key} (ms)", figures)
        yield Row("– forms that were none", pair(values, name, "forms", "errors"), NONE)


def _usage(values: Values) -> Iterator[Row]:
    if "usage" not in values:
        return
    events = pair(values, "usage", "events")
    yield Row("statistics of use: events", events)
    yield Row("– until all are counted (s)", pair(values, "usage", "counted"))
    for key, limit in {"p50": None, "p95": most(200), "longest": None}.items():
        yield Row(
            f"– a page then, {key} (ms)", pair(values, "usage", "after", key, scale=1000), limit
        )
    during = pair(values, "usage", "during", "p95", scale=1000)
    yield Row("– a page while they are counted, p95 (ms)", during)
