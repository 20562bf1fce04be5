"""Tools for the people who maintain this repository; nothing here is part of the program."""
