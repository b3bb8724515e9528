"""Folders of MIDI become the same corpus however they are read; what is bad is left out by name."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import corpus as corpora
from training.config import Config
from training.corpus import COLUMNS, Corpus, CorpusError, load_corpus, prepare, save_corpus
from training.midi_file import Piece


def same(a: Corpus, b: Corpus) -> bool:
    if (a.names, a.splits, a.bad, a.duplicates) != (b.names, b.splits, b.bad, b.duplicates):
        return False
    return all(
        np.array_equal(getattr(p, column), getattr(q, column))
        for p, q in zip(a.pieces, b.pieces, strict=True)
        for column in COLUMNS
    )


def test_a_corpus_does_not_depend_on_the_number_of_workers(folder: Path, config: Config) -> None:
    one, three = (prepare([folder], config.corpus, workers) for workers in (1, 3))
    assert len(one.pieces) == 12
    assert same(one, three)
    assert one.digest == three.digest


def test_a_corpus_does_not_depend_on_where_the_folder_lies(folder, config, tmp_path) -> None:
    moved = shutil.copytree(folder, tmp_path / "elsewhere" / "songs")
    assert same(prepare([folder], config.corpus), prepare([moved], config.corpus))


def test_a_corpus_is_read_back_as_it_was(folder: Path, config: Config, tmp_path: Path) -> None:
    made = prepare([folder], config.corpus)
    save_corpus(made, tmp_path / "run" / "corpus.npz")
    read = load_corpus(tmp_path / "run" / "corpus.npz")
    assert same(made, read)
    assert read.voices == ("melody", "bridge", "piano")


def test_bad_files_are_named_and_skipped(folder, config, tmp_path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    whole = (mixed / "00" / "00.mid").read_bytes()
    (mixed / "cut.mid").write_bytes(whole[:-40])
    (mixed / "empty.MID").write_bytes(b"")
    (mixed / "folder.mid").mkdir()
    (mixed / "notes.txt").write_text("not music")
    made = prepare([mixed], config.corpus, workers=2)
    assert made.bad == {"cut.mid": "cut short", "empty.MID": "empty"}
    assert len(made.pieces) == 12


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_named(folder, config, tmp_path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    (mixed / "00" / "00.mid").chmod(0)
    assert "Permission" in prepare([mixed], config.corpus).bad["00/00.mid"]


def test_exact_duplicates_are_left_out(folder, config, tmp_path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    shutil.copy(mixed / "05" / "05.mid", mixed / "again.mid")
    made = prepare([mixed], config.corpus)
    assert made.duplicates == ("again.mid",)
    assert len(made.pieces) == 12


def test_files_of_one_name_in_two_folders_are_both_read(write_song, config, tmp_path) -> None:
    for seed, name in enumerate(("a", "b")):
        write_song(tmp_path / name / "song.mid", seed)
    made = prepare([tmp_path / "a", tmp_path / "b"], config.corpus)
    assert made.names == ("b/song.mid", "song.mid")


def test_the_same_folder_twice_is_read_once(folder: Path, config: Config) -> None:
    assert len(prepare([folder, folder], config.corpus).names) == 12


def test_every_split_has_a_piece_and_every_piece_a_split(folder: Path, config: Config) -> None:
    made = prepare([folder], config.corpus)
    sizes = [len(made.split(s)) for s in ("train", "valid", "test")]
    assert min(sizes) >= 1
    assert sum(sizes) == 12


def test_splits_json_says_which_piece_goes_where(folder, config, tmp_path) -> None:
    given = shutil.copytree(folder, tmp_path / "given")
    splits = {"train": [f"{n:02}" for n in range(8)], "valid": ["08", "09"], "test": ["10", "11"]}
    (given / "splits.json").write_text(json.dumps(splits))
    made = prepare([given], config.corpus)
    placed = {s: [Path(n).stem for n, t in zip(made.names, made.splits, strict=True) if t == s]
              for s in splits}  # fmt: skip
    assert placed == splits


def test_a_list_beside_the_folders_names_pieces_with_their_folder(
    write_song, config, tmp_path
) -> None:
    splits = {"train": [], "valid": [], "test": []}
    for seed, split in enumerate(("test", "valid", "train", "test")):
        name = f"{'ab'[seed % 2]}/{seed // 2}.mid"
        write_song(tmp_path / "set" / name, seed)
        splits[split].append(name)
    (tmp_path / "set" / "splits.json").write_text(json.dumps(splits))
    made = prepare([tmp_path / "set" / "a", tmp_path / "set" / "b"], config.corpus)
    assert dict(zip(made.names, made.splits, strict=True)) == {
        "0.mid": "test", "b/0.mid": "valid", "1.mid": "train", "b/1.mid": "test",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["{", "[]", '{"train": 3}', "\xff"])
def test_a_broken_splits_json_is_one_line(text: str, folder, config, tmp_path) -> None:
    given = shutil.copytree(folder, tmp_path / "given")
    (given / "splits.json").write_text(text, encoding="latin-1")
    with pytest.raises(CorpusError, match=r"splits\.json") as caught:
        prepare([given], config.corpus)
    assert "\n" not in str(caught.value)


def test_nothing_to_read_is_one_line(tmp_path: Path, config: Config) -> None:
    with pytest.raises(CorpusError, match="no folder"):
        prepare([tmp_path / "missing"], config.corpus)
    with pytest.raises(CorpusError, match="no MIDI file"):
        prepare([tmp_path], config.corpus)
    (tmp_path / "x.mid").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"none of 1 files .*x\.mid: empty"):
        prepare([tmp_path], config.corpus)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 and no more", b"text"])
def test_a_damaged_corpus_is_one_line(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "corpus.npz"
    path.write_bytes(damage)
    with pytest.raises(CorpusError, match="not a prepared corpus"):
        load_corpus(path)


def _die_of(name: str):
    def read(path: Path, config: object) -> Piece:
        if path.stem == name:
            os._exit(3)
        return original(path, config)

    original = corpora.read_piece
    return read


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the reader is replaced by forking")
def test_a_file_that_ends_its_reader_is_named(folder, config, monkeypatch) -> None:
    import multiprocessing

    if multiprocessing.get_start_method() != "fork":
        pytest.skip("the reader is replaced by forking")
    whole = prepare([folder], config.corpus)
    monkeypatch.setattr(corpora, "read_piece", _die_of("07"))
    made = prepare([folder], config.corpus, workers=2)
    assert made.bad == {"07/07.mid": "the process that read it ended"}
    left = [n for n in whole.names if n != "07/07.mid"]
    assert list(made.names) == left


def test_the_voices_of_a_corpus_are_the_configs(folder: Path, config: Config) -> None:
    few = replace(config.corpus, voices={"all": []}, otherwise="all")
    assert {int(v) for p in prepare([folder], few).pieces for v in p.voice} == {0}


GRIDS = {"train": [[[60], [62]], [[64]]], "valid": [[[65]]], "test": [[[67]], [[128]]]}


def test_a_grid_file_is_many_pieces_with_its_own_splits(folder, config, tmp_path) -> None:
    one = replace(config.corpus, voices={"all": []}, otherwise="all")
    path = tmp_path / "grids.json"
    path.write_text(json.dumps(GRIDS))
    (tmp_path / "bad.json").write_text("{")
    made = prepare([path, folder, tmp_path / "bad.json"], one)
    placed = [(n, s) for n, s in zip(made.names, made.splits, strict=True) if "json" in n]
    assert placed == [
        ("grids.json/test/0000", "test"),
        ("grids.json/train/0000", "train"),
        ("grids.json/train/0001", "train"),
        ("grids.json/valid/0000", "valid"),
    ]
    assert len(made.names) == 4 + 12
    assert list(made.names) == sorted(made.names)
    assert set(made.bad) == {"bad.json", "grids.json/test/0001"}
    save_corpus(made, tmp_path / "corpus.npz")
    assert same(made, load_corpus(tmp_path / "corpus.npz"))


def test_a_grid_file_is_read_only_where_it_is_named(folder, config, tmp_path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    (mixed / "grids.json").write_text(json.dumps(GRIDS))
    assert same(prepare([mixed], config.corpus), prepare([folder], config.corpus))
