"""How well a model of rolls foretells held-out music, or how near its bars come to it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from live.models.roll_model import Chance, RollModel
from live.roll import SOUNDING, STRUCK
from training.config import BarConfig, FrameConfig
from training.midi_file import Piece
from training.rolls import frames
from training.rolls.likelihood import frame_nats
from training.rolls.windows import MACHINE, fixed, window

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
Doubles = npt.NDArray[np.float64]
WINDOWS = 1000  # of all, evenly spread
ALL: Progress = lambda results, _: results  # noqa: E731


def evaluate_frames(
    path: Path, config: FrameConfig, pieces: Sequence[Piece], progress: Progress = ALL
) -> dict[str, Any]:
    """Bits a frame of both sides, over both directions of each piece, and of two ways of counting
    that know those pieces. Raises ModelError."""
    model = RollModel.open(path)
    read = frames.fixed([p for p in pieces if not p.beatless], config)
    nats = [frame_nats(model, piece.rolls, piece.place) for piece in progress(read, len(read))]
    whole = np.concatenate(nats)
    return {
        "model": path.name,
        "sha256": model.sha256,
        "pieces": len(read) // 2,
        "frames": len(whole),
        **_figures(whole.mean(axis=0)),
        "baselines": {name: _figures(count(read)) for name, count in COUNTS.items()},
    }


def _figures(nats: Doubles) -> dict[str, Any]:
    sounding, struck = (float(n) for n in nats / np.log(2))
    return {
        "bits_per_frame": round(sounding + struck, 4),
        "bits": {"sounding": round(sounding, 4), "struck": round(struck, 4)},
    }


def _often(read: Sequence[Any]) -> Doubles:
    sounds = np.concatenate([piece.rolls[:, :, SOUNDING] for piece in read])
    return np.array((_entropy(sounds.mean(axis=0)).sum(), _struck_again(read)))


def _same_as_before(read: Sequence[Any]) -> Doubles:
    silent = [np.zeros_like(piece.rolls[:1, :, SOUNDING]) for piece in read]
    before = np.concatenate(
        [np.concatenate((s, p.rolls[:-1, :, SOUNDING])) for s, p in zip(silent, read, strict=True)]
    )
    after = np.concatenate([piece.rolls[:, :, SOUNDING] for piece in read])
    nats = 0.0
    for was in (0, 1):
        here = before == was
        count = here.sum(axis=0)
        share = (after * here).sum(axis=0) / np.maximum(1, count)
        nats += float((_entropy(share) * count).sum() / len(after))
    return np.array((nats, _struck_again(read)))


def _struck_again(read: Sequence[Any]) -> float:
    """Nats a frame of what goes on sounding, each key as often struck again as at large."""
    again = total = frames_ = 0
    for piece in read:
        goes_on = piece.rolls[1:, :, SOUNDING] & piece.rolls[:-1, :, SOUNDING]
        total += int(goes_on.sum())
        again += int((goes_on & piece.rolls[1:, :, STRUCK]).sum())
        frames_ += len(piece)
    return float(_entropy(np.array(again / max(1, total))) * total / frames_)


def _entropy(share: Doubles) -> Doubles:
    """Nats of a choice that is made with that probability."""
    p = np.clip(share, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log(1 - p)))


COUNTS = {"often": _often, "same as before": _same_as_before}


def evaluate_bars(
    path: Path, config: BarConfig, pieces: Sequence[Piece], progress: Progress = ALL
) -> dict[str, Any]:
    """What made bars are like, the best of each call, beside those that followed, and beside the
    machine's last bar again. Raises ModelError."""
    model = RollModel.open(path)
    chance = Chance(np.random.default_rng(config.seed), model.contract)
    windows = fixed([p for p in pieces if not p.beatless], config.grid)
    starts = windows["starts"]
    at = starts[np.linspace(0, len(starts) - 1, min(WINDOWS, len(starts))).astype(int)]
    length = model.contract.frames
    heard, real, made, differ = [], [], [], []
    for start in progress(at, len(at)):
        before, followed = window(windows, int(start), model.contract.window, length)
        one, two = (model.step(before, chance.draw()) for _ in range(2))
        bars = [m.played[int(np.argmax(m.score)), :, 0] for m in (one, two)]
        heard.append(before)
        real.append(followed)
        made.append(bars[0])
        differ.append(_differ(*bars))
    last = [before[-length:, MACHINE] for before in heard]
    return {
        "model": path.name,
        "sha256": model.sha256,
        "pieces": sum(not p.beatless for p in pieces),
        "windows": len(at),
        **_likeness(made, heard, config),
        "differ": float(np.mean(differ)),
        "differ_real": float(np.mean([_differ(a, b) for a, b in zip(real, last, strict=True)])),
        "baselines": {
            "what followed": _likeness(real, heard, config),
            "its last bar again": _likeness(last, heard, config),
        },
    }


def _differ(one: Any, two: Any) -> float:
    """Share of the notes of two bars that only one has."""
    struck = [bar[:, STRUCK] > 0 for bar in (one, two)]
    total = int(struck[0].sum() + struck[1].sum())
    return float((struck[0] ^ struck[1]).sum() / total) if total else 0.0


def _likeness(bars: Sequence[Any], heard: Sequence[Any], config: BarConfig) -> dict[str, float]:
    """notes a bar; share of empty bars; keys sounding in a frame; share of the notes struck on a
    beat, and of those on keys that either side struck in the bars before."""
    struck = np.stack([bar[:, STRUCK] > 0 for bar in bars])
    known = np.stack([(before[:, :, STRUCK] > 0).any(axis=(0, 1)) for before in heard])
    notes = max(1, int(struck.sum()))
    return {
        "notes": float(struck.sum() / len(bars)),
        "empty": float((~struck.any(axis=(1, 2))).mean()),
        "sounding": float(np.stack([bar[:, SOUNDING] for bar in bars]).sum(axis=2).mean()),
        "on_beat": float(struck[:, :: config.grid.frames].sum() / notes),
        "familiar": float((struck & known[:, None]).sum() / notes),
    }
