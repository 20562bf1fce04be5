"""A second, independent simulator, written from the semantics page alone."""

from tests.reference.records import Command, Draws, RefJob, RefStage
from tests.reference.simulator import reference_simulate

__all__ = ["Command", "Draws", "RefJob", "RefStage", "reference_simulate"]
