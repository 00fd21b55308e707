from typing import Any

from hub_config.model.merge import Merged, Twice, merge
from hub_config.model.profiles import Profiles


def preset(name: str, **more: Any) -> dict[str, Any]:
    plain = {"title": "x", "partition": "shared", "memory": "1G", "walltime": "1h"}
    return {"id": name, **plain, **more}


def merged(*parts: dict[str, Any]) -> Merged:
    return merge([Profiles.model_validate(part) for part in parts])


def test_nothing_is_nothing() -> None:
    assert merged() == Merged(Profiles(), (), ())


def test_presets_add_up_in_their_order() -> None:
    found = merged({"presets": (preset("b"), preset("a"))}, {}, {"presets": (preset("c"),)})
    assert [made.id for made in found.profiles.presets] == ["b", "a", "c"]
    assert found.origins == ((0, 0), (0, 1), (2, 0))
    assert found.twice == ()


def test_of_presets_with_one_id_the_first_is_kept() -> None:
    found = merged(
        {"presets": (preset("a", cores=1), preset("b"))}, {"presets": (preset("a", cores=2),)}
    )
    assert [made.cores for made in found.profiles.presets] == [1, 1]
    assert found.twice == (Twice(1, ("presets", 0, "id"), 'id "a"'),)


def test_partitions_add_up_in_their_order() -> None:
    found = merged(
        {"advanced": {"partitions": {"b": {}}}}, {"advanced": {"partitions": {"a": {}, "c": {}}}}
    )
    assert found.profiles.advanced is not None
    assert list(found.profiles.advanced.partitions) == ["b", "a", "c"]
    assert found.twice == ()


def test_the_keys_of_advanced_may_stand_in_different_files() -> None:
    found = merged(
        {"advanced": {"partitions": {"a": {}}}},
        {"advanced": {"fields": ("partition", "account"), "log_name": "x"}},
        {"advanced": {"required": ("account",)}},
    )
    advanced = found.profiles.advanced
    assert advanced is not None
    assert (advanced.fields, advanced.log_name) == (("partition", "account"), "x")
    assert advanced.required == ("account",)
    assert found.twice == ()


def test_what_stands_in_two_files_is_the_first_and_told() -> None:
    found = merged(
        {"advanced": {"log_name": "x", "partitions": {"a": {"internet": True}}}, "preset_form": {}},
        {
            "advanced": {"log_name": "y", "partitions": {"a": {"internet": False}}},
            "preset_form": {},
        },
    )
    advanced = found.profiles.advanced
    assert advanced is not None
    assert (advanced.log_name, advanced.partitions["a"].internet) == ("x", True)
    assert [(again.part, again.path) for again in found.twice] == [
        (1, ("preset_form",)),
        (1, ("advanced", "log_name")),
        (1, ("advanced", "partitions", "a")),
    ]
