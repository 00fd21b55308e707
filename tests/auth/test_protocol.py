import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.auth.protocol import (
    MAX_LINE,
    MAX_PASSWORD,
    UNKNOWN_SOURCE,
    LoginRequest,
    Why,
    canonical_source,
    encode_answer,
    encode_request,
    parse_answer,
    parse_request,
)


@pytest.mark.parametrize("password", ["x", " x ", 'a"b\\', "line\nbreak", "\x01" * 512, "𝄞" * 128])
def test_a_request_arrives_as_it_was_sent(password: str) -> None:
    sent = LoginRequest("alice", password, "192.0.2.7")
    line = encode_request(sent)
    assert parse_request(line) == sent
    assert line.count(b"\n") == 1
    assert len(line) <= MAX_LINE


@pytest.mark.parametrize("why", [None, *Why])
def test_an_answer_arrives_as_it_was_sent(why: Why | None) -> None:
    assert parse_answer(encode_answer(why)) is why


def test_a_request_does_not_show_its_password() -> None:
    assert "sesame" not in repr(LoginRequest("alice", "sesame", "192.0.2.7"))


@pytest.mark.parametrize("password", ["", "a\0b", "x" * (MAX_PASSWORD + 1), "é" * 257, "\ud800"])
def test_what_pam_would_misread_is_no_password(password: str) -> None:
    with pytest.raises(ValueError, match="the password is not") as refusal:
        LoginRequest("alice", password, "192.0.2.7")
    assert not password or password not in str(refusal.value)


@pytest.mark.parametrize(
    "user", ["root\n", "Alice", "", "a" * 33, "al\0ice", "../x", 7, None, ["alice"]]
)
def test_what_is_no_user_name_is_refused(user: object) -> None:
    line = json.dumps({"user": user, "password": "x", "source": "192.0.2.7"}).encode() + b"\n"
    with pytest.raises(ValueError, match="the user name is not one"):
        parse_request(line)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_value_error(line: bytes) -> None:
    for parse in (parse_request, parse_answer):
        try:
            parse(line + b"\n")
        except ValueError as refusal:
            assert str(refusal)


@pytest.mark.parametrize(
    "line",
    [
        b'{"ok": 1}\n', b'{"ok": "true"}\n', b'{"ok": null}\n', b"{}\n", b"true\n", b"",
        b'{"ok": true}', b'{"ok": false}\n', b'{"ok": false, "why": "because"}\n',
        b'{"ok": false, "why": ["limit"]}\n',
    ],
)  # fmt: skip
def test_an_answer_that_is_no_clear_yes_is_never_taken_for_one(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse_answer(line)


@pytest.mark.parametrize(
    ("given", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", UNKNOWN_SOURCE),
        ("localhost", UNKNOWN_SOURCE),
        ("192.0.2.7\n", UNKNOWN_SOURCE),
        ("9" * 4000, UNKNOWN_SOURCE),
        (3232235777, UNKNOWN_SOURCE),
        (None, UNKNOWN_SOURCE),
    ],
)
def test_the_address_failures_are_counted_by(given: object, counted_as: str) -> None:
    assert canonical_source(given) == counted_as
