"""What a MIDI file says is what a piece holds; a damaged file is named, quickly."""

import struct
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.config import Config, CorpusConfig
from training.midi_file import BadFile, read_piece
from training.roles import by_phrase


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack(">L", len(data)) + data


def midi(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    """A file of such tracks (their events, without the end of track)."""
    head = chunk(b"MThd", struct.pack(">hhh", kind, len(tracks), division))
    return head + b"".join(chunk(b"MTrk", t + END) for t in tracks)


END = bytes.fromhex("00 ff 2f 00")
NOTE = bytes.fromhex("00 90 3c 40  60 80 3c 00")  # middle C for a beat of 96 ticks
LONG = bytes.fromhex("ff ff ff 7f")  # the longest wait that a file can write
SIGNATURE = bytes.fromhex("00 ff 58 04")  # and numerator, power of two, two more

DAMAGED = {
    "empty": (b"", "empty"),
    "not MIDI at all": (b"RIFF and then some", "not a readable"),
    "cut in the header": (midi(NOTE)[:10], "cut short"),
    "cut in a track": (midi(NOTE)[:-7], "cut short"),
    "fewer tracks than it says": (midi(NOTE, NOTE)[: -len(NOTE) - 12], "cut short"),
    "zero division": (midi(NOTE, division=0), "0 ticks"),
    "SMPTE division": (midi(NOTE, division=-6360), "SMPTE"),
    "type 2": (midi(NOTE, kind=2), "type 2"),
    "no notes": (midi(b""), "no notes"),
    "note-offs without note-ons": (midi(bytes.fromhex("00 80 3c 00 10 80 40 00")), "no notes"),
    "percussion only": (midi(bytes.fromhex("00 99 24 40 60 89 24 00")), "no notes"),
    "running status of nothing": (midi(bytes.fromhex("00 3c 40")), "running status"),
    "an undefined status": (midi(bytes.fromhex("00 f5 00")), "not a readable"),
    "absurdly long": (midi(LONG + NOTE[1:] + (LONG + b"\xb0\x07\x00") * 9 + NOTE), "hours"),
    "ticks beyond counting": (midi((b"\xff" * 9 + b"\x7f" + b"\xb0\x07\x00") * 2 + NOTE), "long"),
    "a number without end": (midi(b"\xff" * 2_000_000 + b"\x7f" + NOTE[1:]), "without end"),
    "too large": (midi(NOTE * 300_000), "more than a song"),
    "more bars than there can be": (
        midi(
            bytes.fromhex("00 ff 51 03 00 00 01") + SIGNATURE + b"\x01\x02\x18\x08"
            + NOTE[:4] + LONG + NOTE[5:],
            division=1,
        ),
        "bars",
    ),
}  # fmt: skip

ODD_BUT_GOOD = {
    "a note-off without its note-on": bytes.fromhex("00 80 40 00") + NOTE,
    "a time signature of no length": SIGNATURE + b"\x01\xff\x18\x08" + NOTE,
    "a time signature of nothing": SIGNATURE + b"\x00\x02\x18\x08" + NOTE,
    "many signatures at once": (SIGNATURE + b"\x03\x02\x18\x08") * 2000 + NOTE,
    "data bytes out of range": NOTE + bytes.fromhex("00 90 ff 40 60 80 ff 00"),
    "a tempo of nothing": bytes.fromhex("00 ff 51 03 00 00 00") + NOTE,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused_in_a_few_words_at_once(
    name: str, tmp_path: Path, config: Config
) -> None:
    data, why = DAMAGED[name]
    path = tmp_path / "x.mid"
    path.write_bytes(data)
    began = time.thread_time()  # its own work: the machine may be busy with another's
    with pytest.raises(BadFile) as caught:
        read_piece(path, config.corpus)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.thread_time() - began < 10


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_an_odd_file_gives_what_is_good_in_it(name: str, tmp_path: Path, config: Config) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(ODD_BUT_GOOD[name]))
    piece = read_piece(path, config.corpus)
    assert 60 in piece.pitch
    assert np.isfinite(piece.in_bar).all()
    assert (piece.bar > 0).all()


def test_what_cannot_be_read_says_why(tmp_path: Path, config: Config) -> None:
    (tmp_path / "folder.mid").mkdir()
    for name, why in (("folder.mid", "directory"), ("missing.mid", "No such file")):
        with pytest.raises(BadFile, match=f"cannot be read: .*{why}"):
            read_piece(tmp_path / name, config.corpus)


def test_a_note_that_never_ends_ends_with_its_track(tmp_path: Path, config: Config) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(bytes.fromhex("00 90 3c 40  60 b0 07 00")))
    assert read_piece(path, config.corpus).beats.tolist() == [1.0]


def test_a_key_struck_again_ends_the_note_before(tmp_path: Path, config: Config) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(bytes.fromhex("00 90 3c 40  30 90 3c 50  60 80 3c 00")))
    piece = read_piece(path, config.corpus)
    assert piece.beats.tolist() == [0.5, 1.0]


def test_tracks_become_voices_by_their_names(tmp_path, write_midi, config) -> None:
    notes = [(0, 1, 60, 64)]
    path = write_midi(tmp_path / "x.mid", {"The MELODY": notes, "2nd": notes, "Bridge 1": notes})
    voices = list(config.corpus.voices)
    read = sorted(voices[v] for v in read_piece(path, config.corpus).voice)
    assert read == ["bridge", "melody", "piano"]


