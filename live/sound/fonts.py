"""Which SoundFont to play: one of the player's own, one that the system has, or ours."""

import contextlib
from pathlib import Path

from live.sound.config import FontError

OURS = Path(__file__).parent / "antiphon.sf3"
_KINDS = (".sf2", ".sf3")
_FOLDERS = (
    Path.home() / ".config/antiphon/fonts",
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/soundfonts"),
    Path("/usr/local/share/soundfonts"),
    Path.home() / "Library/Audio/Sounds/Banks",
)


def find_font(name: str | None = None, folders: tuple[Path, ...] = _FOLDERS) -> Path:
    """The font of that name: a file, or one in the system's folders by its name or a part of it,
    in any case; None for the one that ships. Raises FontError, with what there is."""
    if name is None:
        return OURS
    if (given := Path(name).expanduser()).is_file():
        return given
    there = _fonts(folders)
    low = name.lower()
    exact = [file for file in there if low in (file.name.lower(), file.stem.lower())]
    fits = exact or [file for file in there if low in file.name.lower()]
    if fits:
        return fits[0]
    listed = ", ".join(dict.fromkeys(file.stem for file in there)) or "none"
    raise FontError(
        f"no SoundFont {name!r}: give a file, or one of those installed ({listed}), or "
        "none for the one that ships"
    )


def installed() -> list[str]:
    """The fonts that the system's folders hold, by name."""
    return list(dict.fromkeys(file.stem for file in _fonts(_FOLDERS)))


def _fonts(folders: tuple[Path, ...]) -> list[Path]:
    there = []
    for folder in folders:
        with contextlib.suppress(OSError):
            there += sorted(file for file in folder.iterdir() if file.suffix.lower() in _KINDS)
    return there
