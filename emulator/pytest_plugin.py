"""The pytest plugin: a fixture ``rtgen``. Nothing else is loaded before a test asks for it."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.claims.testing import Rtgen


@pytest.fixture(scope="session")
def rtgen() -> "Rtgen":
    """Runs to test: ``rtgen.load("call.rtgen")`` or ``rtgen.simulate(profile, scenario, policy)``.

    Both have ``check("captions.violation_rate < 1%")`` and ``value("captions.violation_rate")``.
    """
    from emulator.claims.testing import Rtgen

    return Rtgen()
