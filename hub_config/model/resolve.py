"""The judge: answers from anywhere + an Offer -> JobRequest, or every field that is wrong.

Answers come from the form, from a URL, from the REST API or from the database, so nothing
is assumed of them. This is the only place that turns them into a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub_config.model.budget import Shortage, charged, shortage
from hub_config.model.offer import Offer
from hub_config.model.profiles import ADVANCED as ADVANCED
from hub_config.model.profiles import Preset
from hub_config.model.reader import BadAnswers as BadAnswers
from hub_config.model.reader import Reader
from hub_config.model.request import InvalidField, JobRequest
from hub_config.said import said

NO_SCRIPT = "none"
"""The answer ``user_script`` that everybody may give: start without any."""


def lasting(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that are good for another start too: to do without a script is not."""
    return {n: text for n, text in answers.items() if (n, text) != ("user_script", NO_SCRIPT)}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the site settles: seconds, the user script when none is named, variables for all."""

    start_timeout: int
    http_timeout: int
    user_script: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


class Unaffordable(BadAnswers):
    """All is well but that the budget of the account is not enough."""


def resolve(offer: Offer, answers: object, defaults: Defaults) -> JobRequest:
    """Return the request these answers make under *offer*. Raises BadAnswers, nothing else."""
    if not isinstance(answers, Mapping):
        raise BadAnswers({"profile": said("The options must be an object with fields.")})
    without_script = answers.get("user_script") == NO_SCRIPT
    if without_script:
        answers = {name: answer for name, answer in answers.items() if name != "user_script"}
    reader = Reader(offer, answers)
    profile = reader.profile()
    if profile == ADVANCED:
        values = _advanced(reader)
    else:
        values = _preset(reader, offer.presets[profile].preset)
    for name in ("start_timeout", "http_timeout", "user_script"):
        values[name] = values.get(name) or getattr(defaults, name)
    if without_script:
        values["user_script"] = ""
        reader.errors.pop("user_script", None)  # that it is needed
    environment = {**defaults.environment, **values.get("environment", {})}
    values["environment"] = tuple(sorted(environment.items()))
    reader.raise_if_wrong()
    try:
        request = JobRequest(profile=profile, **values)
    except InvalidField as error:
        why = said("This cannot be used: {problem}.", problem=error.problem)
        raise BadAnswers({error.field: why}) from error
    _afford(offer, request)
    return request


def exceeded(offer: Offer, request: JobRequest) -> Shortage | None:
    """Return the budget that *request* would exceed, as far as that is known."""
    project = charged(offer.projects, request.account, request.partition)
    return shortage(project, request, offer.enforced)


def _afford(offer: Offer, request: JobRequest) -> None:
    """Raise Unaffordable if the scheduler would take the job and never start it."""
    found = exceeded(offer, request)
    if found and found.refused:
        asked = offer.fields if request.profile == ADVANCED else offer.preset_fields
        field = "walltime" if found.fits and "walltime" in asked else "account"
        raise Unaffordable({field if field in asked else "profile": found.text})


def _preset(reader: Reader, preset: Preset) -> dict[str, Any]:
    for name in reader.others(reader.offer.preset_fields):
        reader.errors[name] = said(
            "{field} is settled by the preset {preset}.", field=name, preset=preset.id
        )
    chosen = reader.choices(reader.offer.preset_fields, reader.offer.preset_required, preset)
    return {
        "partition": preset.partition,
        "cores": preset.cores,
        "memory": preset.memory,
        "walltime": preset.walltime,
        "gpus": preset.gpus,
        "gpu_type": preset.gpu_type or "",
        "parallel_environment": preset.parallel_environment or "",
        "constraint": preset.constraint or "",
        "environment": preset.environment,
        "start_timeout": preset.start_timeout,
        "http_timeout": preset.http_timeout,
        **chosen,
        **reader.application(chosen["application"] or preset.application),
    }


def _advanced(reader: Reader) -> dict[str, Any]:
    offer = reader.offer
    for name in reader.others(offer.fields):
        reader.errors[name] = said("{field} is not open to choice here.", field=name)
    partition, limits = reader.partition()
    chosen = reader.choices(offer.fields, offer.required, None)
    chosen["log_name"] = chosen["log_name"] or offer.log_name
    reader.require(offer.required, limits)
    amounts = reader.amounts(limits)
    return {
        "partition": partition,
        **amounts,
        **reader.gpus(limits),
        "parallel_environment": reader.parallel_environment(limits, amounts["cores"]),
        "constraint": reader.one_of("constraint", limits.constraints),
        **chosen,
        **reader.application(chosen["application"] or next(iter(offer.applications), "")),
    }
