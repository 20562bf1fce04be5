"""The terminal application and the command line; a client of the core in `emulator`."""
