"""The form's HTML: two panes that post by themselves, kept values, errors at their fields."""

import json
from dataclasses import replace

import pytest

from hub_config.form.table import MOST_ROWS
from hub_config.said import given
from tests.pages.drawing import User, example_offer, speaking
from tests.pages.large import PARTITIONS, large_offer
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
        buttons = page.within(form, "button")
        assert [b.text.strip() for b in buttons if b["type"] == "submit"] == ["Start"]
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


def cells(page: Page) -> list[list[str]]:
    rows = page.within(page.one("details", class_="berth-limits"), "tr")
    return [[c.text for c in page.within(row) if c.tag in ("td", "th")] for row in rows]


def test_the_limits_of_all_partitions_can_be_read_without_a_script() -> None:
    rows = cells(scene("form"))
    unknown = ["–"] * 4
    assert rows[1] == [
        "Shared", *unknown, "1–48", "0.5–120", "0.17–12", "0", "64G, 256G", "no",
    ]  # fmt: skip
    assert [row[0] for row in rows[1:]] == ["Shared", "Prepost", "Compute (whole nodes)", "GPU"]


def test_so_can_how_full_they_are() -> None:
    page = scene("form of a busy cluster")
    shared, prepost, compute, gpu = (row[:5] for row in cells(page)[1:])
    assert shared[0].startswith("SharedMaintenance from ")
    assert prepost == ["Prepost", "0/10", "12/480", "–", "17"]
    assert compute[0] == "Compute (whole nodes)Closed (drain)."
    assert gpu == ["GPU", "3/10", "150/480", "a100: 4/40", "1"]
    assert page.one("p", class_="berth-age").text.startswith("As of ")
    silent = scene("form of a silent cluster")
    assert "has not answered since" in silent.one("p", class_="berth-age").text


def test_cards_say_how_soon_they_would_start() -> None:
    page = scene("form of a busy cluster")
    hints = [e.text for e in page.where(lambda e: e["class"] == "berth-hint")]
    assert hints[0].startswith("too long before the maintenance at ")
    assert hints[3:] == ["closed", *["17 jobs wait"] * 4]
    quiet = page.where(lambda e: e["class"] == "berth-hint" and not e["data-hint"])
    assert quiet == []


def test_maintenance_is_told_without_a_script() -> None:
    warning = scene("form before a maintenance").one(id="crossing")
    assert "hidden" not in warning.attributes
    assert "At most 6:00 h" in warning.text
    assert "hidden" in scene("form").one(id="crossing").attributes


def test_a_long_table_leads_to_the_page_of_all_partitions() -> None:
    page = parse(spawn(offer=large_offer()))
    assert len(cells(page)) == 1 + MOST_ROWS
    link = page.one("a", href="/hub/berth/partitions")
    assert link.text == f"All {PARTITIONS} partitions"
    assert not scene("form").where(lambda e: e["href"] == "/hub/berth/partitions")
    assert [row[0] for row in cells(scene("all partitions"))[1:]][1] == "Prepost"


def test_the_form_speaks_german() -> None:
    with speaking("de"):
        text = scene("form of a busy cluster").text
    for words in ("Vorlage wählen", "Gesperrt: braucht die Gruppe miklip", "17 Jobs warten",
                  "1 Kern", "2,5 GB", "kein Internet", "[0,17–12]", "Starten"):  # fmt: skip
        assert words in text, words
    assert "2.5 GB memory, 1 core" in text, "what an admin wrote stays"


def test_admins_words_are_said_in_each_language() -> None:
    offer = example_offer()
    first = offer.presets["shared-1"]
    words = {
        "title": given({"en": "Small", "de": "Klein"}),
        "description": given({"de": "Für alle"}),
    }
    renamed = replace(first, preset=first.preset.model_copy(update=words))
    offer = replace(offer, presets={**offer.presets, "shared-1": renamed})
    assert label(parse(spawn(offer=offer)), "profile-1") == "Small"
    with speaking("de"):
        page = parse(spawn(offer=offer))
    assert label(page, "profile-1") == "Klein"
    assert explained(page, page.one("input", id="profile-1"))[0].startswith("Für alle")


def test_what_the_script_reads() -> None:
    page = scene("form")
    data = json.loads(page.one("script", id="form-data").text)
    assert [data["spans"][n] for n in data["limits"]["gpu"][:4]][3] == [0, 4, 1]
    values = data["presets"][page.one("input", id="profile-4")["value"]]
    assert (values["partition"], values["cores"], values["memory"]) == ("compute", "24", "64")
    assert page.one("main")["data-estimate"] == "/hub/berth/estimate/alice"
    assert [s["src"] for s in page.all("script") if "berth" in s["src"]] == [
        "/hub/berth/static/form.js?v=1.2.3"
    ]
