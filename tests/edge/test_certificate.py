"""The program that looks after the certificate: each mistake by its name and with its cure."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edge.front import certificate

NAME = "hub.example.org"
Pair = tuple[Path, Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where nginx would look."""
    place = tmp_path / "ssl"
    place.mkdir()
    return place


@pytest.fixture
def offered(tmp_path: Path) -> Pair:
    """A certificate for NAME that nobody knows, and its key."""
    return make(tmp_path, NAME)


def make(folder: Path, name: str, *options: str, subject: str = "/CN=somebody") -> Pair:
    folder.mkdir(exist_ok=True)
    pair = folder / f"{name}.crt", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", subject, "-addext", f"subjectAltName=DNS:{name}", *options,
            "-out", str(pair[0]), "-keyout", str(pair[1]))  # fmt: skip
    return pair


def openssl(*words: str) -> str:
    done = subprocess.run(["/usr/bin/openssl", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def signed_again(folder: Path, days: int) -> str:
    """Return a certificate of the machine's own CA for its key that ends in *days* days."""
    request, extensions = folder.parent / "again.csr", folder.parent / "again.ext"
    openssl("req", "-new", "-key", str(folder / "site.key"), "-subj", "/CN=Berth",
            "-out", str(request))  # fmt: skip
    extensions.write_text(f"subjectAltName=DNS:{NAME}\n")
    return openssl("x509", "-req", "-in", str(request), "-days", str(days), "-set_serial", "1",
                   "-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key"),
                   "-extfile", str(extensions))  # fmt: skip


def complaint(folder: Path, verb: str, *words: object) -> str:
    with pytest.raises(subprocess.CalledProcessError) as error:
        certificate(folder, verb, *map(str, words))
    said: str = error.value.stderr
    assert " — " in said
    assert not (folder / "site.crt").exists()
    return said


def test_a_machine_signs_its_own_once(folder: Path) -> None:
    assert "signed a certificate for DNS:hub.example.org" in certificate(
        folder, "self-signed", NAME
    )
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert certificate(folder, "self-signed", NAME) == ""
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == kept
    assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "site.key").stat().st_mode & 0o777 == 0o640


def test_its_ca_is_good_for_no_other_name(folder: Path, tmp_path: Path) -> None:
    certificate(folder, "self-signed", NAME, f"*.{NAME}")
    told = openssl("verify", "-CAfile", str(folder / "ca.crt"), str(folder / "site.crt"))
    assert told.endswith("OK\n")
    forged = tmp_path / "forged"
    make(forged, "www.example.com", "-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key"))
    chain = [folder / "ca.crt", forged / "www.example.com.crt"]
    done = subprocess.run(
        ["/usr/bin/openssl", "verify", "-CAfile", *chain], capture_output=True, text=True
    )
    assert "permitted subtree violation" in done.stderr


@pytest.mark.parametrize("names", [["hub.example.com"], [NAME, f"*.{NAME}"], ["10.20.0.5"]])
def test_other_names_need_another_certificate(folder: Path, names: list[str]) -> None:
    certificate(folder, "self-signed", NAME)
    assert "signed a certificate" in certificate(folder, "self-signed", *names)
    certificate(folder, "accept", folder / "site.crt", folder / "site.key", *names)
    assert certificate(folder, "self-signed", *names) == ""


def test_one_that_ends_soon_is_signed_anew_by_the_same_ca(folder: Path) -> None:
    certificate(folder, "self-signed", NAME)
    ca = (folder / "ca.crt").read_bytes()
    (folder / "site.crt").write_text(signed_again(folder, 20))
    assert "signed a certificate" in certificate(folder, "self-signed", NAME)
    assert (folder / "ca.crt").read_bytes() == ca


def test_an_accepted_pair_is_put_in_place_once(folder: Path, offered: Pair) -> None:
    assert "installed the certificate" in certificate(folder, "accept", *offered, NAME)
    assert (folder / "site.crt").read_bytes() == offered[0].read_bytes()
    assert (folder / "site.key").read_bytes() == offered[1].read_bytes()
    assert certificate(folder, "accept", *offered, NAME) == ""


def test_a_certificate_of_a_ca_that_nobody_knows(folder: Path, offered: Pair) -> None:
    said = complaint(folder, "install", *offered, NAME)
    assert "does not trust" in said
    assert "berth_tls_ca" in said


@pytest.mark.parametrize("name", ["other.example.org", f"*.{NAME}", "10.20.0.5"])
def test_a_certificate_for_somebody_else(folder: Path, offered: Pair, name: str) -> None:
    said = complaint(folder, "accept", *offered, NAME, name)
    assert f"is not for {name} but for: DNS:{NAME}" in said
    assert "proxy.public_url" in said


def test_the_key_of_another_certificate(folder: Path, offered: Pair, tmp_path: Path) -> None:
    other = make(tmp_path / "other", NAME)
    assert "is not the key" in complaint(folder, "accept", offered[0], other[1], NAME)


def test_a_certificate_that_has_ended(folder: Path, tmp_path: Path) -> None:
    certificate(folder, "self-signed", NAME)
    (tmp_path / "site.crt").write_text(signed_again(folder, -1))
    (folder / "site.key").rename(tmp_path / "site.key")
    (folder / "site.crt").unlink()
    said = complaint(folder, "accept", tmp_path / "site.crt", tmp_path / "site.key", NAME)
    assert "has expired (notAfter=" in said


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda pair: pair[0].write_text(""), "holds no certificate"),
        (lambda pair: pair[1].write_text("-----BEGIN"), "holds no private key"),
        (lambda pair: pair[1].unlink(), "holds no private key"),
    ],
)
def test_files_that_are_something_else(
    folder: Path, offered: Pair, damage: Callable[[Pair], object], said: str
) -> None:
    damage(offered)
    assert said in complaint(folder, "accept", *offered, NAME)


def test_a_key_with_a_passphrase(folder: Path, offered: Pair) -> None:
    locked = openssl("pkey", "-in", str(offered[1]), "-aes256", "-passout", "pass:word")
    offered[1].write_text(locked)
    assert "without a passphrase" in complaint(folder, "accept", *offered, NAME)


@pytest.mark.parametrize("words", [[], ["check"], ["install", "a.crt", "a.key"], ["give", "x"]])
def test_words_that_say_nothing(folder: Path, words: list[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as error:
        certificate(folder, *words)
    assert "self-signed" in error.value.stderr or "CERTIFICATE KEY NAME" in error.value.stderr
