"""The contract between training and the stage: what an exported model says of itself.

One model is one .onnx file. Its metadata holds, under the key `antiphon`, a JSON object with the
contract's version, the kind of model, the table of fields, the shape of the state, and where
it comes from. Nothing in a file is run but the graph, and a graph may hold no operator that
onnxruntime does not have of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnxruntime as ort

from live.codec import NAMES, PITCHES, TIME, Codec
from live.errors import ModelError

VERSION = 2
KEY = "antiphon"
KINDS = ("notes",)
LARGEST_FILE = 256 * 2**20  # bytes
LARGEST_STATE = 2**20  # numbers


@dataclass(frozen=True)
class Contract:
    """What a model says of itself.

    state: shape of the state array. beats_per_second: how many beats a second counts for while
    nobody keeps the beat. origin: data, licence, command and figures, for people to read.
    """

    codec: Codec
    state: tuple[int, ...]
    beats_per_second: float = 2.0
    kind: str = "notes"
    version: int = VERSION
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Name -> (type, shape) of what the graph takes.

        heard, recalled: a note's bins. before, here: rows of positions (Codec.rows), of the note
        heard and after each bin of time. penalty, temperature and chance have a number for each
        bin of each field: a field's note is the bin whose logit + penalty + temperature * chance
        is greatest, which samples the distribution when chance is Gumbel noise (see Chance).
        """
        bins = sum(self.codec.sizes)
        fields = len(NAMES)
        return {
            "heard": ("tensor(int64)", (fields,)),
            "before": ("tensor(int64)", (1,)),
            "here": ("tensor(int64)", (self.codec.sizes[TIME],)),
            "sounding": ("tensor(float)", (1, PITCHES)),
            "recalled": ("tensor(int64)", (fields,)),
            "match": ("tensor(int64)", (1,)),
            "penalty": ("tensor(float)", (1, bins)),
            "temperature": ("tensor(float)", (1, bins)),
            "chance": ("tensor(float)", (1, bins)),
            "state": ("tensor(float)", self.state),
        }

    @property
    def outputs(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Name -> (type, shape) of what the graph gives.

        logits: of each bin of each field, given the note's earlier fields.
        """
        return {
            "note": ("tensor(int64)", (len(NAMES),)),
            "logits": ("tensor(float)", (1, sum(self.codec.sizes))),
            "next_state": ("tensor(float)", self.state),
        }

    def to_json(self) -> str:
        return json.dumps(
            {
                "contract": self.version,
                "kind": self.kind,
                "codec": self.codec.to_dict(),
                "state": list(self.state),
                "beats_per_second": self.beats_per_second,
                "origin": dict(self.origin),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Contract":
        """Raises ModelError for a version or kind this player does not know, or for nonsense."""
        try:
            table = json.loads(text)
            version, kind = int(table["contract"]), str(table["kind"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError("its description is damaged: export it again") from error
        if version != VERSION:
            raise ModelError(
                f"it follows version {version} of the model contract and this player version "
                f"{VERSION}: export it again, or install the antiphon it was made for"
            )
        if kind not in KINDS:
            raise ModelError(f"its kind is {kind!r}; this player plays: {', '.join(KINDS)}")
        try:
            state = tuple(int(n) for n in table["state"])
            rate = float(table["beats_per_second"])
            codec = Codec.from_dict(table["codec"])
            origin = dict(table.get("origin", {}))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"its description is damaged ({error}): export it again") from error
        size = 1
        for n in state:
            size *= n
        if not state or not 0 < size <= LARGEST_STATE or min(state) < 1 or not 0 < rate < 100:
            raise ModelError("the sizes it gives for itself make no sense: export it again")
        return cls(codec, state, rate, kind, version, origin)


@dataclass(frozen=True)
class Opened:
    """A file that passed the check: its contract, its session, its hash."""

    path: Path
    contract: Contract
    session: ort.InferenceSession
    sha256: str
    size: int


def open_model(path: Path) -> Opened:
    """Read, check and load a model file.

    Raises ModelError, whose one line names the file, when it is missing, too large, damaged,
    not a model of ours, or not what it says it is.
    """
    try:
        return _open(path)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _open(path: Path) -> Opened:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ModelError(f"{size >> 20} MB is more than a model may be: name another file")
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{reason}: `antiphon models list` names those there are") from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        # From bytes, so that a graph cannot name other files to be read; without the fallback,
        # which would print what went wrong and try the same again.
        session = ort.InferenceSession(
            data, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        # Read here, because a damaged name is no text and raises too.
        described = session.get_modelmeta().custom_metadata_map.get(KEY)
        given = [
            {node.name: (node.type, tuple(node.shape)) for node in nodes}
            for nodes in (session.get_inputs(), session.get_outputs())
        ]
    except Exception as error:  # onnxruntime has an exception of its own for every fault
        raise ModelError(
            "not a model that onnxruntime can load (damaged, cut short, or something else): "
            "fetch or export it again"
        ) from error
    if described is None:
        raise ModelError(
            "an ONNX file but not one of Antiphon's: make one by antiphon-train export"
        )
    contract = Contract.from_json(described)
    _compare("input", contract.inputs, given[0])
    _compare("output", contract.outputs, given[1])
    return Opened(path, contract, session, hashlib.sha256(data).hexdigest(), size)


def _compare(
    what: str,
    wanted: Mapping[str, tuple[str, tuple[int, ...]]],
    found: Mapping[str, tuple[str, tuple[int, ...]]],
) -> None:
    for name, kind_and_shape in wanted.items():
        if name not in found:
            raise ModelError(f"its graph has no {what} {name!r}: export it again")
        if found[name] != kind_and_shape:
            raise ModelError(
                f"its {what} {name!r} is {found[name]}, not {kind_and_shape}: export it again"
            )
    for name in found.keys() - wanted.keys():
        raise ModelError(f"its graph has an unknown {what} {name!r}: export it again")
