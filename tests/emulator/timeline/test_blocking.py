"""Why a job waited: against a run of the engine, and in small journals by hand."""

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.journal import POLICY, Event
from emulator.protocol import Decoder, encode
from emulator.serving.journals import ChunkSource
from emulator.session.chunks import Chunk, ChunkEncoder
from emulator.simulation import simulate
from emulator.timeline import reasons
from emulator.timeline.blocking import IDLE, Blocker, blockers, policies_of
from emulator.timeline.cast import Cast
from emulator.timeline.job import JobRecord, from_wire, record_of
from emulator.timeline.job_events import job_events
from emulator.timeline.pieces import Pieces

PROFILE, SCENARIO, POLICY_NAME = "ryzen-ai-9-hx-370", "call-and-game", "fcfs"
END_NS = 2_000_000_000


class Read:
    """The journal of two seconds of a run, in chunks of 400 ms."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
        engine = Engine(profile, scenario, policy, seed=3)
        chunks: list[Chunk] = []
        encoder, t_ns = ChunkEncoder(), 0
        while t_ns < END_NS:
            t_ns += 400_000_000
            engine.advance(t_ns)
            chunks += encoder.events(engine.drain(), t_ns)
        self.pieces = Pieces(ChunkSource(chunks))
        self.pieces.refresh()
        self.cast = Cast(profile, scenario)
        self.cast.know({n: (each.name, None) for n, each in enumerate(scenario.streams)})
        self.backends = profile.backend_names

    def job(self, stream: int, job: int, near_ns: int) -> tuple[JobRecord, tuple[Blocker, ...]]:
        """A job and whom it waited for."""
        events = job_events(self.pieces, stream, job, near_ns)
        facts = self.cast.facts(stream)
        assert facts is not None
        record = record_of(facts, events, self.pieces.ends_ns)
        policies = policies_of(self.pieces, record.release_ns, record.end_ns, self.policy)
        around = list(self.pieces.around(record.release_ns - END_NS, record.end_ns))
        return record, blockers(record, around, policies)


@pytest.fixture(scope="module")
def read() -> Read:
    """Under first come, first served."""
    return Read(POLICY_NAME)


def test_records_agree_with_the_results_of_the_same_run(read: Read) -> None:
    """Instants, slices and fates of every job are those of ``simulate``."""
    result = simulate(PROFILE, SCENARIO, POLICY_NAME, seed=3, duration_s=2)
    numbers = {each.name: n for n, each in enumerate(load_scenario(SCENARIO).streams)}
    compared = 0
    for job in result.jobs:
        if job.finish_ns is None or job.finish_ns >= END_NS or job.start_ns is None:
            continue
        record, _ = read.job(numbers[job.stream], job.index, job.start_ns)
        assert (record.release_ns, record.end_ns, record.outcome) == (
            job.release_ns,
            job.finish_ns,
            job.outcome,
        )
        ran = [(read.backends[b], start, end) for s in record.stages for b, start, end in s.runs]
        assert ran == [tuple(each) for stage in job.stages for each in stage.slices]
        compared += 1
    assert compared > 400


def test_waiting_is_explained_to_the_nanosecond(read: Read) -> None:
    """Of each wait of a one-stage job, slices and idle time of the backend make up all of it."""
    explained = 0
    for number in range(len(read.pieces.spans)):
        for found in read.pieces.whole(number).incidents:
            record, behind = read.job(found.stream, found.job, found.t_ns)
            if len(record.stages) == 1:
                waited_ns = sum(each.to_ns - each.from_ns for each in record.waits)
                assert sum(each.held_ns for each in behind) == waited_ns == record.waited_ns
                explained += 1
    assert explained


def test_the_first_one_served_came_first(read: Read) -> None:
    """Who held the backend ran already, or was released earlier or at the same time."""
    allowed = {reasons.RAN, reasons.SAME_JOB}
    seen = set()
    for number in range(len(read.pieces.spans)):
        for found in read.pieces.whole(number).incidents:
            _, behind = read.job(found.stream, found.job, found.t_ns)
            seen |= {each.reason.partition(",")[0] for each in behind if each.stream != IDLE}
    assert seen - allowed <= {
        "ran already; a slice is never interrupted",
        "fcfs: its job was released earlier",
        "fcfs: as urgent",
    }


def test_policies_are_known_at_every_instant() -> None:
    """Before the first swap, at it and after it; a journal without one has the fallback."""
    encoder = ChunkEncoder()
    swap: Event = (POLICY, 500, "edf", "llf")
    chunks = [*encoder.events([], 400), *encoder.events([swap], 800), *encoder.events([], 1200)]
    pieces = Pieces(ChunkSource(chunks))
    pieces.refresh()
    asked = [policies_of(pieces, t, t, "fcfs").at(t) for t in (100, 499, 500, 501, 1000)]

    assert asked == ["edf", "edf", "llf", "llf", "llf"]
    empty = Pieces(ChunkSource(chunks[:1]))
    empty.refresh()
    assert policies_of(empty, 0, 100, "fcfs").at(50) == "fcfs"


def test_a_record_survives_the_wire(read: Read) -> None:
    """As msgpack brings it, it is the same."""
    record, _ = read.job(0, 5, 400_000_000)
    (message,) = Decoder().feed(encode({"t": "job", "record": record}))

    assert from_wire(message["record"]) == record  # type: ignore[arg-type]


def test_a_job_whose_release_is_gone_has_no_record(read: Read) -> None:
    """There are no events then, not half of them."""
    assert job_events(read.pieces, 0, 1_000_000, 400_000_000) == []


def test_reasons_follow_the_axes() -> None:
    """An order says what it orders by; what is no point of the space only names itself."""
    assert reasons.ordered_first("edf", 4_200_000) == "edf: its deadline comes first, by 4.2 ms"
    assert reasons.ordered_first("sjf/affinity", None).startswith("sjf: less work")
    assert reasons.ordered_first("hybrid", None) == "hybrid chose it first"
    assert reasons.ordered_first("mine.py:Mine", None) == "mine.py:Mine chose it first"
    assert reasons.left_idle("edf") == "idle: another backend was to end it sooner"
    assert reasons.dropped("something new") == "something new"
