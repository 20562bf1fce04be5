"""Where the core runs: the command behind each way to say it."""

import subprocess
import sys

import pytest

from emulator.errors import UserError
from rtgen_tui.core_address import HERE, attached, core_address


def test_nothing_said_is_here() -> None:
    """A process of our own."""
    assert core_address(None, None) is HERE
    assert not HERE.is_elsewhere


def test_a_host_is_reached_by_ssh_that_never_asks() -> None:
    """No terminal, no question, and a line that is dead is noticed; the host is no option."""
    address = core_address("me@laptop", None)

    assert address.name == "me@laptop"
    assert address.command[:4] == ("ssh", "-T", "-o", "BatchMode=yes")
    assert address.command[-3:-1] == ("--", "me@laptop")
    assert "rtgen-tui serve" in address.command[-1]
    assert "python3 -m emulator serve" in address.command[-1]


def test_a_command_is_split_as_a_shell_would_without_one() -> None:
    """Quotes hold words together; nothing is expanded."""
    address = core_address(None, "ssh -p 22 'my host' python -m emulator serve $HOME")

    assert address.command[3] == "my host"
    assert address.command[-1] == "$HOME"
    assert address.is_elsewhere


@pytest.mark.parametrize(
    ("on", "command", "sentence"),
    [
        ("-oProxyCommand=x", None, "--on: '-oProxyCommand=x' is no host; right is HOST"),
        ("  ", None, "is no host"),
        (None, "", "--core: the command is empty"),
        (None, "ssh 'laptop", '--core: "ssh \'laptop" is no command: No closing quotation'),
        ("laptop", "ssh laptop", "--on and --core both say where the core runs"),
    ],
)
def test_what_cannot_be_is_one_sentence(on: str | None, command: str | None, sentence: str) -> None:
    """It names the option and what would be right."""
    with pytest.raises(UserError) as error:
        core_address(on, command)
    assert sentence in str(error.value)


def test_the_command_is_what_starts() -> None:
    """With a pipe for each of its streams."""
    script = "print('here')"
    address = core_address(None, f'{sys.executable} -c "{script}"')
    process = address.spawn()

    assert isinstance(process, subprocess.Popen)
    assert process.communicate()[0].strip() == b"here"


def test_a_socket_is_reached_by_a_process_of_ours() -> None:
    """So that the client knows one way only: pipes."""
    assert attached("/x/run.sock").command[-4:] == ("-m", "emulator", "attach", "/x/run.sock")
