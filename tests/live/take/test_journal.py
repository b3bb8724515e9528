import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.take.entries import End, Header, Settings, Wake
from live.take.journal import SYNC_EVERY, TakeError, TakeWriter, read_take

from . import playing

ENTRIES = (playing.on(1, 0.5), playing.off(2, 0.75), Wake(1.0), End(2.0))


def write(path, entries=ENTRIES, header=playing.HEADER):
    problems = []
    writer = TakeWriter(path, header, problems.append)
    for entry in entries:
        writer.write(entry, now=0.0)
    writer.close()
    return problems


class SmallDisk(io.FileIO):
    """A file on a disk that takes `room` bytes and then is full."""

    def __init__(self, path, room):
        super().__init__(path, "xb")
        self.room = room

    def write(self, data):
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = super().write(bytes(data)[: self.room])
        self.room -= written
        return written


def test_what_was_written_is_what_is_read(tmp_path):
    assert write(tmp_path / "a.take") == []
    take = read_take(tmp_path / "a.take")
    assert (take.header, take.entries) == (playing.HEADER, ENTRIES)
    assert take.complete
    assert not take.truncated
    assert take.length == 2.0


def test_each_call_is_one_compact_line(tmp_path):
    write(tmp_path / "a.take")
    assert (tmp_path / "a.take").read_text("utf-8").splitlines() == [
        '{"antiphon":"0.1.0","take":1,"started":"2026-03-14T20:15:09+01:00","seed":7,'
        f'"model":{{"file":"pop.onnx","sha256":"{"ab" * 32}"}},"settings":{{"x":1}}}}',
        '["hear",1,0.5,"903c50"]',
        '["hear",2,0.75,"803c40"]',
        '["wake",1.0]',
        '["end",2.0]',
    ]


def test_each_line_is_with_the_system_before_the_next(tmp_path):
    writer = TakeWriter(tmp_path / "a.take", playing.HEADER, pytest.fail)
    for number, entry in enumerate(ENTRIES, 1):
        writer.write(entry, now=0.0)
        assert read_take(tmp_path / "a.take").entries == ENTRIES[:number]
    writer.close()


def test_closing_in_good_order_completes_the_take(tmp_path):
    writer = TakeWriter(tmp_path / "a.take", playing.HEADER, pytest.fail)
    writer.close(at=3.0)
    assert not writer.recording
    assert read_take(tmp_path / "a.take").entries == (End(3.0),)
    writer.close()
    writer.write(Wake(4.0), now=4.0)
    assert read_take(tmp_path / "a.take").length == 3.0


def test_an_existing_take_is_never_written_over(tmp_path):
    path = tmp_path / "a.take"
    write(path)
    before = path.read_bytes()
    with pytest.raises(TakeError, match="another name"):
        TakeWriter(path, playing.HEADER, pytest.fail)
    assert path.read_bytes() == before


def test_no_folder_no_take(tmp_path):
    with pytest.raises(TakeError, match="another folder"):
        TakeWriter(tmp_path / "gone" / "a.take", playing.HEADER, pytest.fail)


@settings(max_examples=40)
@given(room=st.integers(0, 400))
def test_a_full_disk_is_reported_once_and_keeps_what_was_written(tmp_path_factory, room):
    path = tmp_path_factory.mktemp("disk") / "a.take"
    problems = []
    writer = TakeWriter(path, playing.HEADER, problems.append, lambda it: SmallDisk(it, room))
    for entry in ENTRIES * 5:
        writer.write(entry, now=0.0)
    writer.close()
    assert not writer.recording
    assert len(problems) == 1
    assert "No space left" in problems[0]
    assert "\n" not in problems[0]
    assert path.read_bytes().endswith(b"\n") or path.stat().st_size == 0
    if path.stat().st_size:
        take = read_take(path)
        assert take.entries == (ENTRIES * 5)[: len(take.entries)]
        assert not take.truncated


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_disk_full_from_the_start_stops_nothing(tmp_path):
    problems = []
    writer = TakeWriter(
        tmp_path / "a.take",
        playing.HEADER,
        problems.append,
        lambda _: io.FileIO("/dev/full", "w"),
    )
    writer.write(Wake(1.0), now=1.0)
    writer.close(at=2.0)
    assert len(problems) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no open file")
def test_a_deleted_take_is_noticed_at_the_next_sync(tmp_path):
    problems = []
    writer = TakeWriter(tmp_path / "a.take", playing.HEADER, problems.append)
    writer.write(Wake(1.0), now=1.0)
    (tmp_path / "a.take").unlink()
    writer.write(Wake(2.0), now=2.0)
    assert problems == []
    writer.write(Wake(3.0), now=1.0 + SYNC_EVERY)
    assert len(problems) == 1
    assert "deleted" in problems[0]


