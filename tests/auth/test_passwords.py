import io
import os
import pty
import subprocess
import sys
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub_config.auth.passwords import (
    hash_of_nothing,
    hash_password,
    parse,
    prompt_and_hash,
    verify,
)

SALT, DIGEST = b64encode(bytes(16)).decode(), b64encode(bytes(32)).decode()


def stored(n: object = 2**14, r: object = 8, p: object = 5) -> str:
    return f"scrypt${n}${r}${p}${SALT}${DIGEST}"


@pytest.mark.parametrize("password", ["x", "correct horse", "пароль", "a\0b", " ", "a" * 1024])
def test_a_password_fits_its_own_hash_and_no_other(password: str) -> None:
    hashed = hash_password(password)
    assert verify(password, hashed)
    assert not verify(password + "x", hashed)
    assert not verify("\0" + password, hashed)


def test_the_same_password_is_never_stored_the_same() -> None:
    assert hash_password("x") != hash_password("x")


@pytest.mark.parametrize("password", ["", "a" * 1025, "é" * 513, "\ud800"])
def test_what_cannot_be_a_password_is_not_hashed_and_never_fits(password: str) -> None:
    with pytest.raises(ValueError, match="1 to 1024 bytes"):
        hash_password(password)
    assert not verify(password, stored())


def test_nothing_fits_the_hash_of_nothing() -> None:
    assert not verify("", hash_of_nothing())
    assert not verify("x", hash_of_nothing())
    assert parse(hash_of_nothing()).n == parse(hash_password("x")).n


@pytest.mark.parametrize(
    ("n", "p"), [(2**14, 5), (2**14, 40), (2**15, 3), (2**16, 2), (2**17, 1), (2**17, 5)]
)
def test_a_cost_of_today_or_more_is_accepted(n: int, p: int) -> None:
    assert (parse(stored(n=n, p=p)).n, parse(stored(n=n, p=p)).p) == (n, p)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(stored(n=2**13, p=10), id="too little memory"),
        pytest.param(stored(n=2**14, p=4), id="too cheap"),
        pytest.param(stored(n=2**18), id="too much memory"),
        pytest.param(stored(n=2**17, p=6), id="too dear"),
        pytest.param(stored(n=2**14 + 1), id="not a power of two"),
        pytest.param(stored(n=0), id="no cost"),
        pytest.param(stored(r=16), id="another r"),
        pytest.param(stored(n="-16384"), id="negative"),
        pytest.param(stored(n="١٦٣٨٤"), id="other digits"),
        pytest.param(stored() + "\n", id="newline at the end"),
        pytest.param(stored().replace(SALT, "A" * 24), id="salt of 18 bytes"),
        pytest.param(stored().replace(SALT, "é" * 24), id="salt not in base64"),
        pytest.param(stored().replace("scrypt", "bcrypt"), id="another scheme"),
        pytest.param("secret", id="the password itself"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_malformed_or_absurd_hash_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match="berth hash-password") as refusal:
        parse(text)
    assert DIGEST not in str(refusal.value)
    assert "secret" not in str(refusal.value)


pieces = st.one_of(st.text(max_size=50), st.integers().map(str), st.sampled_from([SALT, DIGEST]))


@given(st.one_of(st.text(), st.lists(pieces, max_size=8).map("$".join)))
@example("scrypt$16384$8$5$" + "=" * 24 + "$" + "=" * 44)
def test_whatever_is_stored_verify_raises_nothing_but_value_error(text: str) -> None:
    try:
        assert verify("x", text) is False
    except ValueError as refusal:
        assert str(refusal)


@pytest.mark.parametrize(
    ("piped", "password"), [("pw\n", "pw"), ("pw", "pw"), (" p w \nx\n", " p w ")]
)
def test_one_line_of_a_pipe_is_hashed(piped: str, password: str) -> None:
    assert verify(password, prompt_and_hash(io.StringIO(piped)))


@pytest.mark.parametrize("piped", ["", "\n"])
def test_an_empty_pipe_is_refused(piped: str) -> None:
    with pytest.raises(ValueError, match="1 to 1024 bytes"):
        prompt_and_hash(io.StringIO(piped))


def on_a_terminal(typed: str) -> tuple[str, str]:
    """Run prompt_and_hash on a real terminal; return (what the screen shows, stdout)."""
    screen, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=terminal, stdout=subprocess.PIPE, stderr=terminal,
        start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    for line, prompt in zip(typed.split(), (b"Password: ", b"Again: "), strict=True):
        while not shown.endswith(prompt):  # the echo is off only once the prompt is there
            shown += os.read(screen, 1024)
        os.write(screen, line.encode() + b"\n")
    assert child.stdout
    with child.stdout as pipe:
        printed = pipe.read().decode()
    child.wait(timeout=60)
    shown += os.read(screen, 4096)
    os.close(screen)
    return shown.decode(), printed.strip()


ASK = """
import sys
from hub_config.auth.passwords import prompt_and_hash
try:
    print(prompt_and_hash(sys.stdin))
except ValueError as error:
    print(error)
"""


def test_a_terminal_is_asked_twice_and_shows_nothing() -> None:
    shown, printed = on_a_terminal("sesame sesame")
    assert verify("sesame", printed)
    assert "sesame" not in shown


def test_two_different_entries_are_refused() -> None:
    shown, printed = on_a_terminal("sesame sesamo")
    assert printed == "the two passwords differ; nothing was hashed"
    assert "sesam" not in shown
