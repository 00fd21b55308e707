from pathlib import Path

import pytest

from hub_config.auth.passwords import parse
from hub_config.load import (
    check_profiles_file,
    load_profiles,
    load_site,
    profile_files,
    read_profiles,
)
from hub_config.model.site import Site
from hub_config.yaml12 import BadConfig
from tests.load.folders import ADVANCED, PRESETS, SITE, write

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's folder is where we are, so that messages have short names."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, site=SITE, presets=PRESETS, advanced=ADVANCED)
    return Path()


def problems(folder: Path, site: Site | None = None) -> list[str]:
    with pytest.raises(BadConfig) as bad:
        load_profiles(folder / "profiles.d", site)
    return [str(problem) for problem in bad.value.problems]


def test_a_good_site_loads(folder: Path) -> None:
    site = load_site(folder / "site.yml", parse)
    profiles = load_profiles(folder / "profiles.d", site)
    assert [preset.id for preset in profiles.presets] == ["shared-1"]
    assert profiles.advanced is not None
    assert list(profiles.advanced.partitions) == ["shared"]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_the_examples_load(name: str) -> None:
    site = load_site(EXAMPLES / name / "site.yml", parse)
    profiles = load_profiles(EXAMPLES / name / "profiles.d", site)
    assert profiles.presets or profiles.advanced


def test_the_demo_listens_on_this_machine_only() -> None:
    site = load_site(EXAMPLES / "local" / "site.yml")
    addresses = (site.hub.listen, site.proxy.listen, site.proxy.api)
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    assert site.scheduler.single_user_listen == "127.0.0.1"
    assert site.hub.data_dir == EXAMPLES.resolve() / "local" / "data"


def test_the_problems_of_all_files_are_told_at_once(folder: Path) -> None:
    write(folder, presets=PRESETS.replace("2560M", "2560"), advanced=ADVANCED.replace("48", "0"))
    write(folder, more="presets: [a")
    assert problems(folder) == [
        "profiles.d/advanced.yml:4:32  advanced.partitions.shared.cores.max: is 0"
        " — write 1 or more",
        "profiles.d/more.yml:1:10  has a bracket that is never closed — close it",
        'profiles.d/presets.yml:6:13  presets[shared-1].memory: "2560" has no unit'
        " — write 2560M or 2560G",
    ]


def test_problems_of_yaml_do_not_hide_those_of_values(folder: Path) -> None:
    write(folder, presets=PRESETS.replace("2560M", "2560").replace("cores: 1", "cores: !!int 1"))
    assert problems(folder) == [
        "profiles.d/presets.yml:5:12  presets[0].cores: has the tag !!int — remove it",
        'profiles.d/presets.yml:6:13  presets[shared-1].memory: "2560" has no unit'
        " — write 2560M or 2560G",
    ]


def test_a_broken_value_is_complained_of_once(folder: Path) -> None:
    write(folder, presets=PRESETS.replace("cores: 1", "cores: 010"))
    assert len(problems(folder)) == 1


def test_an_id_in_two_files(folder: Path) -> None:
    write(folder, more=PRESETS)
    assert problems(folder) == [
        'profiles.d/presets.yml:2:9  presets[shared-1].id: id "shared-1" stands in two places'
        " — keep one of them"
    ]


def test_one_thing_in_two_files(folder: Path) -> None:
    form = "preset_form:\n  fields: [account]\n"
    write(folder, presets=form + PRESETS, zone=form + ADVANCED + "  log_name: x\n")
    write(folder, advanced=ADVANCED + "  log_name: x\n")
    assert problems(folder) == [
        'profiles.d/zone.yml:2:3  preset_form: "preset_form" stands in two places'
        " — keep one of them",
        'profiles.d/zone.yml:6:7  advanced.partitions.shared: "shared" stands in two places'
        " — keep one of them",
        'profiles.d/zone.yml:9:13  advanced.log_name: "log_name" stands in two places'
        " — keep one of them",
    ]


def test_a_preset_beyond_the_partition_of_another_file(folder: Path) -> None:
    write(folder, presets=PRESETS.replace("cores: 1", "cores: 64"))
    assert problems(folder) == [
        "profiles.d/presets.yml:5:12  presets[shared-1].cores: 64 is over the maximum 48 of"
        " partition shared — lower it here or raise advanced.partitions.shared.cores.max"
    ]


def test_a_preset_of_a_partition_nobody_wrote(folder: Path) -> None:
    write(folder, presets=PRESETS.replace("partition: shared", "partition: share"))
    assert problems(folder) == [
        'profiles.d/presets.yml:4:16  presets[shared-1].partition: "share" is not among'
        ' advanced.partitions — did you mean "shared"? (or add it there)'
    ]


def test_a_partition_in_a_broken_file_is_not_missed(folder: Path) -> None:
    write(folder, advanced=ADVANCED.replace("48", "many"))
    assert problems(folder) == [
        'profiles.d/advanced.yml:4:32  advanced.partitions.shared.cores.max: is "many"'
        " — write a whole number"
    ]


