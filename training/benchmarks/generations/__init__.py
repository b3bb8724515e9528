"""Free continuations of held-out music, beside what really followed.

Every subject is given the same eight bars of pieces that nobody trained on, and goes on for eight
bars. A subject is a function (contexts, seeds) -> excerpts, so a model of another kind, which plays
on a grid or is no network at all, is one more row.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.benchmarks import Say
from training.benchmarks.generations.report import table

if TYPE_CHECKING:
    from training.corpus import Corpus

__all__ = ["HELP", "add", "run", "table"]

HELP = "continuations of held-out bars beside the real ones: likeness, repetition, copying"

COPIED = 16  # notes: the bar for the median of the longest run that also stands in training
FEWEST = 4  # contexts


def add(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="an .onnx file, or one that ships (pop)")
    parser.add_argument(
        "corpus", type=Path, metavar="CORPUS", help="what prepare wrote, or a folder of MIDI files"
    )
    parser.add_argument("--config", help="whose voices name the tracks [the model's, or pop]")
    parser.add_argument(
        "--split", default="test", choices=("valid", "test"), help="of contexts [%(default)s]"
    )
    parser.add_argument("--contexts", type=int, default=100, metavar="N", help="[%(default)s]")
    parser.add_argument(
        "--temperature", type=float, default=0.85, metavar="T",
        help="[%(default)s, chosen on pop909's valid split]",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="[%(default)s]")


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """The figures of every subject. Raises UserError."""
    from live.errors import UserError
    from live.models.note_model import NoteModel
    from live.models.shelf import find
    from training.benchmarks.generations.bench import BARS, draw_bench, measure
    from training.benchmarks.generations.notes import in_bins
    from training.benchmarks.generations.subjects import subjects
    from training.rivals import load

    if given.contexts < FEWEST or given.temperature <= 0:
        raise UserError(f"give --contexts of {FEWEST} or more and a --temperature above 0")
    model = NoteModel.open(find(given.model))
    corpus = _read(given.corpus, given.config, model.path, model.codec.voices)
    bench = draw_bench(corpus, given.split, given.contexts, given.seed)
    if min(len(bench.contexts), len(bench.other)) < FEWEST:
        raise UserError(
            f"{given.corpus} has too few stretches of {2 * BARS} bars in its test and valid "
            "splits: give more or longer pieces"
        )
    baselines = load(model.path.parent, model.path.stem, model.codec)
    rows = subjects(model, baselines, given.temperature)
    bins = {"real, in the model's bins": [in_bins(e, model.codec) for e in bench.real]}
    return {
        "model": model.path.name,
        "sha256": model.sha256,
        "corpus": corpus.digest,
        "split": given.split,
        "contexts": len(bench.contexts),
        "pieces": len(set(bench.whose)),
        "bars": BARS,
        "temperature": given.temperature,
        "seed": given.seed,
        "copied_median_below": COPIED,
        "rows": measure(bench, rows, bins, corpus.split("train"), given.seed, say),
    }


def _read(path: Path, named: str | None, model: Path, voices: tuple[str, ...]) -> "Corpus":
    """A prepared corpus, or a folder of MIDI files read now. Raises UserError."""
    from live.errors import UserError
    from training.config import CONFIGS, read_config
    from training.corpus import load_corpus, prepare

    whole = path / "corpus.npz" if (path / "corpus.npz").is_file() else path
    if whole.suffix == ".npz":
        corpus = load_corpus(whole)
    else:
        own = model.stem if (CONFIGS / f"{model.stem}.toml").exists() else "pop"
        corpus = prepare([path], read_config(named or own).corpus)
    if corpus.voices != voices:
        raise UserError(
            f"the pieces have the voices {', '.join(corpus.voices)} and the model "
            f"{', '.join(voices)}: give its config by --config"
        )
    return corpus
