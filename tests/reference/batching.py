"""Requests that decode in one slice, from docs/engine.md alone."""

from tests.reference import durations, policies
from tests.reference.policies import View
from tests.reference.state import Job, Stage, slice_ready_ns

Member = tuple[Job, Stage]


def joiners(view: View, leader: Stage, backend: str) -> list[Member]:
    """Who joins the leader's next slice on that backend, in order."""
    if leader.phase != "decode":
        return []
    most = durations.llm_entry(view.profile, leader.spec.model, backend).batch_max - 1
    found = [
        (job, stage)
        for job, stage in _in_order(view)
        if stage is not leader
        and stage.is_llm
        and stage.phase == "decode"
        and stage.spec.model == leader.spec.model
        and stage.holder == backend
    ]
    return found[:most]


def cost(view: View, leader: Stage, backend: str, requests: int) -> int:
    """Duration of the leader's next decode with so many requests in it, ns."""
    spec = leader.spec
    context = spec.cached + leader.prompt + leader.produced
    return durations.decode_slice(view.profile, spec.model, backend, context, requests)


def _in_order(view: View) -> list[Member]:
    if view.policy.placement == policies.HYBRID:
        return sorted(view.ready(), key=lambda item: slice_ready_ns(*item) or 0)
    return policies.in_order(view)