def test_an_application_the_site_does_not_have(folder: Path) -> None:
    write(folder, presets=PRESETS + "    application: labb\n")
    site = load_site(folder / "site.yml")
    assert problems(folder, site) == [
        'profiles.d/presets.yml:8:18  presets[shared-1].application: "labb" is not among the'
        ' applications of site.yml — did you mean "lab"? (or add it there)'
    ]
    assert load_profiles(folder / "profiles.d", None).presets


def test_what_is_required_is_found_in_the_file_that_requires_it(folder: Path) -> None:
    write(folder, fields="advanced:\n  required:\n    - account\n")
    assert problems(folder) == [
        'profiles.d/fields.yml:3:7  advanced.required[0]: "account" is required but not among'
        " advanced.fields — add it there or remove it here"
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("empty", ""), ("comments", "# nothing\n"), ("null", "~\n")]
)
def test_an_empty_file_says_so(folder: Path, name: str, content: str) -> None:
    write(folder, **{name: content})
    assert problems(folder) == [
        f"profiles.d/{name}.yml:1:1  is empty — write presets or advanced, or remove the file"
    ]


def test_a_folder_without_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert problems(Path()) == [
        "profiles.d:1:1  cannot be listed (No such file or directory)"
        " — create this folder, readable for the hub"
    ]
    Path("profiles.d").mkdir()
    assert problems(Path()) == ["profiles.d:1:1  has no *.yml file — add one with presets"]


def test_a_folder_that_offers_nothing(folder: Path) -> None:
    (folder / "profiles.d" / "advanced.yml").unlink()
    write(folder, presets="presets: []\n")
    assert problems(folder) == [
        "profiles.d/presets.yml:1:1  has neither presets nor advanced"
        " — nobody could start anything: write one"
    ]


def test_left_overs_of_editors_are_no_profiles(folder: Path) -> None:
    profiles = folder / "profiles.d"
    for name in (
        ".presets.yml.swp",
        ".#presets.yml",
        ".presets.yml",
        "presets.yml~",
        "presets.bak",
    ):
        (profiles / name).write_text("not: [yaml")
    (profiles / "more.yaml").write_text(PRESETS.replace("shared-1", "shared-2"))
    assert [path.name for path in profile_files(profiles)] == [
        "advanced.yml",
        "more.yaml",
        "presets.yml",
    ]
    assert len(load_profiles(profiles, None).presets) == 2


def test_what_is_called_a_profile_and_is_none_is_a_problem(folder: Path) -> None:
    (folder / "profiles.d" / "folder.yml").mkdir()
    (folder / "profiles.d" / "gone.yml").symlink_to("nowhere")
    assert problems(folder) == [
        "profiles.d/folder.yml:1:1  cannot be read (Is a directory)"
        " — check the path and its permissions",
        "profiles.d/gone.yml:1:1  cannot be read (No such file or directory)"
        " — check the path and its permissions",
    ]


def test_one_file_alone_may_leave_its_partitions_to_others(folder: Path) -> None:
    write(folder, more=PRESETS.replace("partition: shared", "partition: gpu") + ADVANCED)
    assert check_profiles_file(folder / "profiles.d" / "more.yml").presets


def test_one_file_alone_keeps_to_its_own_partitions(folder: Path) -> None:
    write(folder, more=PRESETS.replace("cores: 1", "cores: 64") + ADVANCED)
    with pytest.raises(BadConfig, match="64 is over the maximum 48"):
        check_profiles_file(folder / "profiles.d" / "more.yml")


def test_the_origin_of_merged_values(folder: Path) -> None:
    write(folder, zone=PRESETS.replace("shared-1", "shared-2"))
    sources = read_profiles(folder / "profiles.d", None)
    document, path = sources.origin(("presets", 1, "memory"))
    assert (document.file, document.place(path)) == ("profiles.d/zone.yml", (6, 13))
    document, path = sources.origin(("advanced", "partitions", "shared", "cores", "max"))
    assert (document.file, document.place(path)) == ("profiles.d/advanced.yml", (4, 32))


PASSWORDS = "auth:\n  method: dictionary\n  passwords:\n    alice: {}\nscheduler: {{type: slurm}}\n"


def test_a_password_is_a_hash(folder: Path) -> None:
    write(folder, site=PASSWORDS.format("hunter2"))
    with pytest.raises(BadConfig) as bad:
        load_site(folder / "site.yml", parse)
    assert str(bad.value) == (
        "site.yml:4:12  auth.passwords.alice: is no password hash"
        " — run berth hash-password and copy what it prints"
    )
    assert load_site(folder / "site.yml").auth.method == "dictionary"


@pytest.mark.parametrize("written", ["12345678", "[hunter2]", "{a: hunter2}", "true", "~"])
def test_what_stands_for_a_password_is_never_quoted(folder: Path, written: str) -> None:
    write(folder, site=PASSWORDS.format(written))
    with pytest.raises(BadConfig) as bad:
        load_site(folder / "site.yml", parse)
    assert "hunter2" not in str(bad.value)
    assert "12345678" not in str(bad.value)
    assert "hunter2" not in repr(bad.value.__cause__)
