"""What lies under melodies is counted, and followed from the melody alone."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from live.errors import UserError
from live.harmony import read_tables, shipped
from live.notes import MACHINE, PLAYER, Note, Part
from training.benchmarks import chords
from training.benchmarks.accompany.songs import Song
from training.benchmarks.accompany.triads import followed, held, in_hindsight
from training.measures.harmony import in_annotated, in_force

MELODY, PIANO = Part(PLAYER, "melody"), Part(MACHINE, "piano")
TUNE = (0, 4, 7, 4, 9, 5, 12, 5, 11, 7, 14, 11, 12, 7, 4, 0)
ROOTS = (0, 5, 7, 0)  # of the major chord of each four notes
C, F, G = 0, 10, 14


def song(tonic: int = 0, times: int = 4) -> Song:
    """Half beats, so that each chord lasts a half bar."""
    roots = [r + tonic for r in ROOTS * times]
    beats = 2.0 * len(roots)
    frames = int(4 * beats)
    human = [
        Note(2.0 * i, PIANO, 48 + root + up, 64, 2.0)
        for i, root in enumerate(roots)
        for up in (0, 4, 7)
    ]
    melody = [Note(i / 2, MELODY, 60 + tonic + n, 80, 0.5) for i, n in enumerate(TUNE * times)]
    bars = int(beats // 4)
    starts, lengths = np.arange(bars) * 4.0, np.full(bars, 4.0)
    return Song("tune", melody, human, starts, lengths, beats, in_force(human, frames, 1))


def share(notes: list[Note], its: Song) -> float:
    right, both = in_annotated(notes, its.chords)
    return right / both


@pytest.mark.parametrize("tonic", [0, 5, 11])
def test_what_is_counted_is_counted_from_the_tonic(tonic: int) -> None:
    tables = read_tables(chords.learn([(song(tonic), tonic)]))
    assert set(np.argsort(tables.first)[-3:].tolist()) == {C, F, G}
    assert tables.after[1, C].argmax() == F
    assert tables.after[0, F].argmax() == G
    assert set(np.argsort(tables.tones[C])[-3:].tolist()) == {0, 4, 7}
    for shares in (tables.first, tables.after, tables.tones):
        assert shares.min() > 0
        assert shares.sum(axis=-1) == pytest.approx(1)


def test_a_chord_that_holds_two_triads_or_none_is_not_counted() -> None:
    its = song()
    its.chords[:8] = np.isin(np.arange(12), (0, 4, 7, 9))  # C and A minor
    its.chords[8:16] = np.isin(np.arange(12), (0, 5, 7))
    halves = np.repeat(np.arange(16), 8)
    assert chords.triads_of(its, halves)[:3] == [chords.DONT_KNOW, chords.DONT_KNOW, G]


@pytest.mark.parametrize("tables", [None, chords.by_rule()])
def test_chords_that_a_melody_spells_are_found_and_better_in_hindsight(tables) -> None:
    its = song(3)
    soon, late = share(followed(its, tables), its), share(in_hindsight(its, tables), its)
    assert 0.5 < soon < late
    assert late > 0.9


def test_what_is_followed_does_not_depend_on_what_comes() -> None:
    its, other = song(), song()
    other.melody[16:] = [Note(n.onset, MELODY, 61, 80, 0.5) for n in other.melody[16:]]
    one, two = ([n for n in followed(s) if n.onset < 8] for s in (its, other))
    assert [(n.onset, n.pitch) for n in one] == [(n.onset, n.pitch) for n in two]
    assert [n for n in followed(its) if n.onset > 9] != [n for n in followed(other) if n.onset > 9]


def test_a_triad_is_held_until_there_is_another() -> None:
    assert [(n.onset, n.duration, n.pitch % 12) for n in held([C, C, G])] == [
        (0.0, 0.5, 0), (0.0, 0.5, 4), (0.0, 0.5, 7),
        (0.5, 0.25, 2), (0.5, 0.25, 7), (0.5, 0.25, 11),
    ]  # fmt: skip


def test_what_is_printed_is_what_ships(tmp_path: Path) -> None:
    text = chords.table({"tables": chords.learn([(song(), 0)]).tolist()})
    (tmp_path / "tables.txt").write_text(text)
    tables = read_tables(np.loadtxt(tmp_path / "tables.txt"))
    assert [t.shape for t in (tables.first, tables.after, tables.tones)] == [
        t.shape for t in (shipped().first, shipped().after, shipped().tones)
    ]


def test_the_benchmark_reads_a_folder_and_learns_from_keys(
    tmp_path: Path, write_song: Callable
) -> None:
    path = write_song(tmp_path / "7" / "7.mid", 1, bars=8)
    (path.parent / "chord_midi.txt").write_text("0.0\t8.0\tA:min\n8.0\t16.0\tC:maj\n")
    parser = ArgumentParser()
    chords.add(parser)
    figures = chords.run(parser.parse_args([str(tmp_path)]), lambda _: None)
    assert json.loads(json.dumps(figures)) == figures
    assert all(row in chords.table(figures) for row in figures["rows"])
    learning = parser.parse_args([str(tmp_path), "--learn"])
    with pytest.raises(UserError, match="no song is in one key"):
        chords.run(learning, lambda _: None)
    (path.parent / "key_audio.txt").write_text("0.0\t16.0\tC:maj\n")
    assert np.shape(chords.run(learning, lambda _: None)["tables"]) == (73, 24)
