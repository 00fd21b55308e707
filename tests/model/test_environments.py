"""Parallel environments and mail: the answers that only Grid Engine's form asks for."""

from pathlib import Path
from typing import Any

import pytest

from hub_config.load import load_profiles, load_site
from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.request import InvalidField, JobRequest
from hub_config.model.resolve import ADVANCED, BadAnswers, Defaults, resolve
from hub_config.model.space import environments_named, ranges_kept

SHARC = Path(__file__).parents[2] / "examples" / "sharc"
SITE = load_site(SHARC / "site.yml")
PROFILES = load_profiles(SHARC / "profiles.d", SITE)
NODES = {name: NodeFacts(40, 300_000, 4 * 86400, None) for name in ("shared.q", "gpu.q", "any")}
DEFAULTS = Defaults(start_timeout=600, http_timeout=120)
FORM = {"profile": ADVANCED, "partition": "shared.q"}
PRESET: dict[str, Any] = {
    "id": "two", "title": "Two cores", "partition": "shared.q", "memory": "2G", "walltime": "4h",
}  # fmt: skip


def offer(profiles: Profiles = PROFILES) -> Offer:
    product = SITE.scheduler.product
    return make_offer(profiles, SITE.applications, Person("bob"), NODES, None, product)


def made(**answers: str) -> JobRequest:
    return resolve(offer(), {**FORM, **answers}, DEFAULTS)


def refused(**answers: str) -> dict[str, str]:
    with pytest.raises(BadAnswers) as bad:
        made(**answers)
    return bad.value.errors


def with_preset(**changes: Any) -> Profiles:
    found = Profiles.model_validate({"presets": ({**PRESET, **changes},)})
    return PROFILES.model_copy(update={"presets": found.presets})


def test_several_cores_without_an_environment_are_refused_at_the_field() -> None:
    assert refused(cores="2") == {
        "parallel_environment": "Choose one of smp, mpi: 2 cores need it."
    }


def test_several_cores_with_an_environment_are_made() -> None:
    request = made(cores="2", parallel_environment="smp")
    assert (request.cores, request.parallel_environment) == (2, "smp")


def test_one_core_needs_none_and_may_have_one() -> None:
    assert made().parallel_environment == ""
    assert made(parallel_environment="mpi").parallel_environment == "mpi"


@pytest.mark.parametrize("name", ["openmp", "smp 40", "smp\n#$ -V", "mpi,smp"])
def test_an_environment_that_is_not_offered_is_refused(name: str) -> None:
    assert set(refused(cores="2", parallel_environment=name)) == {"parallel_environment"}
    assert set(refused(partition="gpu.q", parallel_environment="mpi")) == {"parallel_environment"}


def test_where_the_field_is_not_open_the_first_one_is_taken() -> None:
    advanced = PROFILES.advanced
    assert advanced
    fields = tuple(name for name in advanced.fields if name != "parallel_environment")
    closed = PROFILES.model_copy(
        update={"advanced": advanced.model_copy(update={"fields": fields})}
    )
    request = resolve(offer(closed), {**FORM, "cores": "2"}, DEFAULTS)
    assert request.parallel_environment == "smp"
    assert resolve(offer(closed), FORM, DEFAULTS).parallel_environment == ""


def test_gpus_that_the_scheduler_does_not_count_are_limited_by_the_admin() -> None:
    limits = offer().partitions
    assert (limits["gpu.q"].gpus.high, limits["shared.q"].gpus.high) == (8, 0)
    assert made(partition="gpu.q", gpus="1").gpus == 1
    assert set(refused(gpus="1")) == {"gpus"}


@pytest.mark.parametrize("mail", ["b@x.org", "some.body+hpc@sheffield.ac.uk", "a_b%c@localhost"])
def test_one_mail_address_is_taken(mail: str) -> None:
    assert made(mail=mail).mail == mail


@pytest.mark.parametrize(
    "mail", ["bob", "a@b,c@d", "a@b c@d", "-a@b.org", "a@-b", "a@b\n-V", "a@b;x", "a@b|x", "@b.org"]
)
def test_anything_else_is_no_mail_address(mail: str) -> None:
    assert set(refused(mail=mail)) == {"mail"}
    with pytest.raises(InvalidField):
        JobRequest(
            profile="p", partition="q", cores=1, memory=1, walltime=60, application="lab", mail=mail
        )


def test_a_preset_of_several_cores_needs_an_environment_of_its_partition() -> None:
    [(path, text)] = environments_named(with_preset(cores=2), SITE)
    assert path == ("presets", 0)
    assert text.endswith("add for example parallel_environment: smp")
    good = with_preset(cores=2, parallel_environment="smp")
    assert not [*environments_named(good, SITE), *ranges_kept(good)]
    [(path, text)] = ranges_kept(with_preset(cores=2, parallel_environment="smpp"))
    assert (path, text[-19:]) == (("presets", 0, "parallel_environment"), 'did you mean "smp"?')
    preset = {"profile": "two"}
    assert resolve(offer(good), preset, DEFAULTS).parallel_environment == "smp"


def test_other_schedulers_have_no_environments() -> None:
    slurm = load_site(SHARC.parent / "dkrz" / "site.yml")
    assert not [*environments_named(with_preset(cores=2), slurm)]
    assert (slurm.scheduler.product, SITE.scheduler.product) == ("Slurm", "Grid Engine")
    assert offer().grid_engine
