"""What holds for every test: no animation, no telemetry, no files of the user's, known examples."""

import gc
import os
import signal
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import settings

# Both are read when the package is imported, so they stand before any test module is.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# A shell's background jobs ignore ctrl-c, and hand that on to the processes that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Fewer examples than Hypothesis's 100, which the suite's five minutes would not hold: a claim that
# asks for its own number asks by way of `examples`, so that it follows the profile.
# Under CI the examples are the same on every run, and a failure prints how to repeat it.
QUICK: Final = 50
settings.register_profile("default", deadline=None, max_examples=QUICK)
settings.register_profile(
    "ci", deadline=None, max_examples=QUICK, derandomize=True, print_blob=True, database=None
)
# More examples, for who has the time: pytest --hypothesis-profile nightly
settings.register_profile("nightly", deadline=None, max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# What is imported stays: neither the collection of tests nor a test looks for garbage in it.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on garbage is collected, of what tests make, and a few screens at a time."""
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_user_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the user's folders at empty ones, so that no test reads or writes the real ones."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        for name in ("RTGEN_TUI_CONFIG", "RTGEN_TUI_COLOR"):
            patch.delenv(name, raising=False)
        yield
