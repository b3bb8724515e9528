"""`python -m live.cli` is the command `antiphon`."""

from live.cli import main

if __name__ == "__main__":
    main()
