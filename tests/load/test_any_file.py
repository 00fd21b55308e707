"""Whatever is in a file: it is read, or BadConfig says where and why. Nothing else is raised."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub_config.load import check_profiles_file, load_site
from hub_config.yaml12 import BadConfig

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXTS = [path.read_text("utf-8") for path in sorted(EXAMPLES.rglob("*.yml"))]
LINE = re.compile(r".+:[1-9]\d*:[1-9]\d*  .* — .*")
many = settings(
    max_examples=300,
    deadline=None,  # the machine may be busy
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TOKENS: tuple[str, ...] = (
    ": ", ":", "-", "- ", "[", "]", "{", "}", ",", "#", "&a ", "*a", "!", "!!str ", "!!python/x ",
    "|\n", ">\n", "'", '"', "%", "@", "`", "---\n", "...\n", "? ", "<<: ", "\t", "\r", "\n",
    "\n\n  ", "  ", "\0", "\x1b", "\u2028", "\ufeff", "\\", "\\x", "~", "null", "true", "no", "0",
    "010", "-1", "1e999", "9" * 5000, ".nan", "1:00:00", "12h", "0G", "é", "\u0430", "<b>",
    "presets:", "id: x\n", "advanced:",
)  # fmt: skip


def look(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    loaders: tuple[Callable[[Path], object], ...] = (check_profiles_file, load_site)
    for load in loaders:
        try:
            load(file)
        except BadConfig as error:
            assert error.problems
            for line in str(error).split("\n"):
                assert LINE.fullmatch(line), ascii(line)
                assert line.isprintable()
                line.encode()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "any.yml"


@many
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"a: \xed\xa0\x80")
def test_any_bytes(file: Path, data: bytes) -> None:
    look(file, data)


@many
@given(st.text(max_size=300))
@example('a: "\\UFFFFFFFF"')
@example("? [a, b]\n: c")
@example("a: &a [*a]")
def test_any_text(file: Path, text: str) -> None:
    look(file, text.encode("utf-8", "surrogatepass"))


@many
@given(st.lists(st.sampled_from(TOKENS) | st.text(max_size=5), max_size=30))
def test_any_words_of_yaml(file: Path, words: list[str]) -> None:
    look(file, "".join(words).encode("utf-8", "surrogatepass"))


edits = st.tuples(
    st.floats(0, 1),
    st.integers(0, 30),
    st.sampled_from(TOKENS) | st.text(max_size=5),
)


@many
@given(st.sampled_from(TEXTS), st.lists(edits, min_size=1, max_size=4))
def test_any_mistake_in_a_good_file(
    file: Path, text: str, mistakes: list[tuple[float, int, str]]
) -> None:
    for where, length, new in mistakes:
        start = int(where * len(text))
        text = text[:start] + new + text[start + length :]
    look(file, text.encode("utf-8", "surrogatepass"))


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
keys = st.sampled_from(
    ["presets", "advanced", "preset_form", "fields", "required", "partitions", "id", "title",
     "memory", "walltime", "groups", "auth", "method", "passwords", "admins", "hub", "listen",
     "database", "applications", "branding", "links", "environment"]
)  # fmt: skip
json = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner), max_leaves=12
)


@many
@given(st.dictionaries(keys, json))
def test_any_values_at_known_keys(file: Path, value: dict[str, object]) -> None:
    look(file, flow(value).encode("utf-8", "surrogatepass"))


def flow(value: object) -> str:
    """Return *value* as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return "~" if value is None else str(value).lower()
