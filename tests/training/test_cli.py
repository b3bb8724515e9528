"""antiphon-train: what it prints, what it leaves behind, and one line for every mistake."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
import pytest

from live.codec import NAMES
from training import commands, kinds
from training.cli import main
from training.corpus import load_corpus
from training.runs import Run, passes_done

Antiphon = Callable[..., tuple[int, str, str]]


@pytest.fixture
def antiphon_train(capsys: pytest.CaptureFixture[str]) -> Antiphon:
    """Run the command; return its exit code and what it wrote to both outputs."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(a) for a in arguments])
        code = caught.value.code or 0
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def run(antiphon_train: Antiphon, small: Path, folder: Path, tmp_path: Path) -> Path:
    """A run that is prepared."""
    out = tmp_path / "run"
    assert antiphon_train("prepare", small, folder, "--out", out, "--workers", 1)[0] == 0
    return out


# ---- what teaches


@pytest.mark.parametrize(
    "command",
    ["prepare", "fit", "baselines", "export", "run", "card", "evaluate", "generate", "benchmark"],
)
def test_help_teaches(antiphon_train: Antiphon, command: str) -> None:
    code, out, _ = antiphon_train(command, "--help")
    assert code == 0
    assert f"antiphon-train {command}" in out
    assert f"antiphon-train {command}" in antiphon_train("--help")[1]


# ---- prepare


def test_prepare_counts_and_names(antiphon_train, small, folder, tmp_path) -> None:
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    shutil.copy(mixed / "01" / "01.mid", mixed / "again.mid")
    for n in range(25):
        (mixed / f"bad{n:02}.mid").write_bytes(b"MThd")
    out = tmp_path / "run"
    code, printed, err = antiphon_train("prepare", small, mixed, "--out", out)
    assert code == 0
    assert "left out  bad00.mid: cut short" in printed
    assert "left out  5 more, named in" in printed
    assert "bad       25 files" in printed
    assert "doubles   1 files" in printed
    assert err == ""  # a bar is for terminals
    assert len((out / "left_out.txt").read_text().splitlines()) == 25
    corpus = load_corpus(out / "corpus.npz")
    assert f"pieces    12: {sum(map(len, corpus.pieces))} notes" in printed
    for split in ("train", "valid", "test"):
        pieces = corpus.split(split)
        assert f"{split:<7} {len(pieces)}: {sum(map(len, pieces))} notes" in printed


# ---- evaluate


def test_evaluate_prints_json_and_nothing_else(antiphon_train, run, small, tiny, tmp_path) -> None:
    model = shutil.copy(tiny, tmp_path / "small.onnx")
    code, _, _ = antiphon_train("baselines", small, "--out", run, "--to", tmp_path)
    assert code == 0
    code, out, _ = antiphon_train("evaluate", model, run, "--json", "--workers", 1)
    assert code == 0
    figures = json.loads(out)
    corpus = load_corpus(run / "corpus.npz")
    pieces = corpus.split("test")
    assert figures["pieces"] == len(pieces)
    assert figures["notes"] == 2 * sum(map(len, pieces))
    assert set(figures["baselines"]) == {"unigram", "markov", "markov_memory"}
    for row in (figures, figures["free"], *figures["baselines"].values()):
        assert set(row["bits"]) == set(row["accuracy"]) == set(NAMES)
        assert row["bits_per_note"] == pytest.approx(sum(row["bits"].values()), abs=1e-3)
        assert all(0 <= share <= 1 for share in row["accuracy"].values())
    # Of random weights and of frequencies it is known which foretells better.
    assert figures["baselines"]["unigram"]["bits_per_note"] < figures["bits_per_note"]


def test_evaluate_reads_what_prepare_reads(antiphon_train, run, folder, tiny) -> None:
    wanted, given = (
        antiphon_train("evaluate", tiny, where, "--json", "--workers", 1)
        for where in (run / "corpus.npz", folder)
    )
    assert json.loads(wanted[1]) == json.loads(given[1])
    code, out, _ = antiphon_train("evaluate", tiny, run, "--split", "valid", "--workers", 1)
    assert code == 0
    assert "bits a note" in out
    assert "accuracy" in out


# ---- generate


def test_generate_goes_on_where_the_file_ends(antiphon_train, folder, tiny, tmp_path) -> None:
    song = folder / "00" / "00.mid"
    written = []
    for seed in (1, 1, 2):
        path = tmp_path / f"{len(written)}.mid"
        code, out, _ = antiphon_train(
            "generate", tiny, song, "-o", path, "--seconds", 6, "--seed", seed
        )
        assert code == 0
        assert str(path) in out
        written.append(path.read_bytes())
    assert written[0] == written[1] != written[2]

    file = mido.MidiFile(tmp_path / "0.mid")
    assert [track.name for track in file.tracks] == ["", "You", "Antiphon"]
    you, antiphon = (_spans(track) for track in file.tracks[1:])
    read = sorted(
        (on, pitch) for track in mido.MidiFile(song).tracks for on, _, pitch in _spans(track)
    )
    assert sorted((on, pitch) for on, _, pitch in you) == read
    last = max(on for on, _, _ in you)
    assert antiphon
    assert all(last <= on <= last + 6 * 960 for on, _, _ in antiphon)


def _spans(track: mido.MidiTrack) -> list[tuple[int, int, int]]:
    """(on, off, pitch) in ticks; every note has its end, and no key is struck while down."""
    tick, down, spans = 0, {}, []
    for message in track:
        tick += message.time
        if message.type == "note_on":
            key = (message.channel, message.note)
            assert key not in down
            down[key] = tick
        elif message.type == "note_off":
            spans.append((down.pop((message.channel, message.note)), tick, message.note))
    assert not down
    return spans


