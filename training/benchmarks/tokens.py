"""The note model beside an LSTM over events, in bits a second of held-out music.

Both say the same quantised notes, in played seconds, with no bars. The note model also says whose
each note is and which voice's, which the events leave out: its bits are given with that and without
(less its own bits for `part`; what it knows from the part is its to use).
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live.errors import UserError

HELP = "the note model beside an LSTM over events (Performance RNN's), in bits a second of music"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="an .onnx note model, or one that ships")
    parser.add_argument(
        "--config", default="tokens", help="of the events model, trained by fit [%(default)s]"
    )
    parser.add_argument("--out", type=Path, metavar="RUN", help="its run [runs/ and that name]")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="[%(default)s]")


def run(given: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises UserError where the run is not trained, or the codecs differ."""
    from live.models.note_model import NoteModel
    from live.models.shelf import find
    from training.config import TokenConfig, read_any_config
    from training.evaluate import readings, score_all
    from training.runs import passes_done, run_of, use_backend

    config = read_any_config(given.config)
    if not isinstance(config, TokenConfig):
        raise UserError(f"{given.config} is no config of an events model: give tokens")
    its = run_of(config, given.out)
    if not its.weights.exists():
        raise UserError(f"there is no {its.weights}: train by antiphon-train fit {config.name}")
    path = find(given.model)
    if NoteModel.open(path).codec != config.codec:
        raise UserError(f"{path} and {config.name} have other bins: they cannot be compared")
    pieces = its.read_corpus(config).split("test")
    seconds = sum(float((p.second + p.seconds).max() - p.second.min()) for p in pieces)
    use_backend("jax")
    from training.tokens.model import bits

    say(f"{len(pieces)} pieces, {seconds / 60:.0f} minutes")
    events = sum(bits(its.weights, pieces, config))
    say("the note model")
    score = score_all(path, readings(pieces, config.codec, free=True), given.workers)
    notes = float(score.bits.sum()) / 2  # both directions were read
    part = float(score.bits[1]) / 2
    return {
        "model": path.name,
        "pieces": len(pieces),
        "seconds": round(seconds, 1),
        "bits_per_second": {
            "note model, parts too": round(notes / seconds, 3),
            "note model": round((notes - part) / seconds, 3),
            "events model": round(events / seconds, 3),
        },
        "events_passes": passes_done(its),
    }


def table(figures: dict[str, Any]) -> str:
    rows = [f"{name:<24} {bits:8.2f}" for name, bits in figures["bits_per_second"].items()]
    head = f"{figures['pieces']} pieces, {figures['seconds'] / 60:.0f} minutes; bits a second"
    return "\n".join(
        [head, *rows, f"the events model was trained for {figures['events_passes']} passes"]
    )
