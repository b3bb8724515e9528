"""Where models lie: those that ship, and any file by its path."""

from pathlib import Path

from live.errors import ModelError

SUFFIX = ".onnx"
DEFAULT = "pop"
_PACKAGE = Path(__file__).resolve().parents[1]
# In a checkout beside live/, in an installed player inside it.
SHELVES = (_PACKAGE.parent / "exported_models", _PACKAGE / "exported_models")


def shipped() -> dict[str, Path]:
    """Name -> file of every model that ships."""
    found = {p.stem: p for shelf in reversed(SHELVES) for p in sorted(shelf.glob(f"*{SUFFIX}"))}
    return dict(sorted(found.items()))


def find(name: str) -> Path:
    """The model of that name, or at that path. Raises ModelError when there is none."""
    models = shipped()
    if name in models:
        return models[name]
    path = Path(name)
    if path.suffix == SUFFIX or path.exists():
        return path
    known = ", ".join(models) or "none"
    raise ModelError(f"there is no model {name!r}: give a {SUFFIX} file or one that ships: {known}")
