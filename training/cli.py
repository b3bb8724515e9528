"""`antiphon-train ...`: what to type, in the order in which a model is made."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from live import VERSION
from live.cli.parser import Parser
from live.errors import UserError
from training import commands
from training.benchmarks import PROTOCOLS
from training.rivals import KINDS
from training.runs import BACKENDS

TEACH = """\
Make a model from a folder of MIDI files. For the one that ships:

  antiphon-train prepare pop FOLDER...   read the MIDI files once, into runs/pop/corpus.npz
  antiphon-train fit pop                 train; stop it when you like, start it again to go on
  antiphon-train baselines pop           count what the model has to beat
  antiphon-train export pop              write exported_models/pop.onnx, checked and measured
  antiphon-train card pop                measure it on held-out pieces; write exported_models/pop.md

or all of that in one command, which goes on where it was stopped:

  antiphon-train run pop FOLDER...

and with any model:

  antiphon-train evaluate MODEL FOLDER   bits a note and accuracy, beside the baselines
  antiphon-train generate MODEL FILE     go on where a MIDI file ends
  antiphon-train benchmark PROTOCOL      a published protocol, re-run: beside the published figures

CONFIG is a name in training/configs (pop, piano, chorale, drums: note models; frames, bars: models
of piano rolls) or a .toml file of your own: copy pop.toml, and say which words in a track's name
make it which voice.
"""


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _with_run(
    subs: "argparse._SubParsersAction[Parser]", name: str, help: str
) -> argparse.ArgumentParser:
    command = subs.add_parser(name, help=help, description=help)
    command.add_argument("config", metavar="CONFIG", help="a name (pop) or a .toml file")
    command.add_argument(
        "--out", type=Path, metavar="RUN", help="folder of the run [runs/ and the config's name]"
    )
    return command


def _workers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workers", type=_whole, metavar="N", default=commands.cores(),
        help="processes side by side [%(default)s]",
    )  # fmt: skip


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="antiphon-train",
        description=TEACH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"antiphon-train {VERSION}")
    subs = top.add_subparsers(metavar="COMMAND", required=True)

    prepare = _with_run(subs, "prepare", "read folders of MIDI files into a corpus")
    prepare.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="of MIDI files")
    _workers(prepare)
    prepare.set_defaults(run=commands.prepare)

    fit = _with_run(subs, "fit", "train a model, or go on training it")
    fit.add_argument("--backend", choices=BACKENDS, default="jax", help="of Keras [%(default)s]")
    fit.add_argument(
        "--workers", type=_count, metavar="N", default=1,
        help="processes that ready the next passes meanwhile, 0 for none [%(default)s]",
    )  # fmt: skip
    fit.set_defaults(run=commands.fit)

    baselines = _with_run(subs, "baselines", "count what the model has to beat")
    baselines.add_argument(
        "--to", type=Path, metavar="FOLDER", default=commands.SHELF,
        help="folder of the model they are kept beside [%(default)s]",
    )  # fmt: skip
    baselines.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=list(KINDS),
        metavar="KIND", help="which [%(default)s]",
    )  # fmt: skip
    baselines.set_defaults(run=commands.baselines)

    export = _with_run(subs, "export", "write the .onnx file: parity, int8, speed, origin")
    export.add_argument(
        "--to", type=Path, metavar="FILE", help="the .onnx file [exported_models/NAME.onnx]"
    )
    export.set_defaults(run=commands.export)

    whole = _with_run(subs, "run", "all of the above in one: from music to a measured model")
    whole.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="of music, the first time"
    )
    whole.add_argument(
        "--backend", choices=BACKENDS, default="jax", help="to train on [%(default)s]"
    )
    whole.add_argument("--to", type=Path, metavar="FILE", help="[exported_models/NAME.onnx]")
    whole.set_defaults(run=commands.whole)

    card = _with_run(subs, "card", "measure the exported model on held-out pieces; write its card")
    card.add_argument("--model", type=Path, metavar="FILE", help="[exported_models/NAME.onnx]")
    _workers(card)
    card.set_defaults(run=commands.card)

    evaluate = subs.add_parser(
        "evaluate",
        help="bits a note and accuracy of a model on a folder of MIDI files",
        description="Step a model through every piece, note by note, in both directions (who is "
        "player and who is machine). FOLDER is anything that prepare reads, or a corpus.npz.",
    )
    evaluate.add_argument("model", metavar="MODEL", help="an .onnx file, or one that ships (pop)")
    evaluate.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    evaluate.add_argument("--config", help="whose voices name the tracks [the model's, or pop]")
    evaluate.add_argument(
        "--baselines", type=Path, metavar="FOLDER", help="where they lie [beside the model]"
    )
    evaluate.add_argument(
        "--split", choices=("train", "valid", "test", "all"), default="test",
        help="which pieces [%(default)s]",
    )  # fmt: skip
    evaluate.add_argument("--json", action="store_true", help="print JSON and nothing else")
    _workers(evaluate)
    evaluate.set_defaults(run=commands.evaluate)

    generate = subs.add_parser(
        "generate",
        help="go on where a MIDI file ends",
        description="Reads a MIDI file as a player's and writes it with the machine's continuation "
        "as a second track, through the same code as on stage.",
    )
    generate.add_argument("model", metavar="MODEL", help="an .onnx file, or one that ships (pop)")
    generate.add_argument("file", type=Path, metavar="FILE")
    generate.add_argument("-o", "--output", type=Path, help="[FILE with .antiphon.mid]")
    generate.add_argument("--seconds", type=_positive, default=20.0, help="how long [%(default)s]")
    generate.add_argument("--seed", type=int, default=0, help="[%(default)s]")
    generate.add_argument(
        "--temperature", type=_positive, default=0.95, help="below 1 is safer [%(default)s]"
    )
    generate.add_argument("--config", help="whose voices name the tracks [the model's, or pop]")
    generate.set_defaults(run=commands.generate)

    benchmark = subs.add_parser(
        "benchmark",
        help="a published protocol, re-run end to end",
        description="Our figures beside the published ones, as a table or as JSON.",
    )
    benchmark.add_argument(
        "protocol", choices=PROTOCOLS, metavar="PROTOCOL", help=", ".join(PROTOCOLS)
    )
    benchmark.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="...", help="its own (PROTOCOL --help lists them)"
    )
    benchmark.set_defaults(run=commands.benchmark)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `antiphon-train`. Exit codes: 0 done, 2 something to mend (one line says what),
    130 stopped by Ctrl-C."""
    given = parser().parse_args(arguments)
    try:
        sys.exit(given.run(given))
    except UserError as error:
        print(f"antiphon-train: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; there is nothing to say
        sys.exit(0)
    except ModuleNotFoundError as error:
        needs = f"{error.name} is not installed: pip install 'antiphon[training]'"
        print(f"antiphon-train: {needs}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"antiphon-train: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("antiphon-train: stopped", file=sys.stderr)
        sys.exit(130)
