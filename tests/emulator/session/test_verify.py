"""A recording is simulated again, with its commands, and any change in it is found."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import journal
from emulator.catalog import load_profile, load_scenario
from emulator.commands import (
    AddStreams,
    ChangeStream,
    Command,
    FailPolicy,
    Mark,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.engine import Engine
from emulator.journal import Event
from emulator.session import SessionError, SessionReader
from emulator.session.journalled import JournalInputs
from emulator.session.verify import Verification, verify
from tests.emulator.session import steered
from tests.emulator.session.sessions import NS_PER_S, PROFILE, SCENARIO, header_of, machine
from tests.emulator.session.steered import EXTRA, added, ran, write
from tests.emulator.strategies import examples

GOLDENS = Path(__file__).parents[2] / "data" / "session"
STEERED: list[tuple[int, Command]] = [
    (NS_PER_S, SwapPolicy("fcfs")),
    (NS_PER_S, StopStream("cam")),
    (NS_PER_S, Mark("both at once")),
    (NS_PER_S + 1, StartStream("cam")),
    (2 * NS_PER_S, added()),
    (2 * NS_PER_S, ChangeStream("extra", EXTRA.model_copy(update={"rate_hz": Fraction(7)}))),
    (2 * NS_PER_S, StopStream("extra")),
    (2 * NS_PER_S, StartStream("extra")),
    (3 * NS_PER_S, SwapPolicy("llf/fastest-idle/early-drop/chunk-16")),
]


def verified(path: Path) -> Verification:
    """What comes of a file."""
    with SessionReader(path, scan=True) as reader:
        return verify(reader)


def commands() -> st.SearchStrategy[list[tuple[int, Command]]]:
    """Anything that may be done to the small run, often several things at one instant."""
    known = st.sampled_from(["cam", "chat"])
    one = st.one_of(
        st.sampled_from(["fcfs", "edf", "static", "llf", "hybrid"]).map(SwapPolicy),
        known.map(StopStream),
        known.map(StartStream),
        st.just(Mark("here")),
    )
    instants = st.integers(0, 8).map(lambda half: half * NS_PER_S // 2)
    return st.lists(st.tuples(instants, one), max_size=8)


@settings(max_examples=examples(40))
@given(given_commands=commands(), add_at=st.integers(0, 4), seed=st.integers(0, 3))
def test_any_steered_run_is_verified(
    given_commands: list[tuple[int, Command]],
    add_at: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Swaps, stops, starts, new streams and marks at any instants are given again."""
    done = [*given_commands, (add_at * NS_PER_S, added())]
    events = ran(done, seed=seed)
    path = write(tmp_path_factory.mktemp("run") / "a.rtgen", events, header=header_of(seed))
    found = verified(path)

    assert found.difference is None
    assert found.events == len(events)
    assert found.commands == len(done)


def test_commands_are_read_back_in_order() -> None:
    """The journal holds every command with its instant; fallbacks and first starts are none."""
    assert JournalInputs().feed(ran(STEERED)) == STEERED


def test_chunks_may_cut_an_instant(tmp_path: Path) -> None:
    """Commands that stand in another chunk than their instant's first events are found."""
    events = ran(STEERED)

    for size in (1, 2, 3, 7):
        found = verified(write(tmp_path / f"{size}.rtgen", events, size=size))
        assert (found.difference, found.events) == (None, len(events))


@pytest.mark.parametrize("number", [0, 3, 57, -1])
def test_first_difference_is_found(number: int, tmp_path: Path) -> None:
    """A changed event is named with its number, its time and both sides."""
    events = ran(STEERED)
    number %= len(events)
    before = events[number]
    events[number] = (*before[:-1], "changed")
    found = verified(write(tmp_path / "a.rtgen", events)).difference

    assert found is not None
    assert (found.event, found.t_ns) == (number, before[1])
    assert found.left == journal.as_dict(events[number])
    assert found.right == journal.as_dict(before)


def test_missing_event_is_a_difference(tmp_path: Path) -> None:
    """An event taken out shifts all others, and the first of them is told."""
    events = ran(STEERED)
    del events[60]
    found = verified(write(tmp_path / "a.rtgen", events)).difference

    assert found is not None
    assert found.event == 60


def test_event_after_the_end_of_the_run_is_a_difference(tmp_path: Path) -> None:
    """Where the run is over and the recording is not, the other side has no such event."""
    header = header_of(duration_ns=NS_PER_S)
    engine = Engine(load_profile(PROFILE), load_scenario(SCENARIO), "edf", duration_ns=NS_PER_S)
    engine.advance(20 * NS_PER_S)
    events = [*engine.drain(), (journal.COMPLETED, 30 * NS_PER_S, 0, 99, "met", "")]
    found = verified(write(tmp_path / "a.rtgen", events, header=header)).difference

    assert found is not None
    assert found.event == len(events) - 1
    assert found.right is None


