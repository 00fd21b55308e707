"""The form's HTML: two panes that post by themselves, kept values, errors at their fields."""

import json
from dataclasses import replace

import pytest

from tests.pages.drawing import User, example_offer
from tests.pages.markup import Element, Page, parse
from tests.pages.scenes import SCENES, spawn


def scene(name: str) -> Page:
    return parse(SCENES[name]())


def label(page: Page, control: str) -> str:
    return " ".join(page.one("label", for_=control).text.split())


def explained(page: Page, control: Element) -> list[str]:
    ids = control["aria-describedby"].split()
    return [" ".join(page.one(id=target).text.split()) for target in ids]


def test_the_nine_presets_of_the_example_in_their_order() -> None:
    page = scene("form")
    radios = page.all("input", type="radio", name="profile")
    assert [label(page, radio["id"]) for radio in radios] == [
        "2.5 GB memory, 1 core, shared, 12:00h",
        "5 GB memory, 2 cores, shared, 12:00h",
        "10 GB memory, 4 cores, shared, 12:00h",
        "64 GB memory, 24 cores, 1 node, compute, 8:00h",
        "5 GB memory, 1 core, prepost, 12:00h",
        "10 GB memory, 2 core, prepost, 12:00h",
        "20 GB memory, 4 core, prepost, 12:00h",
        "256 GB memory, 24 core, 1 node, prepost, 12:00h",
        "5 GB memory, 1 core, miklip, 12:00h",
    ]
    assert [radio["value"] for radio in radios if "checked" in radio.attributes] == ["shared-1"]
    assert [radio["value"] for radio in radios if "disabled" in radio.attributes] == ["miklip-1"]
    assert explained(page, radios[4]) == ["prepost 1 core 5 GB 12 h internet"]
    assert explained(page, radios[8]) == ["miklip 1 core 5 GB 12 h Locked: needs group miklip"]


def test_the_advanced_fields_of_the_example() -> None:
    page = scene("form of the advanced server")
    form = page.one("form", id="advanced-form")
    labels = [" ".join(e.text.split()) for e in page.within(form, "label")]
    assert labels == [
        "Account (--account) required",
        "Partition (--partition) required",
        "Reservation (--reservation)",
        "Time (hours) (--time) [0.17–12]",
        "Number of cores (--cpus-per-task) [1–48]",
        "Memory (GB) (--mem) [0.5–120]",
        "GPUs (--gres) [0]",
        "QoS (--qos)",
        "Log file name (--output)",
        "Request features/constraints (--constraint)",
        "User interface",
    ]
    assert "required" in page.one("select", id="advanced-account").attributes
    options = page.within(page.one("select", id="advanced-application"), "option")
    assert [option.text for option in options] == ["Jupyter Notebook", "JupyterLab", "Terminal"]


@pytest.mark.parametrize(
    ("name", "tabs", "active", "forms"),
    [
        ("form", 2, "preset", ["preset-form", "advanced-form"]),
        ("form of the advanced server", 2, "advanced", ["preset-form", "advanced-form"]),
        ("only presets", 0, "preset", ["preset-form"]),
        ("only advanced", 0, "advanced", ["advanced-form"]),
        ("nothing at all", 0, "", []),
    ],
)
def test_panes(name: str, tabs: int, active: str, forms: list[str]) -> None:
    page = scene(name)
    assert len(page.where(lambda e: e["id"].startswith("tab-"))) == tabs
    assert [form["id"] for form in page.all("form")] == forms
    shown = page.where(lambda e: e["class"].split() == ["berth-pane"])
    assert [pane["id"] for pane in shown] == ([f"pane-{active}"] if active else [])


def test_each_form_posts_for_itself() -> None:
    page = scene("form")
    for form in page.all("form"):
        assert form["action"] == "/hub/spawn/alice"
        assert [b.text.strip() for b in page.within(form, "button")] == ["Start"]
    hidden = [e for e in page.all("input", type="hidden") if e["name"] == "profile"]
    assert [e["value"] for e in hidden] == ["advanced"]


def test_whoever_may_start_nothing_reads_so() -> None:
    assert "nothing here that you may start" in scene("nothing at all").text


def test_where_all_presets_are_locked_start_is_too() -> None:
    presets = {k: replace(v, locked="needs group x") for k, v in example_offer().presets.items()}
    page = parse(spawn(offer=replace(example_offer(), presets=presets)))
    form = page.one("form", id="preset-form")
    assert "disabled" in page.within(form, "button")[0].attributes
    assert "None of these profiles is open to you." in form.text


def test_errors_stand_at_their_fields_and_above() -> None:
    page = scene("refused advanced form")
    cores = page.one("input", id="advanced-cores")
    assert (cores["value"], cores["aria-invalid"]) == ("72", "true")
    assert explained(page, cores)[0] == "Partition shared allows 1 to 48 here; you asked for 72."
    summary = page.one(role="alert", id="form-trouble")
    assert [(a["href"], a.text) for a in page.within(summary, "a")] == [
        (
            "#advanced-cores",
            "Number of cores: Partition shared allows 1 to 48 here; you asked for 72.",
        )
    ]
    assert "command is not open to choice here." in summary.text
    assert not page.where(lambda e: e["id"] == "preset-account" and "aria-invalid" in e.attributes)


def test_an_error_with_the_profile_stands_at_the_cards() -> None:
    page = scene("refused preset form")
    assert explained(page, page.one("fieldset", id="preset-profile")) == ["No such."]


def test_a_form_without_errors_has_no_alert() -> None:
    assert not scene("form").all(role="alert")


def test_the_schedulers_words_keep_their_lines() -> None:
    alert = scene("scheduler's refusal").one("p", class_="spawn-error-msg berth-words mb-0")
    assert alert.text == "sbatch: error: first\nsbatch: error: second"


def test_an_admin_reads_for_whom_they_start() -> None:
    assert "You start this server for alice." in parse(spawn(user=User("root2"))).text
    assert "You start this server for" not in scene("form").text


def test_the_limits_of_all_partitions_can_be_read_without_a_script() -> None:
    page = scene("form")
    rows = page.within(page.one("details", class_="berth-limits"), "tr")
    cells = [[c.text for c in page.within(row) if c.tag in ("td", "th")] for row in rows]
    assert cells[1] == ["Shared", "1–48", "0.5–120", "0.17–12", "0", "64G, 256G", "no"]
    assert [row[0] for row in cells[1:]] == ["Shared", "Prepost", "Compute (whole nodes)", "GPU"]


def test_what_the_script_reads() -> None:
    page = scene("form")
    limits = json.loads(page.one("form", id="advanced-form")["data-limits"])
    assert limits["gpu"]["gpus"] == {"min": "0", "max": "4", "default": "1", "range": "[0–4]"}
    values = json.loads(page.one("input", id="profile-4")["data-values"])
    assert (values["partition"], values["cores"], values["memory"]) == ("compute", "24", "64")
    assert [s["src"] for s in page.all("script") if "berth" in s["src"]] == [
        "/hub/berth/static/berth.js?v=1.2.3"
    ]
