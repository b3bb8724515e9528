"""Which SoundFont to play: one of the player's own, one that the system has, or ours."""

from pathlib import Path

from live.sound.sf2 import FontError

OURS = Path(__file__).parent / "antiphon.sf2"
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
    there = [file for folder in folders for file in _fonts(folder)]
    low = name.lower()
    exact = [file for file in there if low in (file.name.lower(), file.stem.lower())]
    fits = exact or [file for file in there if low in file.name.lower()]
    if fits:
        return fits[0]
    listed = ", ".join(dict.fromkeys(file.stem for file in there)) or "none"
    raise FontError(
        f"no SoundFont {name!r}: give an .sf2 file, or one of those installed ({listed}), or "
        "none for the one that ships"
    )


def _fonts(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".sf2")
    except OSError:
        return []
