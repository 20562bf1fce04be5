"""A recorder whose disk hangs until the test lets it go."""

from emulator.session.origin import Origin
from emulator.session.recorder import Recorder
from emulator.session.recording import Saved
from emulator.session.run_inputs import run_inputs
from emulator.session.worker import Job
from tests.emulator.session.sessions import header_of


class Stuck:
    """A worker whose disk hangs."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    @property
    def backlog(self) -> int:
        """All of them."""
        return len(self.jobs)

    def submit(self, job: Job) -> None:
        """It waits."""
        self.jobs.append(job)

    def close(self) -> None:
        """Give up."""

    def another(self) -> "Stuck":
        """One that hangs too."""
        return Stuck()


def recorder_of(worker: Stuck, saved: list[Saved]) -> Recorder:
    """A recorder of the small run."""
    header = header_of()
    inputs = run_inputs(header, "x")
    origin = Origin(inputs.profile, inputs.scenario, "edf")
    return Recorder(origin, lambda: {"seen": 0}, worker, saved.append, 0)
