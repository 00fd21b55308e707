"""`berth check` on whatever it is pointed at. What single files hold is tested in tests/load."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub_config.cli import main
from tests.load.folders import ADVANCED, PRESETS, SITE, write
from tests.load.nobody import as_nobody

EXAMPLES = Path(__file__).parents[2] / "examples"
BERTH = Path(sys.executable).with_name("berth")
LINE = re.compile(r".+:[1-9]\d*:[1-9]\d*  .* — .*")


@pytest.fixture
def folder(readable_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good site, in the folder where we are."""
    monkeypatch.chdir(readable_folder)
    write(readable_folder, site=SITE, presets=PRESETS, advanced=ADVANCED)
    return readable_folder


def check(path: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["check", str(path)])
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines
    if code:
        assert all(LINE.fullmatch(line) for line in lines)
    return code, lines


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("dkrz", "slurm, pam, 3 applications, 9 presets, 5 partitions, 9 kernels, 3 announcements"),
        ("dkrz/site.yml", "slurm, pam, 3 applications"),
        ("dkrz/profiles.d", "9 presets, 5 partitions"),
        ("dkrz/profiles.d/presets.yml", "9 presets, 0 partitions"),
        ("dkrz/profiles.d/advanced.yml", "0 presets, 5 partitions"),
        ("sharc", "gridengine, pam, 2 applications, 0 presets, 4 partitions, 2 announcements"),
        (
            "local",
            "local, dictionary, 3 applications, 3 presets, 1 partition, 2 kernels, 2 announcements",
        ),
    ],
)
def test_the_examples_are_good(path: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(EXAMPLES / path, capsys) == (0, [f"{EXAMPLES / path}: ok — {line}"])


def test_every_example_is_tested_above() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == ["dkrz", "local", "sharc"]


def test_a_site_with_mistakes_everywhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, site=SITE + "colour: red\n", presets=PRESETS.replace("2560M", "2560"))
    assert check(".", capsys) == (
        1,
        [
            'site.yml:5:1                 unknown key "colour" — known here: accounts,'
            " announcements, applications, auth, branding, hub, proxy, scheduler, services,"
            " single_user, usage, user_script",
            'profiles.d/presets.yml:6:13  presets[shared-1].memory: "2560" has no unit'
            " — write 2560M or 2560G",
        ],
    )


def test_a_broken_announcement_is_told_beside_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "announcements.d").mkdir()
    (folder / "announcements.d" / "note.md").write_text("---\nseverity: bad\n---\nx")
    write(folder, presets=PRESETS.replace("2560M", "2560"))
    code, lines = check(".", capsys)
    assert code == 1
    places = ["profiles.d/presets.yml:6:13", "announcements.d/note.md:2:11"]
    assert [line.split()[0] for line in lines] == places


def test_the_example_of_the_manual(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# profiles.d/shared.yml\n" + PRESETS.replace("2560M", "2560")
    write(folder, presets="presets: []", shared=text.replace("partition:", "partiton:"))
    code, lines = check(".", capsys)
    assert code == 1
    assert lines == [
        'profiles.d/shared.yml:5:5   presets[shared-1]: unknown key "partiton"'
        ' — did you mean "partition"?',
        'profiles.d/shared.yml:7:13  presets[shared-1].memory: "2560" has no unit'
        " — write 2560M or 2560G",
    ]
    assert "\n".join(lines) in (EXAMPLES.parent / "docs" / "profiles.md").read_text("utf-8")


def test_a_good_site_with_bad_profiles(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, presets=PRESETS + "    application: rstudio\n")
    code, [line] = check(".", capsys)
    assert code == 1
    assert '"rstudio" is not among the applications of site.yml' in line


def test_a_folder_of_profiles_knows_the_site_beside_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, presets=PRESETS + "    application: rstudio\n")
    code, [line] = check("profiles.d", capsys)
    assert code == 1
    assert line.startswith("profiles.d/presets.yml:8:18  presets[shared-1].application: ")
    (folder / "site.yml").unlink()
    assert check("profiles.d", capsys)[0] == 0


@pytest.mark.parametrize("name", ["source", ".source-tmp", "presets.yml", "x.bak"])
def test_a_file_may_have_any_name(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ansible's `validate:` has the new file in a place and under a name of its own."""
    (folder / name).write_text(PRESETS)
    assert check(name, capsys) == (0, [f"{name}: ok — 1 preset, 0 partitions"])
    (folder / name).write_text(SITE)
    assert check(name, capsys) == (0, [f"{name}: ok — slurm, pam, 1 application"])


def test_a_file_called_site_is_a_site(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, site=PRESETS)
    code, lines = check("site.yml", capsys)
    assert code == 1
    assert "unknown key" in "".join(lines)


def test_passwords_are_hashes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, site=SITE.replace("pam", "dictionary\n  passwords: {alice: hunter2}"))
    code, lines = check("site.yml", capsys)
    assert code == 1
    assert "hunter2" not in "".join(lines)
    assert "run berth hash-password" in "".join(lines)


@pytest.mark.parametrize(
    "path",
    [
        "missing", "missing/site.yml", "site.yml/x", "empty", "pipe", "loop", "gone", "binary",
        "large", "a" * 300, "", "/dev/null", "/dev/zero", "/proc/self/mem",
    ],
)  # fmt: skip
def test_what_is_no_configuration(
    path: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "gone").symlink_to("nowhere")
    (folder / "binary").write_bytes(bytes(range(256)) * 100)
    (folder / "large").write_bytes(b"presets: []\n" * 440_000)
    if path == "":
        write(folder, site="- no")
    assert check(path, capsys)[0] == 1


@pytest.mark.parametrize("path", [".", "site.yml", "profiles.d", "profiles.d/presets.yml"])
def test_what_may_not_be_read(path: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for closed in (
        folder / "profiles.d" / "presets.yml",
        folder / "profiles.d",
        folder / "site.yml",
    ):
        closed.chmod(0)
    with as_nobody():
        code, lines = check(path, capsys)
    (folder / "profiles.d").chmod(0o755)
    assert code == 1
    assert "Permission denied" in lines[0]


@pytest.mark.parametrize(
    "name", [b"a\nb.yml", b"\x1b[31m.yml", b"\xff\xfe.yml", "Für.yml".encode()]
)
def test_names_of_files_are_shown_on_one_line(name: bytes, folder: Path) -> None:
    """In a process of its own, in a locale that has only ASCII."""
    (folder / os.fsdecode(name)).write_text("presets: [")
    done = subprocess.run(
        [BERTH, "check", name],
        capture_output=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.count(b"\n") == 1
    assert b"\x1b" not in done.stdout
    assert done.stdout.isascii()


def test_a_check_does_not_import_jupyterhub(folder: Path) -> None:
    code = (
        "import sys; from hub_config.cli import main; main(['check', '.'])\n"
        "print(sorted({'jupyterhub', 'tornado', 'sqlalchemy', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
