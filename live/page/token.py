"""The word that a browser must know to come in.

It is kept in the player's own folder, in a file that nobody else may read, and not made anew for
each session: a page that is open then finds its way back by itself when the instrument is started
again. Whoever can read that file can do all that the player can anyway.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path

from live.controls.folder import config_folder

FILE = "page.token"
_MADE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def kept_token(path: Path | None = None) -> str:
    """The token in that file [FILE in the player's folder], which is made where there is none that
    only its owner can read. One for this session alone where it cannot be kept."""
    path = path or config_folder() / FILE
    with contextlib.suppress(OSError, UnicodeDecodeError):
        found = path.read_text("ascii").strip()
        if _MADE.fullmatch(found) and _private(path):
            return found
    token = new_token()
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{token}\n")
        os.replace(new, path)
    return token


def _private(path: Path) -> bool:
    status = path.stat()
    # Windows has no such bits; the folder is the player's own there.
    return os.name == "nt" or (status.st_mode & 0o077 == 0 and status.st_uid == os.getuid())
