"""What a role promises: defaults, argument_specs, README, its place in the play."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.ansible.plays import ANSIBLE, ansible, plugin

ROLES = sorted(path.parent.parent for path in ANSIBLE.glob("roles/*/meta/argument_specs.yml"))
NAMES = [role.name for role in ROLES]


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def options(role: Path) -> dict[str, Any]:
    spec = load(role / "meta/argument_specs.yml")["argument_specs"]["main"]
    return dict(spec["options"])


def defaults(role: Path) -> dict[str, Any]:
    file = role / "defaults/main.yml"
    return (load(file) or {}) if file.exists() else {}


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_defaults_are_what_the_specs_promise(role: Path) -> None:
    promised = {name: option["default"] for name, option in options(role).items()}
    assert defaults(role) == promised


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_every_variable_is_ours_typed_and_told(role: Path) -> None:
    for name, option in options(role).items():
        assert name.startswith("berth_")
        assert option["type"] in ("str", "path", "int", "bool", "list")
        assert len(str(option["description"])) > 20, name
        assert "elements" in option or option["type"] != "list", name


def test_no_variable_belongs_to_two_roles() -> None:
    names = [name for role in ROLES for name in options(role)]
    assert len(names) == len(set(names)) > 15
    assert plugin("filter_plugins/berth.py").variables(str(ANSIBLE / "roles")) == sorted(names)


def test_every_role_is_played_and_there() -> None:
    (play,) = load(ANSIBLE / "site.yml")
    played = [entry["role"] for entry in play["roles"]]
    folders = sorted(path.name for path in (ANSIBLE / "roles").iterdir())
    assert sorted(played) == folders == NAMES
    assert played[:2] == ["preflight", "release"]


def test_every_role_but_the_first_has_its_tag() -> None:
    (play,) = load(ANSIBLE / "site.yml")
    tags = {entry["role"]: entry.get("tags", []) for entry in play["roles"]}
    assert tags.pop("preflight") == ["always"]
    assert tags == {role: [role] for role in tags}


def test_the_readmes_are_those_of_the_specs() -> None:
    done = ansible("python", "scripts/role-readmes", "--check")
    assert done.returncode == 0, f"run .venv/bin/python scripts/role-readmes\n{done.stdout}"


@pytest.mark.parametrize("role", ROLES, ids=NAMES)
def test_every_template_is_used_and_goes_through_rendered(role: Path) -> None:
    text = "".join(path.read_text() for path in role.glob("tasks/*.yml"))
    text += "".join(path.read_text() for path in role.glob("vars/*.yml"))
    assert "ansible.builtin.template" not in text
    for template in role.glob("templates/*.j2"):
        named = template.name in text or template.name.removesuffix(".j2") in text
        assert named, f"nothing renders {template}"


def test_nothing_but_builtin_modules_is_needed() -> None:
    for path in ANSIBLE.glob("roles/*/*/*.yml"):
        assert "community." not in path.read_text(), path
        assert "ansible.posix" not in path.read_text(), path
    assert not (ANSIBLE / "requirements.yml").exists()


def test_every_family_has_the_same_package_lists() -> None:
    for role in ROLES:
        families = {path.stem: set(load(path)) for path in role.glob("vars/[A-Z]*.yml")}
        assert families in ({}, dict.fromkeys(("Debian", "RedHat"), families.get("Debian")))
