"""`antiphon play` as a person starts it, at a terminal."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from live.take.again import replay_with_model
from live.take.entries import Restart
from live.take.entries import Settings as Changed
from live.take.journal import read_take

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


class Session:
    """`antiphon play` as a person starts it, at a terminal."""

    def __init__(self, folder, tools, *options):
        self.take, self.log = folder / "session.take", folder / "log"
        self.knobs = folder / "knobs.toml"
        self._wait, self._patience = tools.wait_until, tools.patience
        self._terminal, its = pty.openpty()
        command = [
            *(sys.executable, "-m", "live.cli", "play", "--model", str(TINY), "--seed", "3"),
            *("-i", "peer keyboard", "-o", "peer synth", "--channel", "2"),
            *("--take", str(self.take), "--bindings", str(self.knobs), *options),
        ]
        environment = os.environ | {"XDG_CONFIG_HOME": str(folder / "config")}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdin=its, stdout=out, stderr=out, cwd=folder, env=environment
            )
        os.close(its)
        self.says("ready in")

    @property
    def said(self):
        return self.log.read_text()

    def says(self, words):
        self._wait(lambda: words in self.said or self.process.poll() is not None, repr(words))
        assert words in self.said, self.said[-500:]

    def type(self, *lines):
        for line in lines:
            os.write(self._terminal, f"{line}\n".encode())

    def recorded(self, values):
        """Until the take has these values as the last of their names."""
        self._wait(lambda: values.items() <= self.changes().items(), f"{values} in the take")

    def entries(self):
        return [entry for entry in read_take(self.take).entries if isinstance(entry, Changed)]

    def changes(self):
        """Every setting that changed, by itself or with a model, and its last value."""
        entries = [e for e in read_take(self.take).entries if isinstance(e, Changed | Restart)]
        return {name: value for entry in entries for name, value in entry.changes.items()}

    def end(self):
        """In good order; the take, which replays as it was."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(self._patience) == 0
        assert "Traceback" not in self.said
        take = read_take(self.take)
        replayed = replay_with_model(take, str(TINY))
        assert replayed.same, replayed.first_difference
        return take

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._terminal)
