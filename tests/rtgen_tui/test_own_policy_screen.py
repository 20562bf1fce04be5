"""What the screen says of a policy of the user's own: warnings, tracebacks, a core's end."""

from dataclasses import replace

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.client import CoreClient
from rtgen_tui.screens.choices import wrong_policy
from rtgen_tui.screens.failure import NOTHING, FailureScreen
from rtgen_tui.session import Notice, Recording
from tests.rtgen_tui.screens_for_tests import REQUEST, running
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

OWN = "./mine.py:Mine@0123456789ab"
FAILED = f"policy {OWN} failed: ZeroDivisionError: oh\n  ./mine.py, line 8, in decide\n    1 / 0"


def failed(snapshot: Snapshot) -> Snapshot:
    """The snapshot with a policy failure as its newest line."""
    line = LogLine(snapshot.log[-1].seq + 1, snapshot.t_ns, "error", -1, FAILED)
    return snapshot._replace(log=(*snapshot.log, line))


async def test_a_failure_is_one_line_and_its_traceback_a_dialog() -> None:
    """E opens it, escape leaves it."""
    async with running(failed(make_snapshot())) as run:
        await run.press("f4")
        assert "ZeroDivisionError: oh" in run.text()
        assert "line 8" not in run.text()
        await run.press("E")
        assert isinstance(run.app.screen, FailureScreen)
        assert "./mine.py, line 8, in decide" in run.text()
        assert "1 / 0" in run.text()
        await run.press("escape")

        assert len(run.app.screen_stack) == 1


async def test_without_a_failure_there_is_nothing_to_open() -> None:
    """It is said."""
    quiet = make_snapshot()._replace(log=())
    async with running(quiet) as run:
        await run.press("E")

        assert NOTHING in run.toasts()


async def test_a_warning_of_the_core_pops_up_and_stays_in_the_log() -> None:
    """A policy that is slow, or a file that no longer loads."""
    async with running() as run:
        run.core._notices.append(Notice("warning", "policy ./mine.py:Mine is slow"))
        await run.frame()

        assert "policy ./mine.py:Mine is slow" in run.toasts()
        shown = run.app.monitor.shown
        assert shown is not None
        assert shown.log[-1].text == "policy ./mine.py:Mine is slow"


async def test_a_core_ended_by_an_own_policy_is_started_again_under_fcfs() -> None:
    """By itself; the screen says what happened and where the recording is."""
    request = replace(REQUEST, policy="./mine.py:Mine")
    async with running(make_snapshot()._replace(policy=OWN), request=request) as run:
        run.core.recording = Recording("/tmp/a.rtgen", 5, "")  # noqa: S108 - is not opened
        await run.frame()
        run.core.die("it ended with status 3")
        await run.frame()
        await run.frame()
        assert run.app.monitor.reconnect.left_s is not None
        await run.press("enter")
        assert run.core.sent[0] == {**request.command(), "policy": "fcfs"}
        await run.frame(make_snapshot(t_ns=1_000_000_000))
        await run.frame()

        (told,) = [each for each in run.toasts() if "ended under policy" in each]
        assert told == (
            f"the core ended under policy {OWN}: it ended with status 3; "
            "the run was started again under fcfs; what was recorded is in /tmp/a.rtgen"
        )
        assert "the core ended under policy" in run.text()


async def test_a_core_that_ended_by_itself_is_the_users_to_start() -> None:
    """Under a policy of ours it is a bug, and the policy stays."""
    async with running() as run:
        run.core.die("crashed")
        await run.frame()

        assert run.app.monitor.reconnect.left_s is None


async def test_a_new_run_takes_the_file_as_it_is_now() -> None:
    """The version that was on screen may be gone."""
    async with running(make_snapshot()._replace(policy=OWN)) as run:
        await run.frame()

        assert run.app.monitor.live.again(None).policy == "./mine.py:Mine"


def test_a_core_that_was_stuck_is_said_to_have_been() -> None:
    """Its last words are a dump of its stack, of which no line alone says anything."""
    client = CoreClient()
    client._take_stderr(b"hello\nTimeout (0:00:15)!\nThread 0x1 (most recent call first):\n")

    assert client._reason() == "it did not come back from a decision, and was ended"


def test_nobodys_code_is_loaded_beside_the_screen() -> None:
    """Only the core can say what is wrong with it."""
    for name in ("./gone.py:Mine", "./gone.py", OWN, "theirs@0123456789ab"):
        assert not wrong_policy(name)
