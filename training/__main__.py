"""`python -m training` is antiphon-train."""

from training.cli import main

main()
