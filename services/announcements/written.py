"""What somebody sends to be announced, as JSON: the fields of the model, ``kind`` and ``draft``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hub_config.said import said
from services.announcements.entry import MODELS, Body, loaded


class Wrong(ValueError):
    """What is wrong: ``fields`` maps a field, as ``maintenance.begins``, to a sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.fields.items()))


@dataclass(frozen=True, slots=True)
class Written:
    """Something to announce; ``draft``: not yet."""

    body: Body
    draft: bool


def read(data: Any) -> Written:
    """Return what *data*, the value of a JSON text, says. Raises Wrong."""
    if not isinstance(data, dict):
        raise Wrong({"": said("Send an object with the fields of an announcement.")})
    fields = dict(data)
    kind, draft = fields.pop("kind", "announcement"), fields.pop("draft", False)
    if not isinstance(kind, str) or kind not in MODELS:
        raise Wrong({"kind": said("Write announcement or news.")})
    if not isinstance(draft, bool):
        raise Wrong({"draft": said("Write true or false.")})
    try:
        return Written(loaded(kind, json.dumps(fields)), draft)
    except ValidationError as error:
        raise Wrong(_sentences(error.errors(include_url=False, include_input=False))) from None


def _sentences(errors: Iterable[Any]) -> dict[str, str]:
    return {".".join(map(str, error["loc"])): _sentence(error) for error in errors}


def _sentence(error: Any) -> str:
    if error["type"] == "value_error":  # one of ours: keep it whole, it may speak German
        raised = error["ctx"]["error"]
        text: str = raised.args[0] if raised.args else str(raised)
        return text
    if error["type"] == "missing":
        return said("Write something here.")
    if error["type"] == "extra_forbidden":
        return said("There is no such field.")
    return str(error["msg"])
