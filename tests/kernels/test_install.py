"""berth kernels install: the folder becomes what is declared, and nothing else is touched."""

import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_config.cli import main
from tests.kernels.people import Person, environment_in

Declare = Callable[[str], Path]
PYTHON = "  - {id: py, language: python, requires: [/etc]}\n"
R = "  - {id: r, language: R, seen_from_hub: false}\n"


@pytest.fixture
def folder(alice: Person) -> Path:
    """Where the centre's kernels come to be."""
    return alice.centre / "share/jupyter/kernels"


@pytest.fixture
def install(
    alice: Person, capsys: pytest.CaptureFixture[str]
) -> Callable[[Path], tuple[int, list[str]]]:
    """Install a kernels.yml; the exit code and what was printed."""

    def run(file: Path) -> tuple[int, list[str]]:
        code = main(["kernels", "install", str(file), "--to", str(alice.centre)])
        return code, capsys.readouterr().out.splitlines()

    return run


Install = Callable[[Path], tuple[int, list[str]]]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_second_time_changes_nothing(declare: Declare, install: Install, folder: Path) -> None:
    file = declare(PYTHON + R)
    assert install(file) == (
        0,
        ["py: installed", "r: installed", f"changed: 2 of the kernels in {folder}"],
    )
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert install(file) == (0, [f"unchanged: all of the kernels in {folder}"])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_only_what_differs_changes(declare: Declare, install: Install, folder: Path) -> None:
    install(declare(PYTHON + R))
    code, lines = install(declare(PYTHON.replace("/etc", "/usr") + R))
    assert (code, lines[:-1]) == (0, ["py: changed"])
    assert "/usr" in (folder / "py/start.sh").read_text()


def test_a_start_script_goes_when_there_is_nothing_to_make(
    declare: Declare, install: Install, folder: Path
) -> None:
    install(declare(PYTHON))
    install(declare("  - {id: py, language: python}\n"))
    assert sorted(everything(folder)) == ["py/kernel.json"]
    spec = json.loads((folder / "py/kernel.json").read_text())
    assert spec["argv"][0] == "python3"


def test_what_is_declared_no_more_goes(declare: Declare, install: Install, folder: Path) -> None:
    install(declare(PYTHON + R))
    assert install(declare(PYTHON))[1][:-1] == ["r: removed"]
    assert [path.name for path in folder.iterdir()] == ["py"]
    install(declare("    []\n"))
    assert list(folder.iterdir()) == []


def test_what_became_absent_goes(
    declare: Declare, install: Install, folder: Path, tmp_path: Path
) -> None:
    licence = tmp_path / "licence"
    licence.touch()
    file = declare(f"  - {{id: py, language: python, requires: [{licence}]}}\n")
    install(file)
    licence.unlink()
    code, lines = install(file)
    assert code == 0
    assert lines[0] == f"py: absent, {licence} does not exist here"
    assert "py: removed" in lines
    assert list(folder.iterdir()) == []


def test_kernels_of_others_stay(declare: Declare, install: Install, folder: Path) -> None:
    install(declare(PYTHON))
    for name, text in {
        "byhand": "{}",
        "broken": "{",
        "listed": "[]",
        "odd": '{"metadata": 3}',
    }.items():
        (folder / name).mkdir()
        (folder / name / "kernel.json").write_text(text)
    (folder / "notes.txt").write_text("read me")
    before = everything(folder)
    assert install(declare(R))[0] == 0
    assert everything(folder).items() >= {k: v for k, v in before.items() if k[:2] != "py"}.items()
    assert not (folder / "py").exists()


