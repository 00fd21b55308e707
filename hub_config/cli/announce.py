"""``berth announce``: what is announced, from a terminal or a script."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from hub_config import bulletin
from hub_config.cli.announcer import find
from hub_config.cli.announcing import fields, need
from hub_config.cli.sites import Outcome, aligned
from hub_config.model.announcement import Announcement, News
from hub_config.ops.failure import Failed
from hub_config.yaml12 import BadConfig
from hub_config.yaml12.document import plain

_COLUMNS = ("id", "state", "kind", "severity", "what")
_LONGEST = 70


def run(args: argparse.Namespace) -> Outcome:
    """Do what is asked; 1: it was not done, and why."""
    if wrong := need(args):
        return 2, list(wrong)
    try:
        return _ACTIONS[args.action](args)
    except BadConfig as error:
        return 1, aligned(error.problems)
    except Failed as error:
        return 1, str(error).splitlines()


def _check(args: argparse.Namespace) -> Outcome:
    found = bulletin.read_all(map(Path, args.what))
    return 0, [f"{' '.join(args.what)}: ok — {len(found)} to announce"]


def _new(args: argparse.Namespace) -> Outcome:
    body = _from_file(Path(args.file)) if args.file else _from_words(args)
    made = find(args).ask("POST", "announcements", body)
    return 0, [f"announced {plain(str(made['id']))} ({plain(str(made['state']))})"]


def _from_file(path: Path) -> dict[str, Any]:
    return _sent(bulletin.read(path))


def _from_words(args: argparse.Namespace) -> dict[str, Any]:
    text = sys.stdin.read().strip() if args.text == "-" else args.text
    told = fields(args, text)
    if args.news:
        today = datetime.now().astimezone().date().isoformat()
        return _sent(_judged(News, {"date": today, **told}))
    return _sent(_judged(Announcement, told))


def _judged(
    model: type[Announcement] | type[News], told: Mapping[str, object]
) -> Announcement | News:
    try:
        return model.model_validate_json(json.dumps(told))
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in found)
        raise Failed("\n".join(line.replace("Value error, ", "") for line in lines)) from error


def _sent(found: Announcement | News) -> dict[str, Any]:
    kind = "news" if isinstance(found, News) else "announcement"
    return {"kind": kind, **found.model_dump(mode="json", exclude_defaults=True)}


def _withdraw(args: argparse.Namespace) -> Outcome:
    (wanted,) = args.what
    find(args).ask("DELETE", f"announcements/{quote(wanted, safe='')}")
    return 0, [f"withdrew {wanted}; the service's history keeps it"]


def _list(args: argparse.Namespace) -> Outcome:
    answer = find(args).ask("GET", "announcements")
    if args.json:
        return 0, [json.dumps(answer, indent=2, ensure_ascii=False)]
    rows = [_row(one) for one in answer["announcements"]]
    problems = [f"broken: {plain(str(one))}" for one in answer["problems"]]
    return 0, [*(_table(rows) if rows else ["nothing is announced"]), *problems]


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    body = one["body"]
    words = body.get("title") or body.get("text") or ""
    if isinstance(words, dict):
        words = words.get("en") or next(iter(words.values()))
    what = " ".join(str(words).split())
    short = what if len(what) <= _LONGEST else f"{what[: _LONGEST - 1]}…"
    cells = (one["id"], one["state"], one["kind"], body.get("severity", ""), short)
    return tuple(plain(str(cell)) for cell in cells)


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    whole = [_COLUMNS, *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(len(_COLUMNS))]
    for row in whole:
        yield "  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip()


_ACTIONS = {"check": _check, "new": _new, "withdraw": _withdraw, "list": _list}
