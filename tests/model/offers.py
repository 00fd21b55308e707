"""What alice of the tests is offered: DKRZ's example with the facts of its nodes."""

from dataclasses import replace
from pathlib import Path

from hub_config.load import load_profiles, load_site
from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.model.resolve import Defaults

EXAMPLES = Path(__file__).parents[2] / "examples"
DKRZ = EXAMPLES / "dkrz"

SITE = load_site(DKRZ / "site.yml")
PROFILES = load_profiles(DKRZ / "profiles.d", SITE)
NODES = {
    "shared": NodeFacts(48, 300_000, 7 * 86400),
    "prepost": NodeFacts(48, 300_000, 43200),
    "compute": NodeFacts(48, 300_000, 28800),
    "gpu": NodeFacts(48, 300_000, 43200, {"a100": 4, "v100": 2}),
    "miklip": NodeFacts(48, 300_000, 43200),
}
ALICE = Person("alice", accounts=("bm0146", "mh0010"), qos=("normal", "express"))
DEFAULTS = Defaults(start_timeout=3600, http_timeout=120, user_script="~/jupyter_preload")


def offer(person: Person = ALICE) -> Offer:
    return make_offer(PROFILES, SITE.applications, person, NODES, ("training",))


def every_field() -> Offer:
    """All fields are open in both forms, and accounts, QOS and reservations are not known."""
    known = offer(Person("alice"))
    shared = ("account", "reservation", "qos", "log_name", "application", "user_script")
    return replace(
        known,
        reservations=None,
        preset_fields=shared,
        fields=(*known.fields, "gpu_type", "user_script"),
        required=(),
        preset_required=(),
    )
