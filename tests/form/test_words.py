"""Every field there is has its words."""

from hub_config.form.answers import FIELDS
from hub_config.form.words import WORDS


def test_every_field_has_words_and_no_word_is_idle() -> None:
    assert set(WORDS) == FIELDS


def test_a_message_begins_with_the_label_without_its_brackets() -> None:
    assert WORDS["walltime"].short == "Time"
    assert WORDS["application"].short == "User interface"
