"""What sacctmgr, sshare and scontrol tell of accounts: who may charge them, budgets, use.

https://slurm.schedmd.com/sacctmgr.html, sshare.html, resource_limits.html
"""

import re
from collections.abc import Mapping

from hub_config.schedulers.base import Enforced, Membership, Reply, Share, Unanswered
from hub_config.schedulers.replies import known, lines

MEMBERSHIPS = ("DefaultAccount", "Account", "Partition", "QOS", "DefaultQOS")
"""Of ``sacctmgr show user … withassoc``."""

SHARES = (
    "Account", "User", "Partition", "FairShare", "GrpTRESMins", "GrpTRESRaw", "TRESRunMins",
)  # fmt: skip
"""Of ``sshare``."""

Cells = Mapping[str, str]
"""A row of SHARES."""

_MEMBERSHIPS_HEADER = "Def Acct|Account|Partition|QOS|Def QOS"
_OLD_MEMBERSHIPS_HEADER = "Account|Partition|QOS"
"""Of an agent on a login node that is one release behind the hub; until 1.0 is out."""

_TRES = re.compile(r"([A-Za-z0-9_./:-]{1,128})=([0-9]{1,18})")
_ENFORCED = re.compile(r"AccountingStorageEnforce\s*=\s*(\S+)")


def memberships(reply: Reply) -> tuple[Membership, ...]:
    """Return the rows of a table of MEMBERSHIPS. Raises Unanswered."""
    header, *rest = lines(reply)
    if header == _OLD_MEMBERSHIPS_HEADER:
        rest = [f"|{line}|" for line in rest]  # neither default is told
    elif header != _MEMBERSHIPS_HEADER:
        raise Unanswered("the reply does not begin with the header of the association table")
    found = (_membership(line) for line in rest)
    return tuple(one for one in found if one.account)


def _membership(line: str) -> Membership:
    if line.count("|") != 4:
        raise Unanswered("a line of the reply is no row of the association table")
    default, account, partition, qos, default_qos = line.split("|")
    names = tuple(filter(None, qos.split(",")))
    return Membership(account, partition, names, default_qos, default=account == default)


def shares(reply: Reply) -> tuple[Share, ...]:
    """Return the users' rows of a table of SHARES, and those of accounts above them.

    The table has every account of the cluster, most of which are none of theirs. Raises Unanswered.
    """
    header, *rest = lines(reply)
    if header != "|".join(SHARES):
        raise Unanswered("the reply does not begin with the header of the table of shares")
    found: dict[tuple[str, ...], Share] = {}
    branch: list[Cells] = []
    for cells in map(_cells, rest):
        # The tree is told by indentation: a user's row is below that of the account.
        del branch[len(cells["Account"]) - len(cells["Account"].lstrip()) :]
        branch.append(cells)
        if not cells["User"]:
            continue
        for depth, one in enumerate(branch):
            key = tuple(one[name] for name in ("Account", "User", "Partition"))
            if key not in found:
                found[key] = _share(one, branch[:depth])
    return tuple(found.values())


def _cells(line: str) -> Cells:
    if line.count("|") != len(SHARES) - 1:
        raise Unanswered("a line of the reply is no row of the table of shares")
    return dict(zip(SHARES, line.split("|"), strict=True))


def _share(cells: Cells, above: list[Cells]) -> Share:
    user = known(cells["User"])
    names = [one["Account"].strip() for one in reversed(above)]
    return Share(
        account=cells["Account"].strip(),
        user=user,
        partition=known(cells["Partition"]),
        above=tuple(names[1:] if user else names),
        factor=_factor(cells["FairShare"]),
        limits=_minutes(cells["GrpTRESMins"]),
        used=_minutes(cells["GrpTRESRaw"]),
        running=_minutes(cells["TRESRunMins"]),
    )


def _minutes(text: str) -> dict[str, int]:
    """Return minutes by thing, from ``cpu=600,gres/gpu=60``; what is no number is left out."""
    found = (_TRES.fullmatch(item.strip()) for item in text.split(","))
    return {match[1]: int(match[2]) for match in found if match}


def _factor(text: str) -> float | None:
    try:
        factor = float(text)
    except ValueError:
        return None
    return factor if 0 <= factor <= 1 else None


def enforced(reply: Reply) -> Enforced:
    """Return what is done about budgets, from ``scontrol show config``. Raises Unanswered."""
    header, *rest = lines(reply)
    match = _ENFORCED.search("\n".join(rest))
    if not (header.startswith("Configuration data as of ") and match):
        raise Unanswered("the reply does not say AccountingStorageEnforce")
    flags = match[1].lower().split(",")
    if "safe" in flags or "all" in flags:
        return "safe"
    return "limits" if "limits" in flags else "no"
