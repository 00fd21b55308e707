"""Offers to show: profiles as an admin would write them, and what alice gets of them."""

from collections.abc import Mapping
from typing import Any

from hub_config.form.fields import Field
from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.site import Application

PROFILES: dict[str, Any] = {
    "presets": (
        {
            "id": "small",
            "title": "2.5 GB memory, 1 core, shared, 12:00h",
            "partition": "shared",
            "memory": "2560M",
            "walltime": "12h",
        },
        {
            "id": "online",
            "title": "With internet",
            "description": "For downloads.",
            "partition": "prepost",
            "cores": 2,
            "memory": "5G",
            "walltime": "90m",
        },
        {
            "id": "learn",
            "title": "Machine learning",
            "partition": "gpu",
            "memory": "8G",
            "walltime": "1h",
            "gpus": 2,
            "gpu_type": "a100",
            "constraint": "nvlink",
            "internet": True,
        },
        {
            "id": "project",
            "title": "A project's own",
            "partition": "shared",
            "memory": "1G",
            "walltime": "1h",
            "groups": ("miklip", "staff"),
        },
    ),
    "preset_form": {"fields": ("account", "reservation", "qos"), "required": ("account",)},
    "advanced": {
        "fields": (
            "account", "partition", "reservation", "walltime", "cores", "memory", "gpus",
            "gpu_type", "qos", "log_name", "constraint", "application", "user_script",
        ),
        "required": ("account", "partition"),
        "log_name": "jupyter_advanced",
        "partitions": {
            "shared": {
                "title": "Shared",
                "cores": {"max": 48},
                "memory": {"max": "120G"},
                "walltime": {"min": "1h", "max": "12h"},
                "constraints": ("64G", "256G"),
                "internet": False,
            },
            "prepost": {
                "title": "Prepost",
                "cores": {"max": 24},
                "memory": {"default": "5G", "max": "256G"},
                "walltime": {"max": "40m", "default": "40m"},
                "internet": True,
            },
            "gpu": {
                "cores": {"max": 24},
                "memory": {"max": "128G"},
                "walltime": {"max": "12h"},
                "gpus": {"default": 1, "max": 4},
                "constraints": ("256G", "nvlink"),
            },
        },
    },
}  # fmt: skip

APPLICATIONS = {
    "notebook": Application(title="Jupyter Notebook", url="/tree"),
    "lab": Application(title="JupyterLab", url="/lab"),
}
NODES = {"gpu": NodeFacts(64, 500 * 1024, 12 * 3600, {"a100": 4, "v100": 2})}


def make(changes: Mapping[str, Any] | None = None, **known: Any) -> Offer:
    """alice's offer; *changes* replace whole sections of the profiles, *known* her choices."""
    person = Person("alice", **{"accounts": ("bm0146", "ab0995"), "qos": ("normal",)} | known)
    profiles = Profiles.model_validate({**PROFILES, **(changes or {})})
    return make_offer(profiles, APPLICATIONS, person, NODES, ("workshop",))


def by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.name: field for field in fields}
