"""The command line's parser: what cannot be read is one line, like every other mistake."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """As argparse's, with exit code 2 and one line for a mistake."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: {self.prog} --help tells more\n")
