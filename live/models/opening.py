"""Opening a model file: it is read, checked against its contract, and loaded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from live.errors import ModelError
from live.models.contract import KEY, Contract, read_contract

LARGEST_FILE = 256 * 2**20  # bytes


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
    contract = read_contract(described)
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