def test_gaps_are_passed_over(tmp_path: Path) -> None:
    """What is missing is counted, and everything around it compared."""
    events = ran(STEERED)
    path = write(tmp_path / "a.rtgen", events, leave_out=[1], size=20)
    found = verified(path)

    assert found.difference is None
    assert (found.missing, found.events) == (20, len(events) - 20)


def test_command_in_a_gap_is_said(tmp_path: Path) -> None:
    """A lost command makes a difference, and the note says what may be the reason."""
    events = ran(STEERED)
    swap = next(n for n, event in enumerate(events) if event[0] == journal.POLICY)
    found = verified(write(tmp_path / "a.rtgen", events, leave_out=[swap // 20], size=20))

    assert found.difference is not None
    assert "command" in found.notes[0]


def test_recording_that_begins_in_mid_run(tmp_path: Path) -> None:
    """The commands of the header bring the run to where the recording begins."""
    events = ran(STEERED)
    first = steered.first_after(events, 2 * NS_PER_S)
    header = steered.cut_in(events, first, STEERED)
    path = write(tmp_path / "a.rtgen", events[first:], header=header)
    found = verified(path)

    assert (found.difference, found.events) == (None, len(events) - first)
    assert found.commands == 1


def test_unclosed_recording_is_verified_as_far_as_it_goes(tmp_path: Path) -> None:
    """A file whose tail is torn is compared up to there."""
    events = ran(STEERED)
    path = write(tmp_path / "a.rtgen", events, closed=False)
    path.write_bytes(path.read_bytes()[:-11])
    found = verified(path)

    assert found.difference is None
    assert 0 < found.events < len(events)


def test_golden_session_is_verified() -> None:
    """What an earlier version recorded is what this one simulates."""
    found = verified(GOLDENS / "clean.rtgen")

    assert found.difference is None
    assert found.commands == 3


def test_unknown_policy_is_said(tmp_path: Path) -> None:
    """A run under a policy that is not here cannot be made again."""
    path = write(tmp_path / "a.rtgen", ran(), header=header_of(policy="mine"))

    with pytest.raises(SessionError, match=r"a\.rtgen.*policy 'mine' does not exist"):
        verified(path)


def test_scenario_that_names_a_file_is_refused(tmp_path: Path) -> None:
    """A session from elsewhere opens no files here."""
    stream = {"name": "x", "model": "blur", "arrival": {"process": "trace", "file": "/etc/passwd"}}
    path = write(tmp_path / "a.rtgen", [], header=header_of(scenario={"streams": [stream]}))

    with pytest.raises(SessionError, match="names a file"):
        verified(path)


@pytest.mark.parametrize("after", [0, 1])
def test_fallback_of_a_policy_is_done_again(tmp_path: Path, after: int) -> None:
    """A failure in the journal is an input: the policy fails again, as late in its instant."""
    live = machine()
    live.apply(FailPolicy("too slow", after), NS_PER_S)
    live.advance(3 * NS_PER_S)
    events = live.drain()
    path = write(tmp_path / "a.rtgen", events)
    found = verified(path)

    assert [event[1] for event in events if event[0] == journal.POLICY_FAILED] == [NS_PER_S]
    assert found.difference is None
    assert found.commands == 1


def test_decisions_before_a_failure_are_counted() -> None:
    """Slices started and jobs given up by the policy at its last instant count; no others do."""
    events: list[Event] = [
        (journal.STARTED, 5, 0, 0, 0, 0, 0, 0),
        (journal.DROPPED, 7, 0, 1, "early-drop", "backlog"),
        (journal.STARTED, 7, 0, 2, 0, 0, 0, 0),
        (journal.DROPPED, 7, 0, 3, "policy", ""),
        (journal.POLICY_FAILED, 7, "mine", "ValueError"),
        (journal.POLICY, 7, "mine", "fcfs"),
    ]
    found = [(7, FailPolicy("ValueError", 2))]
    cut = JournalInputs(["cam"])

    assert JournalInputs(["cam"]).feed(events) == found
    assert [each for event in events for each in cut.feed([event])] == found


def test_new_streams_are_added_with_their_spec() -> None:
    """A stream that came by a command comes by it again."""
    (_, command) = JournalInputs().feed(ran([(NS_PER_S, added())]))[0]

    assert command == AddStreams((EXTRA,))
