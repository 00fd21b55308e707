"""What a directory says of somebody, as plain texts; and which of it a job's environment gets."""

from collections.abc import Mapping
from typing import Any

from hub_config.model.request import variable_problem


def as_texts(attributes: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return *attributes* without the values that are neither text nor number, as pictures."""
    return {
        name: [str(value) for value in values if isinstance(value, str | int)]
        for name, values in attributes.items()
    }


def job_environment(
    auth_state: Mapping[str, Any] | None, wanted: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the variables in *wanted* (name to attribute), and why the others are left out.

    A variable has the attribute's first value; attributes compare as in LDAP, in any case.
    """
    state = auth_state or {}
    known = {name.lower(): values for name, values in state.get("user_attributes", {}).items()}
    found: dict[str, str] = {}
    problems: list[str] = []
    for variable, attribute in wanted.items():
        values = known.get(attribute.lower())
        problem = variable_problem(variable, values[0]) if values else f"no {attribute} is known"
        if problem:
            problems.append(f"{variable}: {problem}")
        elif values:
            found[variable] = values[0]
    return found, problems
