"""Every field there is has its words."""

from hub_config.form.answers import FIELDS
from hub_config.form.words import WORDS, words_of


def test_every_field_has_words_and_no_word_is_idle() -> None:
    assert set(WORDS) == FIELDS


def test_a_message_begins_with_the_label_without_its_brackets() -> None:
    assert WORDS["walltime"].short == "Time"
    assert WORDS["walltime"].label == "Time (hours) (--time)"
    assert WORDS["application"].short == "User interface"


def test_grid_engine_has_words_of_its_own_where_slurms_would_mislead() -> None:
    assert words_of("account", grid_engine=True).label == "Project (-P)"
    assert words_of("account", grid_engine=False) == WORDS["account"]
    for name in FIELDS:
        label = words_of(name, grid_engine=True).label
        assert "--" not in label or name == "qos", label
