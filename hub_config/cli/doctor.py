"""``berth doctor``: what is wrong with a hub, and the cure."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from hub_config.cli.sites import Outcome
from hub_config.cli.visitor import password, tell
from hub_config.doctor.examine import examine, examine_node
from hub_config.doctor.patient import Finding, Patient, Unseen
from hub_config.ops.failure import Failed
from hub_config.visit.smoke import Plan

_WORDS = {"ok": "ok    ", "warn": "warn  ", "fail": "FAIL  ", "unseen": "unseen"}


def run(args: argparse.Namespace) -> Outcome:
    """Return 1 if anything is wrong; warnings and what was not looked at are no failure."""
    ca = Path(args.ca) if args.ca else None
    site = Path(args.site)
    patient = Patient(site.parent if site.name == "site.yml" else site, address=args.url, ca=ca)
    try:
        plan = _plan(args, patient, ca)
    except (Failed, Unseen) as error:
        return 1, str(error).splitlines()
    findings = [*examine(patient), *examine_node(plan)]
    lines = [_as_json(findings)] if args.json else [*_lines(findings), "", _summary(findings)]
    return int(any(found.level == "fail" for found in findings)), lines


def _plan(args: argparse.Namespace, patient: Patient, ca: Path | None) -> Plan | None:
    if not args.user:
        return None
    secret = password(args)
    tell(f"starting a server of {args.user} at {patient.url}, after the other checks")
    return Plan(
        url=patient.url,
        user=args.user,
        password=secret,
        ca=ca,
        presets=args.preset,
        queue_limit=args.queue_limit,
        start_limit=args.start_limit,
    )


def _as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(found) for found in findings], indent=2, ensure_ascii=False)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(found.check) for found in findings)
    for found in findings:
        first, *more = found.seen.splitlines() or [""]
        yield f"{_WORDS[found.level]}  {found.check:{width}}  {first}"
        for line in more:
            yield f"{'':{width + 10}}{line}"
        if found.cure:
            yield f"{'':{width + 10}}cure: {found.cure}"


def _summary(findings: Sequence[Finding]) -> str:
    count = {level: sum(found.level == level for found in findings) for level in _WORDS}
    return (
        f"{count['fail']} wrong, {count['warn']} to look at, {count['ok']} good,"
        f" {count['unseen']} not looked at"
    )
