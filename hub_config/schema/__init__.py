"""What editors know of the YAML files: JSON Schema, generated from the models and committed.

``python -m hub_config.schema`` writes the schemas here and their reference pages in docs/; a test
keeps all of them equal to the models.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hub_config.model.kernels import Kernels
from hub_config.model.profiles import Profiles
from hub_config.model.site import Site

MODELS: Mapping[str, type[BaseModel]] = {
    "site": Site,
    "profiles": Profiles,
    "kernels": Kernels,
}


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of file."""
    found = MODELS[name].model_json_schema(schema_generator=_Generator)
    return {"$schema": _Generator.schema_dialect, **_tidy(found)}


def text(name: str) -> str:
    """Return ``schema`` as the file has it."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema with the default as people write it: "1G", not 1024."""
        found = super().default_schema(schema)
        inner: Any = schema["schema"]
        while "serialization" not in inner and "schema" in inner:
            inner = inner["schema"]
        if found.get("type") == "string" and isinstance(schema.get("default"), int):
            found["default"] = inner["serialization"]["function"](schema["default"])
        return found


def _tidy(node: Any) -> Any:
    """Drop what says nothing to an editor, and let pattern keys be the only keys."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _tidy(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and key != "discriminator"
    }
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if "$ref" in kept or kept.get("default", "") is None:
        kept.pop("default", None)
    return kept