def test_seconds_follow_the_tempo_map(tmp_path, write_midi, config) -> None:
    path = write_midi(
        tmp_path / "x.mid",
        {"PIANO": [(0, 1, 60, 64), (2, 4, 62, 64)]},
        tempi=[(0, 500_000), (4, 1_000_000)],
    )
    piece = read_piece(path, config.corpus)
    assert piece.second.tolist() == [0.0, 1.0]
    assert piece.seconds.tolist() == [0.5, 3.0]  # two beats at half a second, two at a second
    assert piece.beats.tolist() == [1.0, 4.0]


def test_bars_follow_the_time_signatures(tmp_path, write_midi, config) -> None:
    path = write_midi(
        tmp_path / "x.mid",
        {"PIANO": [(at, 0.5, 60, 64) for at in (0, 3, 4, 7, 8, 9.5)]},
        signatures=[(0, 4, 4), (4, 3, 4), (7, 5, 8)],
    )
    piece = read_piece(path, config.corpus)
    assert piece.bar.tolist() == [4, 4, 3, 2.5, 2.5, 2.5]
    assert piece.in_bar.tolist() == [0, 3, 0, 0, 1, 0]


def test_a_list_of_beats_beside_a_file_is_its_tempo_map(tmp_path, write_midi, config) -> None:
    path = write_midi(tmp_path / "x.mid", {"PIANO": [(at, 1, 60, 64) for at in range(8)]})
    # A beat every 0.4 seconds from 0.1 s on, in bars of three; the file has one every 0.5.
    beats = [f"{0.1 + 0.4 * n:.3f} 0.0 {1.0 if n % 3 == 0 else 0.0}" for n in range(12)]
    (tmp_path / "beat_midi.txt").write_text("\n".join(beats))
    piece = read_piece(path, config.corpus)
    np.testing.assert_allclose(piece.beat, (np.arange(8) * 0.5 - 0.1) / 0.4)
    np.testing.assert_allclose(piece.second, np.arange(8) * 0.5)
    assert set(piece.bar) == {3.0}
    np.testing.assert_allclose(piece.in_bar, piece.beat % 3)


@pytest.mark.parametrize(
    "beats", ["", "one two", "0 0 1\n1 0 1\n0.5 0 1", "0 0 0\n1 0 0", "0 0 1\nnan 0 1\n2 0 1"]
)
def test_a_damaged_list_of_beats_is_named(beats: str, tmp_path, write_midi, config) -> None:
    path = write_midi(tmp_path / "x.mid", {"PIANO": [(0, 1, 60, 64)]})
    (tmp_path / "beat_midi.txt").write_text(beats)
    with pytest.raises(BadFile, match=r"beat_midi\.txt"):
        read_piece(path, config.corpus)


DRUMS = CorpusConfig(voices={"drums": []}, otherwise="drums", percussion=True)


def test_percussion_is_channel_10_and_nothing_else(tmp_path: Path, config: Config) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(NOTE + bytes.fromhex("00 99 24 40  60 89 24 00")))
    assert read_piece(path, DRUMS).pitch.tolist() == [36]
    assert read_piece(path, config.corpus).pitch.tolist() == [60]
    path.write_bytes(midi(NOTE))
    with pytest.raises(BadFile, match="no notes"):
        read_piece(path, DRUMS)


def test_a_drum_of_no_length_is_a_hit(tmp_path: Path) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(bytes.fromhex("00 99 24 40  00 89 24 00  60 99 26 50")))
    piece = read_piece(path, DRUMS)
    assert piece.pitch.tolist() == [36, 38]
    assert piece.beat.tolist() == [0, 1]
    assert piece.beats.tolist() == [0, 0]


def test_a_drum_struck_twice_at_once_is_one_hit(tmp_path: Path) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(midi(bytes.fromhex("00 99 24 40  00 99 24 50  30 89 24 00")))
    assert read_piece(path, DRUMS).velocity.tolist() == [0x50]


def test_a_score_has_no_velocities(tmp_path, write_midi, config) -> None:
    corpus = replace(config.corpus, written=["Engraved"])
    notes = {"PIANO": [(at, 1, 60, 64) for at in range(4)]}
    for folder, velocity in (("engraved", 0), ("played", 64)):
        path = write_midi(tmp_path / folder / "x.mid", notes)
        assert set(read_piece(path, corpus).velocity) == {velocity}


def test_a_file_without_beats_has_seconds_and_no_bars(tmp_path, write_midi, config) -> None:
    corpus = replace(config.corpus, beatless=["Performed"])
    notes = {"PIANO": [(at, 1, 60, 64) for at in range(16)]}
    tempi = [(0, 250_000)]
    path = write_midi(tmp_path / "performed" / "x.mid", notes, [(0, 3, 4)], tempi)
    (path.parent / "beat_midi.txt").write_text("no list of beats")
    piece = read_piece(path, corpus)
    assert piece.beatless
    assert not piece.in_bar.any()
    np.testing.assert_allclose(piece.second, np.arange(16) * 0.25)
    np.testing.assert_allclose(piece.beat, piece.second * 2)
    np.testing.assert_allclose(piece.beats, piece.seconds * 2)
    kept = read_piece(write_midi(tmp_path / "score" / "x.mid", notes, [(0, 3, 4)]), corpus)
    assert not kept.beatless
    assert set(kept.bar) == {3.0}


def test_without_beats_phrases_still_last_for_seconds(tmp_path, write_midi, config) -> None:
    corpus = replace(config.corpus, beatless=["performed"])
    notes = {"PIANO": [(at / 2, 0.5, 60, 64) for at in range(200)]}
    path = write_midi(tmp_path / "performed.mid", notes)
    piece = read_piece(path, corpus)
    sides, _ = by_phrase(piece, np.random.default_rng(1))
    changes = piece.second[1:][np.diff(sides) != 0]
    assert len(changes) >= 2
    assert set(np.diff(changes)) <= {4.0, 8.0, 16.0}
