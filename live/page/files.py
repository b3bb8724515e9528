"""A take as a file to take home: MIDI, a picture, or audio."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from live.errors import UserError
from live.take.entries import Take
from live.take.export import export_midi
from live.take.journal import SUFFIX, TakeWriter
from live.take.picture import draw

LIMIT = 1800.0  # seconds that audio may take: it gives way to all else
_AUDIO = asyncio.Semaphore(1)  # a machine that plays has no more to give


class NoAudioError(UserError):
    """Audio cannot be had; the message is one line."""


async def _midi(take: Take, path: Path) -> None:
    await asyncio.to_thread(export_midi, take, path)


async def _picture(take: Take, path: Path) -> None:
    await asyncio.to_thread(draw, take, path)


async def _audio(take: Take, path: Path) -> None:
    """By `antiphon render`, in a process of its own: this one has browsers to serve."""
    source = path.with_suffix(SUFFIX)
    await asyncio.to_thread(_write, take, source)
    command = (sys.executable, "-m", "live.cli", "render", str(source), "-o", str(path))
    async with _AUDIO:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        if hasattr(os, "setpriority"):  # it gives way to all that play
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        try:
            _, said = await asyncio.wait_for(process.communicate(), LIMIT)
        except TimeoutError:
            raise NoAudioError(f"no audio after {LIMIT:.0f} seconds") from None
        finally:
            if process.returncode is None:
                process.kill()
    if process.returncode or not path.exists():
        lines = said.decode(errors="replace").replace(f"{source}", "the take").splitlines()
        line = lines[-1] if lines else "it failed"
        raise NoAudioError(f"no audio: {line.removeprefix('antiphon: ')[:200]}")


def _write(take: Take, path: Path) -> None:
    writer = TakeWriter(path, take.header, lambda _: None)
    for entry in take.entries:
        writer.write(entry, 0.0)
    writer.close()


# By the end of the name: what makes it, and what it is.
FILES: Mapping[str, tuple[Callable[[Take, Path], Awaitable[None]], str]] = {
    ".mid": (_midi, "audio/midi"),
    ".png": (_picture, "image/png"),
    ".wav": (_audio, "audio/wav"),
    ".flac": (_audio, "audio/flac"),
    ".ogg": (_audio, "audio/ogg"),
    ".mp3": (_audio, "audio/mpeg"),
}


async def made(take: Take, suffix: str) -> tuple[Path, Callable[[], None]]:
    """The take as a file of that kind, and what clears it away when it has been sent. Raises
    UserError and OSError."""
    make, _ = FILES[suffix]
    folder = tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True)
    path = Path(folder.name) / f"take{suffix}"
    try:
        await make(take, path)
    except BaseException:
        folder.cleanup()
        raise
    return path, folder.cleanup
