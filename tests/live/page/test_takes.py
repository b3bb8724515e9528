"""The takes that a browser may see, by ids that say nothing."""

import os
from pathlib import Path

import pytest

from live import midi
from live.page.takes import NAMES, BusyError, NoTakeError, Takes, take_id
from live.plan import Heard
from live.take.entries import Header, Mark, ModelName
from live.take.journal import TakeError, TakeWriter, read_take


def write(
    folder: Path, name: str, *entries: object, hour: int = 20, end: float | None = 9.0
) -> Path:
    started = f"2026-03-14T{hour}:15:09+01:00"
    header = Header("0.1.0", started, 7, ModelName("pop.onnx", "ab" * 32), {})
    writer = TakeWriter(folder / name, header, pytest.fail)
    for entry in entries:
        writer.write(entry, 0.0)  # type: ignore[arg-type]
    writer.close(end)
    return folder / name


def note(at: float, pitch: int = 60) -> tuple[Heard, Heard]:
    on, off = midi.note_on(0, pitch, 80), midi.note_off(0, pitch)
    return Heard(1, at, on), Heard(2, at + 0.5, off)


MARKED = (*note(1.0), Mark(2.0, True), *note(3.0), *note(4.0), Mark(5.0, False))


def test_the_newest_is_first_and_a_passage_stands_by_its_take(tmp_path: Path) -> None:
    write(tmp_path, "a.take", *note(1.0), hour=10)
    write(tmp_path, "b.take", *MARKED, hour=20)
    rows = Takes(tmp_path).rows()
    assert [(r["passage"], r["notes"], r["seconds"]) for r in rows] == [
        (True, 2, 3.0),
        (False, 3, 9.0),
        (False, 1, 9.0),
    ]
    assert rows[0]["started"] == "2026-03-14T20:15:11+01:00"
    assert {r["model"] for r in rows} == {"pop"}
    assert not any(r["recording"] for r in rows)
    assert [r["id"] for r in rows] == [take_id("b.take", 1), take_id("b.take"), take_id("a.take")]


def test_what_is_no_take_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "x.take").write_text("nothing")
    (tmp_path / "y.take").mkdir()
    (tmp_path / "z.take").write_text("")
    assert Takes(tmp_path).rows() == []
    assert Takes(tmp_path / "nowhere").rows() == []


def test_the_take_that_is_being_recorded_says_so_and_cannot_be_deleted(tmp_path: Path) -> None:
    write(tmp_path, "a.take", *MARKED, Mark(6.0, True), *note(7.0), end=None)
    takes = Takes(tmp_path, "a.take")
    recording = {row["id"]: row["recording"] for row in takes.rows()}
    whole, first, second = (take_id("a.take", n) for n in range(3))
    assert recording == {whole: True, first: False, second: True}
    for number in (whole, second):
        with pytest.raises(BusyError):
            takes.delete(number)
    takes.delete(first)
    assert first not in {row["id"] for row in takes.rows()}


def test_a_take_that_grows_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.take", *note(1.0), end=None)
    takes = Takes(tmp_path, "a.take")
    assert takes.rows()[0]["notes"] == 1
    with path.open("a") as file:
        file.write('["hear",9,3.0,"903c40"]\n')
    assert takes.rows()[0]["notes"] == 2


def test_a_name_stays_and_can_be_taken_away(tmp_path: Path) -> None:
    write(tmp_path, "a.take", *MARKED)
    Takes(tmp_path).rename(take_id("a.take", 1), "  the good\tone ")
    names = {row["id"]: row["name"] for row in Takes(tmp_path).rows()}
    assert names == {take_id("a.take"): "", take_id("a.take", 1): "the good one"}
    Takes(tmp_path).rename(take_id("a.take", 1), "")
    assert not any(row["name"] for row in Takes(tmp_path).rows())


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b", "a\u202eb"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a.take")
    with pytest.raises(TakeError):
        Takes(tmp_path).rename(take_id("a.take"), name)


def test_a_passage_that_is_deleted_leaves_its_take_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "a.take", *MARKED)
    before = path.read_bytes()
    Takes(tmp_path).delete(take_id("a.take", 1))
    assert [row["passage"] for row in Takes(tmp_path).rows()] == [False]
    assert path.read_bytes() == before
    Takes(tmp_path).delete(take_id("a.take"))
    assert not path.exists()


@pytest.mark.parametrize("number", ["", "a.take", "../a.take", "/etc/passwd", "0" * 16, "é"])
def test_no_word_of_a_browsers_is_a_path(tmp_path: Path, number: str) -> None:
    write(tmp_path, "a.take")
    takes = Takes(tmp_path)
    for ask in (takes.read, takes.delete, lambda n: takes.rename(n, "x")):
        with pytest.raises(NoTakeError):
            ask(number)
    assert os.listdir(tmp_path) == ["a.take"]


def test_a_passage_is_read_as_a_take_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "a.take", *MARKED)
    takes = Takes(tmp_path)
    assert takes.read(take_id("a.take")) == read_take(path)
    assert takes.read(take_id("a.take", 1)).length == 5.0


@pytest.mark.parametrize("found", ["", "[]", '{"names": 3}', "{", '{"gone": 1}'])
def test_damaged_names_are_no_names(tmp_path: Path, found: str) -> None:
    write(tmp_path, "a.take")
    (tmp_path / NAMES).write_text(found)
    assert [row["name"] for row in Takes(tmp_path).rows()] == [""]
