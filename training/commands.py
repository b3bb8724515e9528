"""What each command of antiphon-train does. Heavy imports wait until they are needed."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from live.cli.parser import Parser
from live.errors import UserError
from training import baselines as rooms
from training import rivals
from training.benchmarks import protocol
from training.config import CONFIGS, Config, read_any_config, read_config
from training.corpus import Corpus, load_corpus, save_corpus
from training.corpus import prepare as prepare_corpus
from training.runs import begin, passes_done, run_of, use_backend

SHELF = Path("exported_models")
NAMED = 20  # bad files named on the screen; the rest are in the file


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _bar(unit: str) -> Callable[[Iterable[Any], int], Iterable[Any]]:
    from tqdm import tqdm

    def bar(results: Iterable[Any], total: int) -> Iterable[Any]:
        # disable=None: where nobody watches, in a log, there is no bar.
        return tqdm(results, total=total, unit=unit, smoothing=0.05, disable=None)

    return bar


def _say(text: str) -> None:
    print(text, flush=True)


def prepare(given: argparse.Namespace) -> int:
    config = read_any_config(given.config)
    run = run_of(config, given.out)
    corpus = prepare_corpus(given.folders, config.corpus, given.workers, _bar(" files"))
    save_corpus(corpus, run.corpus)
    left_out = [f"{name}: {why}" for name, why in corpus.bad.items()]
    run.bad.write_text("".join(line + "\n" for line in left_out))
    for line in left_out[:NAMED]:
        _say(f"left out  {line}")
    if len(left_out) > NAMED:
        _say(f"left out  {len(left_out) - NAMED} more, named in {run.bad}")
    _describe(corpus)
    _say(f"corpus    {run.corpus}, {run.corpus.stat().st_size / 2**20:.1f} MB")
    return 0


def _describe(corpus: Corpus) -> None:
    notes = sum(map(len, corpus.pieces))
    hours = sum(float((p.second + p.seconds).max()) for p in corpus.pieces) / 3600
    _say(f"pieces    {len(corpus.pieces)}: {notes} notes, {hours:.1f} hours")
    for split in ("train", "valid", "test"):
        pieces = corpus.split(split)
        _say(f"  {split:<7} {len(pieces)}: {sum(map(len, pieces))} notes")
    _say(f"bad       {len(corpus.bad)} files")
    _say(f"doubles   {len(corpus.duplicates)} files, left out")


def fit(given: argparse.Namespace) -> int:
    config = read_any_config(given.config)
    run = run_of(config, given.out)
    corpus = run.read_corpus(config)
    for split in ("train", "valid"):
        if not corpus.split(split):
            raise UserError(f"{run.corpus} has no piece in its {split} split: prepare more files")
    begin(run, config, given.config)
    use_backend(given.backend)
    from training.kinds import train

    try:
        best = train(config, corpus, run.folder, say=_say, workers=given.workers)
    except KeyboardInterrupt:
        _say(f"stopped after pass {passes_done(run)}; the same command goes on from there")
        return 130
    _say(f"best weights: {best}")
    return 0


def baselines(given: argparse.Namespace) -> int:
    config = read_config(given.config)
    corpus = run_of(config, given.out).read_corpus(config)
    from training.evaluate import readings, score_baseline

    train, valid = (readings(corpus.split(s), config.codec) for s in ("train", "valid"))
    if not train or not valid:
        raise UserError("the corpus has no piece to train on or none to choose by: prepare more")
    given.to.mkdir(parents=True, exist_ok=True)
    for kind in given.kinds:
        baseline = rivals.fit(kind, train, valid, config.codec)
        path = rivals.file_of(given.to, config.name, kind)
        rooms.save(baseline, path)
        bits = score_baseline(baseline, valid).figures()["bits_per_note"]
        size = path.stat().st_size / 2**20
        _say(f"{kind:<13} {bits:6.3f} bits a note in validation; {path}, {size:.1f} MB")
    return 0


def export(given: argparse.Namespace) -> int:
    config = read_any_config(given.config)
    run = run_of(config, given.out)
    corpus = run.read_corpus(config)
    if not run.weights.exists():
        raise UserError(f"there is no {run.weights}: train by antiphon-train fit {config.name}")
    use_backend("tensorflow")
    from training.kinds import shipment_of
    from training.shipping import origin_of, ship

    target = given.to or SHELF / f"{config.name}.onnx"
    origin = origin_of(config, corpus, run)
    figures = ship(run, shipment_of(run, config, corpus, origin), origin, target, _say)
    run.exported.write_text(json.dumps(figures, indent=1))
    return 0


def whole(given: argparse.Namespace) -> int:
    """Every step in its turn, each in a process of its own: training and export want different
    backends of Keras."""
    config = read_any_config(given.config)
    run = run_of(config, given.out)
    if not run.corpus.exists() and not given.folders:
        raise UserError(f"there is no {run.corpus} yet: name the folders of the music too")
    target = given.to or SHELF / f"{config.name}.onnx"
    kept = ["--out", str(run.folder)]
    has_baselines = isinstance(config, Config)
    steps = [
        (not run.corpus.exists(), ["prepare", given.config, *map(str, given.folders), *kept]),
        (True, ["fit", given.config, *kept, "--backend", given.backend]),
        (
            has_baselines and not rivals.file_of(target.parent, config.name, "markov").exists(),
            ["baselines", given.config, *kept, "--to", str(target.parent)],
        ),
        (True, ["export", given.config, *kept, "--to", str(target)]),
        (True, ["card", given.config, *kept, "--model", str(target)]),
    ]
    for wanted, step in steps:
        if wanted:
            _say(f"antiphon-train {' '.join(step)}")
            done = subprocess.run([sys.executable, "-m", "training", *step], check=False)
            if done.returncode:
                return done.returncode
    return 0


def _pieces(given: argparse.Namespace, config: Config) -> Corpus:
    """A prepared corpus as it is; anything else is read."""
    first = given.folders[0]
    if len(given.folders) == 1 and first.suffix == ".npz":
        return load_corpus(first)
    if len(given.folders) == 1 and (first / "corpus.npz").is_file():
        return load_corpus(first / "corpus.npz")
    return prepare_corpus(given.folders, config.corpus, given.workers, _bar(" files"))


def _config_of(named: str | None, model: Path) -> Config:
    """The config that tells voices by the names of tracks."""
    own = (CONFIGS / f"{model.stem}.toml").exists()
    return read_config(named or (model.stem if own else "pop"))


def evaluate(given: argparse.Namespace) -> int:
    from live.models.note_model import NoteModel
    from live.models.shelf import find
    from training.evaluate import evaluate as figures_of
    from training.evaluate import table

    path = find(given.model)
    codec = NoteModel.open(path).codec
    corpus = _pieces(given, _config_of(given.config, path))
    if corpus.voices != codec.voices:
        raise UserError(
            f"the pieces have the voices {', '.join(corpus.voices)} and {path} "
            f"{', '.join(codec.voices)}: give its config by --config"
        )
    pieces = list(corpus.pieces) if given.split == "all" else corpus.split(given.split)
    if not pieces:
        raise UserError(f"no piece is in the {given.split} split: give --split all")
    figures = figures_of(path, pieces, given.baselines, given.workers, progress=_bar(" readings"))
    figures["split"] = given.split
    figures["left_out"] = len(corpus.bad)
    _say(json.dumps(figures, indent=1) if given.json else table(figures))
    return 0


def card(given: argparse.Namespace) -> int:
    from training import card as cards

    config = read_any_config(given.config)
    run = run_of(config, given.out)
    model = given.model or SHELF / f"{config.name}.onnx"
    figures = cards.gather(run, config, model, given.workers, _bar(" readings"))
    path = model.with_suffix(".md")
    path.write_text(cards.write(figures, config))
    _say(f"{path}")
    return 0


def generate(given: argparse.Namespace) -> int:
    from live.models.note_model import NoteModel
    from live.models.shelf import find
    from training.generate import continuation, read_notes, write_midi

    model = NoteModel.open(find(given.model))
    config = _config_of(given.config, model.path)
    output = given.output or given.file.with_suffix(".antiphon.mid")
    yours = read_notes(given.file, config.corpus)
    its = continuation(model, yours, given.seconds, given.seed, given.temperature)
    write_midi(yours, its, output)
    _say(f"{output}: {len(its)} notes after {len(yours)}")
    return 0


def benchmark(given: argparse.Namespace) -> int:
    # A protocol is imported only when it is asked for.
    room = protocol(given.protocol)
    parser = Parser(prog=f"antiphon-train benchmark {given.protocol}", description=room.HELP)
    room.add(parser)
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    asked = parser.parse_args(given.rest)
    figures = room.run(asked, (lambda _: None) if asked.json else _say)
    _say(json.dumps(figures, indent=1) if asked.json else room.table(figures))
    return 0
