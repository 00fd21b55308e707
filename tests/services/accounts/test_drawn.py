"""The page as it is drawn, in both languages: what a hub tells becomes text and nothing else."""

import pytest

from hub_config import i18n
from hub_config.load import load_site
from hub_config.model.told import tell
from services.accounts.mine import Mine
from services.accounts.view import view
from services.common.drawing import draw
from services.common.person import Person
from tests.pages.drawing import DKRZ, speaking
from tests.pages.markup import Page, parse
from tests.services.accounts.told import MINE, PROJECT

WHO = Person("cat", "user", token="unseen")


def page(told: object, language: str = "en") -> Page:
    """Return the page; asserts that it is well-formed."""
    site = tell(load_site(DKRZ / "site.yml"), DKRZ)
    with speaking(language):
        accounts = view(Mine.model_validate(told))
        html = draw("services/accounts/page.html", site, "/services/accounts/", WHO,
                    accounts=accounts)  # fmt: skip
    assert "unseen" not in html
    return parse(html)


def text(told: object, language: str = "en") -> str:
    (main,) = page(told, language).all("main")
    return " ".join(main.text.split())


def test_the_table_of_projects_and_qos() -> None:
    shown = text(MINE)
    assert "bm0146 charged where you choose none normal*, training" in shown
    assert "* normal is the default QOS and will have no effect when starting your server." in shown
    assert "500 of 2,000 core-h used, 1,500 left." in shown
    assert "Fair share 0.25" in shown


def test_quotas_warn_in_words() -> None:
    shown = text(MINE)
    assert "Full: 100,000 of 100,000 files" in shown
    assert "Nearly full: 96 of 100 files" in shown
    assert "/scratch shared with others" in shown
    assert "Old figures: as of 21 Jan 2026" in shown


def test_every_bar_says_nothing_that_is_not_said_beside_it() -> None:
    bars = page(MINE).all("progress")
    assert [bar["value"] for bar in bars] == ["25", "90", "100", "96"]
    assert {bar["aria-hidden"] for bar in bars} == {"true"}


def test_it_speaks_german() -> None:
    shown = text(MINE, "de")
    assert "500 von 2.000" in shown
    assert "Voll: 100.000 von 100.000 Dateien" in shown
    assert "Verfügbare Features" in shown
    assert i18n.current() == "en"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"projects": None}, "The scheduler here has no accounts."),
        ({"projects": None, "as_of": None}, "has not told your accounts yet."),
        ({"projects": []}, "You have no project yet"),
        ({"stale": True}, "The scheduler has not answered since 21 Jan 2026"),
        ({"projects": [{**PROJECT, "budgets": [], "used": {}}]}, "Nothing used yet"),
        ({"projects": [{**PROJECT, "partition": "gpu"}]}, "only in gpu"),
        ({"quotas": [{**MINE["quotas"][0], "as_of": None}]}, "as of an unknown time"),
        ({"problems": ["quota.json: is no JSON"]}, "Some quotas or balances cannot be used"),
    ],
)
def test_what_is_not_as_usual_is_said(changes: dict[str, object], words: str) -> None:
    assert words in text({**MINE, **changes})
    assert words not in text(MINE)


def test_what_there_is_nothing_of_has_no_heading() -> None:
    bare = page({**MINE, "quotas": [], "balances": [], "features": {}})
    (main,) = bare.all("main")
    assert [one.text for one in bare.all("h2") if main in one.parents] == ["Projects"]


def test_names_from_elsewhere_are_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    told = {**MINE, "projects": [{**PROJECT, "account": evil, "qos": [evil]}],
            "quotas": [{**MINE["quotas"][0], "path": evil}],
            "balances": [{**MINE["balances"][0], "project": evil, "unit": evil}],
            "features": {evil: {"features": [evil]}}, "problems": [evil]}  # fmt: skip
    drawn = page(told)
    (main,) = drawn.all("main")
    assert not [one for one in drawn.all("img") if main in one.parents]
    assert main.text.count(evil) == 8
