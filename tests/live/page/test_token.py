"""The token is kept where only its owner can read it."""

import os
from pathlib import Path

import pytest

from live.page.token import kept_token

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")


def test_the_next_session_has_the_same_token(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "page.token"
    token = kept_token(file)
    assert len(token) >= 43
    assert kept_token(file) == token
    assert [p.name for p in file.parent.iterdir()] == ["page.token"]


@POSIX
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "page.token"
    before = os.umask(0)
    try:
        kept_token(file)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600


@POSIX
def test_one_that_others_could_read_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "page.token"
    token = kept_token(file)
    file.chmod(0o644)
    assert kept_token(file) != token
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("found", [b"", b"short", b"\xff\xfe", b"x" * 43 + b"\nmore"])
def test_a_damaged_one_is_made_anew(tmp_path: Path, found: bytes) -> None:
    file = tmp_path / "page.token"
    file.write_bytes(found)
    file.chmod(0o600)
    token = kept_token(file)
    assert kept_token(file) == token
    assert len(token) >= 43


def test_where_it_cannot_be_kept_there_is_one_for_the_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(kept_token(tmp_path / "file" / "page.token")) >= 43