def test_it_syncs_every_few_seconds_and_at_the_end(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    writer = TakeWriter(tmp_path / "a.take", playing.HEADER, pytest.fail)
    for step in range(int(SYNC_EVERY) * 4 + 1):
        writer.write(Wake(step / 2), now=100 + step / 2)
    assert len(synced) == 2
    writer.close()
    assert len(synced) == 3


def test_what_cannot_be_written_ends_the_take_and_not_the_music(tmp_path):
    problems = write(tmp_path / "a.take", [Wake(1.0), Settings(1.0, {"x": object()}), Wake(2.0)])
    assert len(problems) == 1
    assert read_take(tmp_path / "a.take").entries == (Wake(1.0),)


def test_names_in_any_script_come_back(tmp_path):
    header = Header("0.1.0", "", 0, playing.HEADER.model, {"Flügel": "三味線 \udc80"})
    write(tmp_path / "a.take", [], header)
    assert read_take(tmp_path / "a.take").header == header


@settings(max_examples=30)
@given(st.lists(playing.entries, max_size=6), st.data())
def test_any_prefix_of_a_take_can_be_read(tmp_path_factory, entries, data):
    folder = tmp_path_factory.mktemp("prefix")
    write(folder / "whole.take", entries)
    whole = (folder / "whole.take").read_bytes()
    first_line = whole.index(b"\n")
    size = data.draw(st.integers(0, len(whole)))
    (folder / "cut.take").write_bytes(whole[:size])
    if size < first_line:
        with pytest.raises(TakeError, match="nothing was recorded"):
            read_take(folder / "cut.take")
        return
    take = read_take(folder / "cut.take")
    assert take.entries == tuple(entries[: len(take.entries)])
    ends_whole = whole[size - 1 : size] == b"\n" or whole[size : size + 1] in (b"\n", b"")
    assert take.truncated == (not ends_whole)
    assert len(take.entries) >= whole[first_line + 1 : size].count(b"\n")


def test_zeros_that_a_power_cut_left_are_a_torn_end(tmp_path):
    write(tmp_path / "a.take")
    with open(tmp_path / "a.take", "ab") as file:
        file.write(b"\0" * 4096)
    take = read_take(tmp_path / "a.take")
    assert take.entries == ENTRIES
    assert take.truncated


@pytest.mark.parametrize("torn", [b"[", b'["hear",3,1', b"\xff\xfe", "é".encode()[:1]])
def test_a_torn_last_line_is_left_out(tmp_path, torn):
    write(tmp_path / "a.take", ENTRIES[:2])
    with open(tmp_path / "a.take", "ab") as file:
        file.write(torn)
    take = read_take(tmp_path / "a.take")
    assert take.entries == ENTRIES[:2]
    assert take.truncated
    assert not take.complete


@pytest.mark.parametrize(
    "damage", [b"", b"x", b"[]", b'["sing",1]', b"\xff", b"[" * 100_000, b'["wake",NaN]']
)
def test_a_damaged_line_in_the_middle_is_named_by_its_number(tmp_path, damage):
    write(tmp_path / "a.take")
    lines = (tmp_path / "a.take").read_bytes().split(b"\n")
    lines[2] = damage
    (tmp_path / "a.take").write_bytes(b"\n".join(lines))
    with pytest.raises(TakeError, match=r"^[^\n]*line 3 is damaged[^\n]*delete[^\n]*$"):
        read_take(tmp_path / "a.take")


HEADER_LINE = b'{"antiphon":"9","take":%s,"started":"","seed":1,"model":{},"settings":{}}\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\0\0\0", "empty"),
        (b"MThd\0\0\0\6", "not a take"),
        (b"\xff\xfe\x00\x01\n", "not a take"),
        (b"{}\n", "not a take"),
        (b"[1]\n", "not a take"),
        (b"42", "not a take"),
        (b'{"antiphon":"0.1', "breaks off"),
        (HEADER_LINE % b"2", "version 2"),
        (HEADER_LINE % b'"x"', "version 'x'"),
        (HEADER_LINE % b"1", "line 1 is damaged"),
    ],
)
def test_what_is_no_take_is_refused_in_one_line(tmp_path, content, words):
    (tmp_path / "a.take").write_bytes(content)
    with pytest.raises(TakeError, match=rf"^[^\n]*{words}[^\n]*$"):
        read_take(tmp_path / "a.take")


def test_a_take_that_is_not_there_or_is_a_folder(tmp_path):
    with pytest.raises(TakeError, match="does not exist"):
        read_take(tmp_path / "none.take")
    with pytest.raises(TakeError, match="cannot be read"):
        read_take(tmp_path)


KILLED = """
import os, signal, sys
from live.take.entries import Header, ModelName, Wake
from live.take.journal import TakeWriter
writer = TakeWriter(sys.argv[1], Header("0", "", 1, ModelName("m", ""), {}), print)
for step in range(1000):
    writer.write(Wake(step / 10), step / 10)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_a_killed_process_loses_nothing_it_had_written(tmp_path):
    path = tmp_path / "a.take"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    take = read_take(path)
    assert len(take.entries) == 1000
    assert not take.complete
