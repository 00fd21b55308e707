"""The schemas and reference pages: equal to the models, and saying what the loader says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel

from hub_config.cli import main
from hub_config.load import check_profiles_file, load_site
from hub_config.model.units import parse_memory, parse_walltime
from hub_config.schema import MODELS, schema, text
from hub_config.schema.reference import page
from hub_config.yaml12 import BadConfig, read

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "hub_config" / "schema"
EXAMPLES = sorted((ROOT / "examples").rglob("*.yml"))
BROKEN = sorted((ROOT / "tests" / "fixtures" / "broken_yaml").glob("*.yml"))


def kind(file: Path) -> str:
    if file.name == "kernels.yml":
        return "kernels"
    return "site" if file.name == "site.yml" or "-site-" in file.name else "profiles"


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def as_json(file: Path) -> Any:
    return json.loads(json.dumps(read(file).value))


@pytest.mark.parametrize("name", MODELS)
def test_the_committed_schema_is_todays(name: str) -> None:
    committed = (SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    assert committed == text(name), "run python -m hub_config.schema"


@pytest.mark.parametrize("name", MODELS)
def test_the_reference_page_is_todays(name: str) -> None:
    committed = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    assert committed == page(name, committed), "run python -m hub_config.schema"


@pytest.mark.parametrize("name", MODELS)
def test_the_command_prints_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    assert capsys.readouterr().out == text(name)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_json_schema_of_2020_12(name: str) -> None:
    found = schema(name)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(found)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_examples_fit(file: Path) -> None:
    assert [error.message for error in validator(kind(file)).iter_errors(as_json(file))] == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_examples_tell_editors_their_schema(file: Path) -> None:
    first = file.read_text("utf-8").partition("\n")[0]
    modeline, _, path = first.partition("=")
    assert modeline == "# yaml-language-server: $schema"
    assert (file.parent / path).resolve() == SCHEMAS / f"{kind(file)}.schema.json"


# What a schema cannot say: one value depends on another, or a text is more than its pattern.
BEYOND_A_SCHEMA = (
    "memory-of-nothing memory-beyond-reason walltime-of-a-second id-reserved id-twice"
    " preset-beyond-its-partition default-over-max required-but-not-asked gpu-type-without-gpus"
    " start-timeout-too-short password-in-clear admin-without-password listen-without-port"
    " listen-bad-port database-postgres database-no-url address-by-name"
)


def readable() -> Iterator[Path]:
    for file in BROKEN:
        try:
            if not read(file).problems:
                yield file
        except BadConfig:
            continue


@pytest.mark.parametrize("file", list(readable()), ids=lambda file: file.stem)
def test_the_schema_refuses_what_the_loader_refuses(file: Path) -> None:
    mistake = file.stem.partition("-")[2].removeprefix("site-").removeprefix("left-out-")
    fits = validator(kind(file)).is_valid(as_json(file))
    assert fits == (mistake in BEYOND_A_SCHEMA.split())


PRESET = {"id": "a", "title": "A", "partition": "p", "memory": "1G", "walltime": "1h"}
SITE = {"auth": {"method": "pam"}, "scheduler": {"type": "slurm"}}
values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just([]) | st.just({})
)


def accepted(load: Any, file: Path, value: object) -> bool:
    file.write_text(json.dumps(value))  # JSON is YAML
    try:
        load(file)
    except BadConfig:
        return False
    return True


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schema") / "one.yml"


@given(
    st.dictionaries(
        st.sampled_from(sorted(schema("profiles")["$defs"]["Preset"]["properties"])), values
    )
)
def test_the_schema_refuses_no_preset_that_loads(file: Path, change: dict[str, Any]) -> None:
    value = {"presets": [{**PRESET, **change}]}
    if accepted(check_profiles_file, file, value):
        assert validator("profiles").is_valid(value)


@given(st.sampled_from(["hub", "proxy", "branding", "user_script", "applications"]), values)
def test_the_schema_refuses_no_site_that_loads(file: Path, key: str, change: Any) -> None:
    value = {**SITE, key: change}
    if accepted(load_site, file, value):
        assert validator("site").is_valid(value)


@given(st.from_regex(r"[0-9.]{1,6} ?[KMGTkmgtP]?[iI]?[bB]?", fullmatch=True))
def test_the_pattern_of_memory_is_the_parsers(amount: str) -> None:
    definition = schema("profiles")["$defs"]["Preset"]["properties"]["memory"]
    assert_same(definition, amount, parse_memory)


@given(st.from_regex(r"([0-9.]{1,4}(d|h|m|min|s|:|-)?){1,4}", fullmatch=True))
def test_the_pattern_of_walltime_is_the_parsers(amount: str) -> None:
    definition = schema("profiles")["$defs"]["Preset"]["properties"]["walltime"]
    assert_same(definition, amount, parse_walltime)


def assert_same(definition: dict[str, Any], amount: str, parse: Any) -> None:
    fits = Draft202012Validator(definition).is_valid(amount)
    try:
        parse(amount)
    except ValueError as error:
        assert not fits or " at all — " in str(error)  # zero is a number of the right form
    else:
        assert fits


@pytest.mark.parametrize("name", MODELS)
def test_everything_is_described(name: str) -> None:
    found = schema(name)
    for title, model in {name: found, **found["$defs"]}.items():
        assert model["description"].strip(), title
        for key, value in model["properties"].items():
            assert value["description"].strip(), f"{title}.{key}"
            assert "\n" not in value["description"]


@pytest.mark.parametrize("name", MODELS)
def test_defaults_fit_their_own_schema(name: str) -> None:
    for model in (found := schema(name))["$defs"].values():
        for key, value in model["properties"].items():
            if "default" in value:
                rooted = {**value, "$defs": found["$defs"]}
                assert Draft202012Validator(rooted).is_valid(value["default"]), key


def test_every_model_is_a_file() -> None:
    assert all(issubclass(model, BaseModel) for model in MODELS.values())
    assert sorted(path.name for path in SCHEMAS.glob("*.json")) == [
        "kernels.schema.json",
        "profiles.schema.json",
        "site.schema.json",
    ]
