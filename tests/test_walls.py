"""The walls that stay, read off the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ["midi", "plan", "notes", "codec", "roll", "memory", "reader", "partner", "settings"]
CORE += ["casting", "pitches", "placing", "scales"]
PURE = [ROOT / f"live/{name}.py" for name in CORE]
PURE += [
    path for room in ("modes", "planning") for path in sorted((ROOT / "live" / room).glob("*.py"))
]
PURE += [ROOT / f"live/page/{n}.py" for n in ("known", "orders", "playback", "roll", "shown")]
IMPURE = {"time", "datetime", "threading", "multiprocessing", "mido", "rtmidi", "os", "random"}


def imported(path):
    """The top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_the_instrument_imports_nothing_of_training():
    for path in (ROOT / "live").rglob("*.py"):
        found = set(imported(path)) & {"training", "tensorflow", "keras", "tf2onnx", "onnx", "jax"}
        assert not found, f"{path} imports {found}"


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_the_musical_core_has_no_clock_thread_port_or_print(path):
    assert not set(imported(path)) & IMPURE
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("print", "open")]


def test_the_hands_load_neither_numpy_nor_onnxruntime():
    code = (
        "import sys; import live.hands.process; "
        "print(sorted({'numpy', 'onnxruntime', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_command_that_the_pages_show_exists():
    pages = ("README.md", "live/bench/FIGURES.md", "training/FIGURES.md")
    text = "".join((ROOT / page).read_text() for page in pages)
    shown = set(re.findall(r"\b(antiphon|antiphon-train) ([a-z][a-z-]*)", text))
    for program, command in sorted(shown):
        module = "live.cli" if program == "antiphon" else "training.cli"
        code = f"from {module} import main; main(['{command}', '--help'])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
        assert done.returncode == 0, f"{program} {command}"
