"""Which name was probably meant."""

import pytest

from emulator.errors import PolicyError
from emulator.names import nearest, unknown
from emulator.policies import find_policy

KEYS = ("name", "late", "rate_hz", "deadline_ms", "prompt_tokens")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("rate", "rate_hz"),
        ("deadline", "deadline_ms"),
        ("Rate_Hz", "rate_hz"),
        ("rate-hz", "rate_hz"),
        (" LATE ", "late"),
        ("dedline_ms", "deadline_ms"),
        ("tokens", "prompt_tokens"),
        ("", None),
        ("x" * 10**6, None),
    ],
)
def test_the_nearest_name(word: str, meant: str | None) -> None:
    """A word that goes on, then one alike; capitals, hyphens and blanks do not count."""
    assert nearest(word, KEYS) == meant


def test_a_name_alike_is_given_as_it_is_written() -> None:
    """What is offered can be copied."""
    assert unknown("policy", "fastest idle", ["Fastest-Idle", "affinity"]).endswith(
        "did you mean 'Fastest-Idle'?"
    )


@pytest.mark.parametrize("name", [None, 3, ["edf"], object()])
def test_a_policy_is_named_by_text(name: object) -> None:
    """From Python, too, a wrong type is a user's mistake and not a bug."""
    with pytest.raises(PolicyError, match="expected a name such as 'edf'"):
        find_policy(name)  # type: ignore[arg-type]