# ---- mistakes


def _mistakes(tmp_path: Path, tiny: Path, folder: Path, small: Path) -> dict[str, tuple]:
    empty = tmp_path / "empty"
    empty.mkdir()
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "x.mid").write_bytes(b"")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(tiny.read_bytes()[:5000])
    unplayable = tmp_path / "y.mid"
    unplayable.write_bytes(b"MThd")
    voices = tmp_path / "voices.toml"
    voices.write_text(small.read_text().replace("bridge = ", "second = "))
    return {
        "no config of that name": (("fit", "popp"), "give a .toml file or one of"),
        "no folder": (("prepare", small, tmp_path / "none"), "there is no folder"),
        "a folder without music": (("prepare", small, empty), "no MIDI file"),
        "all files bad": (("prepare", small, bad, "--out", tmp_path / "r"), "none of 1 files"),
        "fit before prepare": (("fit", small, "--out", empty), "antiphon-train prepare"),
        "export before fit": (("export", small, "--out", empty), "antiphon-train prepare"),
        "a model that is not there": (("evaluate", "poq", folder), "there is no model 'poq'"),
        "a model cut short": (("evaluate", cut, folder), "not a model"),
        "pieces of other voices": (("evaluate", tiny, folder, "--config", voices), "--config"),
        "nothing to go on from": (("generate", tiny, unplayable), "cut short"),
        "a song that is not there": (("generate", tiny, tmp_path / "z.mid"), "No such file"),
        "no seconds": (("generate", tiny, folder / "00/00.mid", "--seconds", "0"), "--seconds"),
        "no command": ((), "required"),
        "an unknown one": (("trian",), "trian"),
    }


@pytest.mark.parametrize("number", range(14))
def test_a_mistake_is_one_line_and_exit_code_2(
    number: int, antiphon_train, tmp_path, tiny, folder, small
) -> None:
    arguments, why = list(_mistakes(tmp_path, tiny, folder, small).values())[number]
    code, out, err = antiphon_train(*arguments)
    assert code == 2
    assert out == ""
    assert why in err
    assert err.startswith("antiphon-train")
    assert err.count("\n") == 1


def test_a_run_is_not_gone_on_with_as_another_model(antiphon_train, run, small) -> None:
    shutil.copy(small, run / "config.toml")
    np.savez(run / "checkpoint.npz", state=np.array([3, 1.0, 1.0, 0]))
    assert passes_done(Run(run, "small")) == 3
    small.write_text(small.read_text().replace("units = 8", "units = 16"))
    code, _, err = antiphon_train("fit", small, "--out", run)
    assert code == 2
    assert "begun with another [model]" in err
    assert err.count("\n") == 1


def test_a_damaged_checkpoint_is_one_line(antiphon_train, run, small) -> None:
    (run / "checkpoint.npz").write_bytes(b"half of it")
    code, _, err = antiphon_train("fit", small, "--out", run)
    assert code == 2
    assert "damaged: remove it to begin again" in err


def test_ctrl_c_says_where_a_fit_goes_on(antiphon_train, run, small, monkeypatch) -> None:
    def fit(*_: object, **__: object) -> None:
        np.savez(run / "checkpoint.npz", state=np.array([4, 1.0, 1.0, 0]))
        raise KeyboardInterrupt

    monkeypatch.setattr(kinds, "train", fit)
    code, out, _ = antiphon_train("fit", small, "--out", run)
    assert code == 130
    assert out == "stopped after pass 4; the same command goes on from there\n"
    assert (run / "config.toml").read_text() == small.read_text()


# ---- run


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The steps that `run` takes, none of them taken; the one named "fails" ends it."""
    taken: list[list[str]] = []

    def take(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        assert command[:3] == [sys.executable, "-m", "training"]
        taken.append(command[3:])
        return subprocess.CompletedProcess(command, 3 if "tensorflow" in command else 0)

    monkeypatch.setattr(commands.subprocess, "run", take)
    return taken


def test_run_goes_from_music_to_a_card(antiphon_train, small, folder, tmp_path, steps) -> None:
    out, target = tmp_path / "new", tmp_path / "m.onnx"
    code, _, _ = antiphon_train("run", small, folder, "--out", out, "--to", target)
    assert code == 0
    assert [step[0] for step in steps] == ["prepare", "fit", "baselines", "export", "card"]
    assert all(step[1] == str(small) and str(out) in step for step in steps)
    assert str(folder) in steps[0]


def test_run_leaves_out_what_is_done_and_stops_where_a_step_fails(
    antiphon_train, run, small, tmp_path, steps
) -> None:
    (tmp_path / "small.markov.npz").write_bytes(b"")
    target = tmp_path / "small.onnx"
    assert antiphon_train("run", small, "--out", run, "--to", target)[0] == 0
    assert [step[0] for step in steps] == ["fit", "export", "card"]
    steps.clear()
    given = ("run", small, "--out", run, "--to", target, "--backend", "tensorflow")
    assert antiphon_train(*given)[0] == 3
    assert [step[0] for step in steps] == ["fit"]


def test_run_without_music_asks_for_it(antiphon_train, small, tmp_path, steps) -> None:
    code, _, err = antiphon_train("run", small, "--out", tmp_path / "none")
    assert code == 2
    assert "name the folders of the music" in err
    assert not steps


def test_a_frames_model_has_no_baselines_to_count(antiphon_train, folder, tmp_path, steps) -> None:
    antiphon_train("run", "frames", folder, "--out", tmp_path / "f", "--to", tmp_path / "f.onnx")
    assert [step[0] for step in steps] == ["prepare", "fit", "export", "card"]
