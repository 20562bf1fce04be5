"""Asking a running call to end."""

from emulator.ort.runnable import Terminate


def test_a_request_reaches_what_runs() -> None:
    """The hook of a running call is called once per request."""
    called: list[str] = []
    terminate = Terminate()
    with terminate.watched(lambda: called.append("first")):
        assert called == []
        terminate.request()
    assert called == ["first"]
    assert terminate.requested


def test_a_request_before_the_call_reaches_it() -> None:
    """What starts after a request is asked to end at once."""
    called: list[str] = []
    terminate = Terminate()
    terminate.request()
    with terminate.watched(lambda: called.append("late")):
        assert called == ["late"]


def test_what_has_ended_hears_no_more() -> None:
    """A request after a call does not reach the next one through the old hook."""
    called: list[str] = []
    terminate = Terminate()
    with terminate.watched(lambda: called.append("over")):
        pass
    terminate.request()
    assert called == []
