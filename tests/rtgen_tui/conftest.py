"""What holds for every test of the screens: it costs what its claim needs, and never waits."""

from collections.abc import Iterator

import pytest

from tests.rtgen_tui.settling import settle_at_once
from tests.rtgen_tui.unseen import forget_what_is_gone, paint_only_when_looked_at, parse_once


@pytest.fixture(scope="session", autouse=True)
def cheap_screens() -> Iterator[None]:
    """Neither a key nor a start of the application takes longer than what comes of it."""
    with pytest.MonkeyPatch.context() as patch:
        settle_at_once(patch)
        paint_only_when_looked_at(patch)
        parse_once(patch)
        forget_what_is_gone(patch)
        yield
