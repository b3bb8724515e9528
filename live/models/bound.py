"""A model's inputs and outputs, each in one place that its session knows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from live.models.contract import FLOATS, WHOLE, Arrays
from live.models.opening import Opened

TYPES = {FLOATS: np.float32, WHOLE: np.int64}


class Bound:
    """What a graph reads and writes, by name: told to the session once instead of at every call.

    Not for two threads at once.
    """

    def __init__(self, opened: Opened) -> None:
        self._io = opened.session.io_binding()
        self._session_run = opened.session.run_with_iobinding
        self._owners: list[ort.OrtValue] = []  # of the memory, to the session
        self.inputs = self._place(opened.contract.inputs, self._io.bind_ortvalue_input)
        self.outputs = self._place(opened.contract.outputs, self._io.bind_ortvalue_output)

    def _place(self, arrays: Arrays, bind: Callable[..., None]) -> dict[str, npt.NDArray[Any]]:
        placed = {name: np.zeros(shape, TYPES[kind]) for name, (kind, shape) in arrays.items()}
        for name, array in placed.items():
            self._owners.append(ort.OrtValue.ortvalue_from_numpy(array))
            bind(name, self._owners[-1])
        return placed

    def run(self) -> None:
        self._session_run(self._io)
