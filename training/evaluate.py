"""How well a model foretells held-out music, beside honest baselines: bits a note, accuracy.

Every piece is read in both directions (the first voice the player's and the rest the machine's,
and the other way about), and the exported file itself is stepped through it, note by note, as
on stage.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from live.codec import NAMES, VELOCITY, Codec
from live.errors import UserError
from live.memory import Recall
from live.models.asking import Ask
from live.models.note_model import NoteModel
from training import baselines, rivals
from training.coded import Coded, code
from training.midi_file import Piece
from training.roles import both_directions

T = TypeVar("T", bound=Sized)
Doubles = npt.NDArray[np.float64]
Progress = Callable[[Iterable[Any], int], Iterable[Any]]


class EvaluationError(UserError):
    """Figures that cannot be had; the message is one line."""


@dataclass(frozen=True)
class Score:
    """Sums over notes, by field, (5,). counted: notes that have it (a score's have no velocity);
    bits; right: notes whose likeliest bin came."""

    notes: int
    counted: Doubles
    bits: Doubles
    right: Doubles

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.notes + other.notes,
            self.counted + other.counted,
            self.bits + other.bits,
            self.right + other.right,
        )

    @property
    def bits_per_note(self) -> float:
        """Of a note that has all its fields."""
        return float((self.bits / np.maximum(1, self.counted)).sum())

    def figures(self) -> dict[str, Any]:
        """What is reported, per note."""
        counted = np.maximum(1, self.counted)
        return {
            "bits_per_note": round(self.bits_per_note, 4),
            "bits": _by_field(self.bits / counted),
            "accuracy": _by_field(self.right / counted),
        }


NOTHING = Score(0, *np.zeros((3, len(NAMES))))


def _by_field(values: Doubles) -> dict[str, float]:
    return {name: round(float(v), 4) for name, v in zip(NAMES, values, strict=True)}


def readings(pieces: Iterable[Piece], codec: Codec, free: bool = False) -> list[Coded]:
    """Both directions of each piece. free: no bar positions, time in played seconds."""
    rate = 1.0 if free else None
    return [code(p, roles, codec, free=rate) for p in pieces for roles in both_directions(p)]


def spread(pieces: Sequence[T], steps: int) -> list[T]:
    """Some of the readings, evenly spread, with about so many notes or frames; at least one."""
    share = steps / max(1, sum(map(len, pieces)))
    count = max(1, min(len(pieces), round(len(pieces) * share)))
    return [pieces[i] for i in np.linspace(0, len(pieces) - 1, count).round().astype(int)]


def step_through(model: NoteModel, piece: Coded) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Step the model through one reading, every note forced to be the one that came.

    Returns, both (N, 5): the log of what the model gave each field of the note that came, given
    the fields before it; and whether that was its likeliest bin, given those same fields.
    """
    anything = model.anything
    cuts = model.codec.slices
    sounding = piece.sounding().astype(np.float32)
    sounds = np.concatenate((np.zeros_like(sounding[:1]), sounding[:-1]))
    heard = np.concatenate((model.codec.nothing[None], piece.heard[:-1]))
    logs = np.zeros((len(piece), len(NAMES)))
    right = np.zeros((len(piece), len(NAMES)), np.bool_)
    state = model.start
    for n, note in enumerate(piece.bins):
        given: dict[str, Any] = {
            "heard": heard[n],
            "sounding": sounds[n],
            "position": int(piece.before[n]),
            "bar": int(piece.bar[n]),
            "recall": Recall(piece.recalled[n], int(piece.match[n])),
            "chance": model.no_chance,
        }
        ask = Ask(anything.allowed, note, anything.temperature)
        step = model.step(state, ask=ask, **given)
        logs[n] = model.log_probability(step, ask)
        right[n] = [step.logits[cut].argmax() for cut in cuts] == note
        state = step.state
    return logs, right


def score(model: NoteModel, piece: Coded) -> Score:
    """The sums over one reading."""
    logs, right = step_through(model, piece)
    return _sums(-logs / np.log(2), right, piece.counts())


def _sums(bits: Doubles, right: npt.NDArray[np.bool_], counts: npt.NDArray[np.bool_]) -> Score:
    """Of one reading's (N, 5)."""
    sums = ((a * counts).sum(axis=0).astype(np.float64) for a in (counts, bits, right))
    return Score(len(bits), *sums)


_model: NoteModel  # one in each worker process


def _open(path: Path) -> None:
    global _model
    _model = NoteModel.open(path)


def _score(piece: Coded) -> Score:
    return score(_model, piece)


def score_all(
    path: Path,
    pieces: Sequence[Coded],
    workers: int = 1,
    progress: Progress = lambda results, _: results,
) -> Score:
    """Over several processes; the result does not depend on how many (sums in a fixed order)."""

    def run() -> Iterator[Score]:
        if workers == 1:
            model = NoteModel.open(path)
            yield from (score(model, piece) for piece in pieces)
            return
        # Not forked: onnxruntime's threads do not survive that.
        with ProcessPoolExecutor(workers, get_context("spawn"), _open, (path,)) as pool:
            yield from pool.map(_score, pieces, chunksize=2)

    return sum(progress(run(), len(pieces)), NOTHING)


def score_baseline(baseline: baselines.Baseline, pieces: Sequence[Coded]) -> Score:
    """The same sums for a baseline."""
    counts = np.concatenate([piece.counts() for piece in pieces])
    counted = counts.sum(axis=0).astype(np.float64)
    share = np.asarray(baseline.accuracy(pieces), np.float64)
    loud = [piece for piece in pieces if piece.loud.all()]
    if 0 < len(loud) < len(pieces):
        share[VELOCITY] = baseline.accuracy(loud)[VELOCITY]
    bits = (np.asarray(baseline.bits(pieces), np.float64) * counts).sum(axis=0)
    return Score(len(counts), counted, bits, share * counted)


def evaluate(
    path: Path,
    pieces: Sequence[Piece],
    beside: Path | None = None,
    workers: int = 1,
    free: bool = True,
    progress: Progress = lambda results, _: results,
) -> dict[str, Any]:
    """All figures of a model on some pieces, as plain values.

    beside: the folder of its baselines. `notes` counts each piece's notes once for each
    direction. Under `free` are the same figures with no position in the bar and time in played
    seconds, as an instrument hears that keeps no beat; the baselines are compared where the
    positions are known. Raises ModelError, EvaluationError and
    RivalError.
    """
    model = NoteModel.open(path)
    if not pieces:
        raise EvaluationError("there is no piece to evaluate")
    known = readings(pieces, model.codec)
    base = rivals.load(beside or path.parent, path.stem, model.codec)
    total = score_all(path, known, workers, progress=progress)
    figures: dict[str, Any] = {
        "model": path.name,
        "sha256": model.sha256,
        "pieces": len(pieces),
        "notes": total.notes,
        **total.figures(),
    }
    if free:
        unknown = readings(pieces, model.codec, free=True)
        figures["free"] = score_all(path, unknown, workers, progress=progress).figures()
    figures["baselines"] = {k: score_baseline(b, known).figures() for k, b in base.items()}
    return figures


def table(figures: dict[str, Any]) -> str:
    """The figures for people to read."""
    rows = [(figures["model"], figures)]
    rows += list(figures["baselines"].items())
    rows += [("no bar, seconds", figures["free"])] if "free" in figures else []
    head = f"{'bits a note':<18} {'all':>7} " + " ".join(f"{n:>9}" for n in NAMES)
    lines = [f"{figures['pieces']} pieces, {figures['notes']} notes (both directions)", head]
    for name, row in rows:
        cells = " ".join(f"{row['bits'][n]:9.3f}" for n in NAMES)
        lines.append(f"{name:<18} {row['bits_per_note']:7.3f} {cells}")
    lines.append(f"{'accuracy':<18} {'':>7} " + " ".join(f"{n:>9}" for n in NAMES))
    for name, row in rows:
        cells = " ".join(f"{row['accuracy'][n]:9.1%}" for n in NAMES)
        lines.append(f"{name:<18} {'':>7} {cells}")
    return "\n".join(lines)
