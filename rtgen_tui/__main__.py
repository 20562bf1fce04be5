"""`python -m rtgen_tui` is the console script `rtgen-tui`."""

from rtgen_tui.cli import main

if __name__ == "__main__":
    main()
