"""kernels.yml: what it may say, and how mistakes are told."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_config.cli import main
from hub_config.kernels.presence import absence
from hub_config.kernels.spec import argv, files
from hub_config.load import load_kernels
from hub_config.model.kernels import Kernel
from hub_config.yaml12 import BadConfig

ROOT = Path(__file__).parents[2]
Declare = Callable[[str], Path]


def one(declare: Declare, text: str) -> Kernel:
    (kernel,) = load_kernels(declare(f"  - {{id: one, {text}}}\n")).kernels
    return kernel


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("language: python", "Python"),
        ("language: bash", "Bash"),
        ("language: python, modules: [python/3.11.4]", "Python 3.11 (module python/3.11.4)"),
        ("language: python, modules: [gcc, python3/3.9]", "Python 3.9 (module gcc, python3/3.9)"),
        ("language: python, modules: [python3/unstable]", "Python (module python3/unstable)"),
        ("language: R, modules: [sw/R/4.2.2-gcc]", "R 4.2 (module sw/R/4.2.2-gcc)"),
        ("language: R, modules: [r/4]", "R 4 (module r/4)"),
        ("language: R, modules: [ruby/3.1]", "R (module ruby/3.1)"),
        ("language: python, venv: /sw/envs/climate/", "Python (venv climate)"),
        ("language: python, conda: /sw/envs/ocean", "Python (conda ocean)"),
        ("language: bash, container: {image: /i/a.sif}", "Bash (container a.sif)"),
        ("language: octave, script: /sw/start", "octave"),
        ("language: python, display_name: Mein Python", "Mein Python"),
    ],
)  # fmt: skip
def test_the_title_says_where_it_is_from(declare: Declare, text: str, title: str) -> None:
    assert one(declare, text).title == title


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("language: python", "python3 -m ipykernel_launcher -f {connection_file}"),
        ("language: bash", "python3 -m bash_kernel -f {connection_file}"),
        ("language: R", "R --slave -e IRkernel::main() --args {connection_file}"),
        ("language: python, venv: /e", "/e/bin/python -m ipykernel_launcher -f {connection_file}"),
        ("language: bash, conda: /e", "/e/bin/python -m bash_kernel -f {connection_file}"),
        ("language: R, conda: /e", "R --slave -e IRkernel::main() --args {connection_file}"),
        ("language: python, python: py2", "py2 -m ipykernel_launcher -f {connection_file}"),
        ("language: tcl, script: /s/t", "/s/t {connection_file}"),
        ("language: C++, command: [xcpp, '-f{connection_file}']", "xcpp -f{connection_file}"),
        (
            "language: python, container: {image: i.sif}",
            "apptainer exec i.sif python3 -m ipykernel_launcher -f {connection_file}",
        ),
        (
            "language: R, container: {image: i, runtime: [podman, run]}",
            "podman run i R --slave -e IRkernel::main() --args {connection_file}",
        ),
    ],
)  # fmt: skip
def test_what_starts_it(declare: Declare, text: str, words: str) -> None:
    assert " ".join(argv(one(declare, text))) == words


@pytest.mark.parametrize(
    ("text", "takes_keys"),
    [
        ("language: python", True),
        ("language: bash", True),
        ("language: R", False),
        ("language: python, modules: [python/3.11]", False),
        ("language: python, venv: /e", False),
        ("language: python, venv: /e, encrypted: true", True),
        ("language: python, script: /s", False),
    ],
)
def test_only_kernels_that_take_keys_get_some(
    declare: Declare, text: str, takes_keys: bool
) -> None:
    spec = json.loads(files(one(declare, text))["kernel.json"])
    assert spec["metadata"].get("supported_encryption") == (["curve"] if takes_keys else None)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("id: X, language: python", '2:10  kernels[X].id: "X" cannot be used here — write small'),
        ("id: ../x, language: python", '"../x" cannot be used here — write small letters'),
        ("id: x", 'key "language" is missing — add it'),
        ("id: x, language: python, module: a", 'unknown key "module" — did you mean "modules"?'),
        ("id: x, language: python, modules: [-v]", '"-v" cannot be used here — write it as after'),
        ("id: x, language: python, modules: ['a b']", '"a b" cannot be used here'),
        ("id: x, language: python, modules: ['a;b']", '"a;b" cannot be used here'),
        ("id: x, language: python, modules: [a, a]", '"a" stands twice — keep one'),
        ("id: x, language: python, venv: sw/env", "write an absolute path, without { and }"),
        ("id: x, language: python, venv: '/a{prefix}'", "write an absolute path, without { and }"),
        ("id: x, language: python, conda: ~/env", "write an absolute path"),
        ("id: x, language: python, conda: /a, venv: /b", "has venv and conda — keep one of them"),
        ("id: x, language: tcl, script: /a, command: [b]", "has script and command — keep one"),
        ("id: x, language: R, python: python3", "has python for a kernel of R — write command"),
        ("id: x, language: julia", 'does not say what starts "julia" — add command or script'),
        ("id: x, language: tcl, command: [tclsh]", 'a command without "{connection_file}"'),
        ("id: x, language: python, env: {A-B: c}", '"A-B" cannot be used here — write letters'),
        ("id: x, language: python, env: {A: 1}", "put it in quotes if it is meant as a text"),
        ("id: x, language: python, env: {JUPYTERHUB_API_TOKEN: x}", "JPY_… are the hub's"),
        ("id: x, language: python, requires: [sw]", "write an absolute path"),
        ("id: x, language: python, container: {image: a, runtime: []}", "at least 1 of them"),
        ("id: x, language: python, seen_from_hub: no", 'is "no" — write true or false'),
        ("id: x, language: python, python: bin/python", "write the name of a program, or an abs"),
        ("id: x, language: python, display_name: ''", "is empty or has several lines"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_cure(declare: Declare, text: str, seen: str) -> None:
    with pytest.raises(BadConfig) as error:
        load_kernels(declare(f"  - {{{text}}}\n"))
    (problem,) = error.value.problems
    assert seen in str(problem)
    assert problem.line == 2


def test_an_id_stands_once(declare: Declare) -> None:
    file = declare("  - {id: a, language: R}\n  - {id: b, language: R}\n  - {id: a, language: R}\n")
    with pytest.raises(BadConfig) as error:
        load_kernels(file)
    assert str(error.value) == f'{file}:4:10  kernels[a].id: "a" stands twice — keep one of them'


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("language: python", ""),
        ("language: python, venv: /no/env", "/no/env does not exist here"),
        ("language: python, conda: /no/env", "/no/env does not exist here"),
        ("language: python, python: /no/python3", "/no/python3 does not exist here"),
        ("language: tcl, script: /no/start.sh", "/no/start.sh does not exist here"),
        ("language: tcl, script: /bin/sh", ""),
        ("language: julia, command: [/no/julia, '{connection_file}']", "/no/julia does not exist"),
        ("language: tcl, command: [no-tcl, '{connection_file}']", "no-tcl is not among"),
        ("language: tcl, command: [no-tcl, '{connection_file}'], modules: [tcl/8]", ""),
        ("language: python, requires: [/etc, /no/licence]", "/no/licence does not exist here"),
        ("language: python, requires: [/no/licence], seen_from_hub: false", ""),
        ("language: python, container: {image: /no/a.sif, runtime: [sh]}", "/no/a.sif does not"),
        ("language: python, container: {image: /etc/passwd, runtime: [no-rt]}", "no-rt is not"),
        ("language: python, container: {image: 'docker://a', runtime: [sh]}", ""),
        ("language: tcl, script: /in/image, container: {image: a, runtime: [sh]}", ""),
    ],
)  # fmt: skip
def test_what_is_absent_is_said(declare: Declare, text: str, missing: str) -> None:
    found = absence(one(declare, text))
    assert found.startswith(missing) if missing else found == ""


def test_the_check_lists_what_is_there_and_what_is_not(
    declare: Declare, capsys: pytest.CaptureFixture[str]
) -> None:
    file = declare(
        "  - {id: py, language: python}\n"
        "  - {id: julia, language: julia, command: [/no/julia, '{connection_file}']}\n"
    )
    assert main(["kernels", "check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "py     Python",
        "julia  Julia  (absent: /no/julia does not exist here)",
        "absent kernels are not installed — install their software here, take them out,"
        " or write seen_from_hub: false where only the nodes have it",
        f"{file}: ok — 2 kernels, 1 absent here",
    ]


def test_problems_end_the_check(declare: Declare, capsys: pytest.CaptureFixture[str]) -> None:
    file = declare("  - {id: py, language: pyton}\n")
    assert main(["kernels", "check", str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:2:5  kernels[py]: does not say what starts")


@pytest.mark.parametrize("name", ["kernels.yml", "ansible-tmp-1234-source"])
def test_berth_check_knows_the_file(
    declare: Declare, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = declare("  - {id: py, language: python}\n")
    file = file.rename(file.with_name(name))
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: ok — 1 kernel\n"


def test_berth_check_reads_it_with_the_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    (site / "profiles.d").mkdir(parents=True)
    for name in ("site.yml", "kernels.yml", *map(str, profiles())):
        (site / name).write_text((ROOT / "examples/dkrz" / name).read_text())
    assert main(["check", str(site)]) == 0
    assert capsys.readouterr().out.endswith(", 9 kernels\n")
    (site / "kernels.yml").write_text("kernels: [{id: x}]\n")
    (site / "site.yml").write_text("auth: {method: pam}\n")
    assert main(["check", str(site)]) == 1
    told = capsys.readouterr().out
    assert "site.yml" in told
    assert 'kernels[x]: key "language" is missing' in told


def profiles() -> list[Path]:
    folder = ROOT / "examples/dkrz"
    return [path.relative_to(folder) for path in (folder / "profiles.d").glob("*.yml")]


def test_the_examples_declare_what_is_absent(capsys: pytest.CaptureFixture[str]) -> None:
    for site in ("dkrz", "local"):
        assert main(["kernels", "check", str(ROOT / "examples" / site / "kernels.yml")]) == 0
        assert "julia" in capsys.readouterr().out