@pytest.mark.parametrize("kind", ["folder", "link", "file"])
def test_a_name_that_somebody_else_has_is_refused(
    declare: Declare, install: Install, folder: Path, tmp_path: Path, kind: str
) -> None:
    folder.mkdir(parents=True)
    target = tmp_path / "target"
    target.mkdir()
    (target / "kernel.json").write_text(
        '{"metadata": {"berth": {"made_by": "berth kernels install"}}}'
    )
    match kind:
        case "folder":
            (folder / "r").mkdir()
            (folder / "r/kernel.json").write_text("{}")
        case "link":
            (folder / "r").symlink_to(target)
        case "file":
            (folder / "r").touch()
    before = everything(folder), everything(target)
    code, lines = install(declare(PYTHON + R))
    assert code == 1
    assert lines[-1].startswith(f"{folder}/r is not of berth kernels install — move it away")
    assert (everything(folder), everything(target)) == before


def test_what_a_killed_installation_left_is_finished(
    declare: Declare, install: Install, folder: Path
) -> None:
    (folder / "py").mkdir(parents=True)
    (folder / "py/start.sh").write_text("half")
    (folder / "py/.tmpabc").write_text("half")
    assert install(declare(PYTHON)) == (
        0,
        ["py: changed", f"changed: 1 of the kernels in {folder}"],
    )
    assert sorted(everything(folder)) == ["py/kernel.json", "py/start.sh"]


def test_everybody_can_read_it_whatever_the_umask(
    declare: Declare, install: Install, alice: Person
) -> None:
    before = os.umask(0o077)
    try:
        install(declare(PYTHON))
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in alice.centre.rglob("*")}
    assert set(modes.values()) == {0o755, 0o644}
    assert all(mode == (0o755 if path.is_dir() else 0o644) for path, mode in modes.items())


def test_a_folder_that_cannot_be_written_is_told(
    declare: Declare, install: Install, alice: Person
) -> None:
    alice.centre.write_text("a file")
    code, lines = install(declare(R))
    assert code == 1
    assert "Not a directory — run this as the user who may write there" in lines[-1]


def test_problems_of_the_file_change_nothing(
    declare: Declare, install: Install, folder: Path
) -> None:
    install(declare(PYTHON))
    before = everything(folder)
    code, lines = install(declare(R + "  - {id: x}\n"))
    assert code == 1
    assert 'key "language" is missing' in lines[0]
    assert everything(folder) == before


def test_nobody_ever_reads_half_a_kernel(declare: Declare, install: Install, folder: Path) -> None:
    install(declare(PYTHON))
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                spec = json.loads((folder / "py/kernel.json").read_text())
                script = (folder / "py/start.sh").read_text()
                if spec["argv"][0] != "/bin/bash" or not script.endswith('exec "${kernel[@]}"\n'):
                    seen.append(script)
            except (OSError, ValueError) as error:
                seen.append(repr(error))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for number in range(50):
            install(declare(PYTHON.replace("/etc", "/usr" if number % 2 else "/var")))
    finally:
        done.set()
        thread.join()
    assert seen == []


HOSTILE = 'it\'s "a" $(touch pwned) `id`; two && more'


def test_hostile_paths_and_values_are_only_text(
    declare: Declare, install: Install, alice: Person
) -> None:
    environment = environment_in(alice.home / HOSTILE)
    quoted = json.dumps(str(environment))  # a JSON text is a YAML text
    value = json.dumps(HOSTILE.replace("$", "$$"))
    file = declare(
        f"  - {{id: odd, language: python, venv: {quoted}, requires: [{quoted}],"
        f" env: {{ODD: {value}}}, display_name: {json.dumps(HOSTILE)}}}\n"
    )
    assert install(file)[0] == 0
    ran = alice.cell("odd", "import os, sys; print(sys.prefix); print(os.environ['ODD'])")
    assert ran.text == f"{environment}\n{HOSTILE}\n"
    assert not list(alice.home.rglob("pwned"))
    assert f"odd      system  {HOSTILE}\n" in alice.berth_kernel("list").text


def test_env_takes_over_from_the_server(declare: Declare, install: Install, alice: Person) -> None:
    install(declare("  - {id: py, language: python, env: {A: '$HOME/a', PYTHONPATH: /b}}\n"))
    ran = alice.cell("py", "import os; print(os.environ['A'], os.environ['PYTHONPATH'])")
    assert ran.text == f"{alice.home}/a /b\n"
